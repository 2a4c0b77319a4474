import { deepEqual, equal, ok } from "node:assert/strict";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import * as vscode from "vscode";
import { TraceDecoder } from "../../../runtime/src/trace/decode.js";
import { closeTraces, eventually, type Scenario, traceTabs } from "./scenario.js";

const program = "debugged-by-name.mjs";

export const debugSessions: Scenario = {
  name: "programs are traced by a relative path, and, if all sessions are, by configurations that know nothing of it",
  async body() {
    const folder = vscode.workspace.workspaceFolders?.[0];
    ok(folder !== undefined);
    const path = join(folder.uri.fsPath, program);
    const told = `${path}.json`;
    const settings = vscode.workspace.getConfiguration("heddle.trace");
    const all = (value: boolean | undefined): Thenable<void> =>
      settings.update("allDebugSessions", value, vscode.ConfigurationTarget.Global);
    try {
      writeFileSync(path, "process.exitCode = 7;");
      await debug(folder, { type: "heddle", program });
      equal(await exitCodeOfTrace(), 7);
      await closeTraces();

      const facts = "[process.argv.slice(2), process.env.MINE, process.execArgv.includes('--no-warnings')]";
      writeFileSync(
        path,
        `import { writeFileSync } from "node:fs"; writeFileSync(${JSON.stringify(told)}, JSON.stringify(${facts}));`,
      );
      const own = { type: "node", program: path, args: ["a b"], env: { MINE: "1" }, runtimeArgs: ["--no-warnings"] };
      await debug(folder, own);
      equal(traceTabs().length, 0, "nobody asked for it");
      await all(true);
      await debug(folder, own);
      equal(await exitCodeOfTrace(), 0);
      deepEqual(JSON.parse(readFileSync(told, "utf8")), [["a b"], "1", true]);
      await closeTraces();
      const text = `require("node:fs").writeFileSync(${JSON.stringify(told)}, "by a string")`;
      await debug(folder, { type: "node", runtimeArgs: ["-e", text] });
      deepEqual([readFileSync(told, "utf8"), traceTabs().length], ["by a string", 0]);
    } finally {
      await all(undefined);
      await closeTraces();
      for (const file of [path, told]) rmSync(file, { force: true });
    }
  },
};

/** Resolves when the session has ended. */
async function debug(folder: vscode.WorkspaceFolder, own: Readonly<Record<string, unknown>>): Promise<void> {
  const name = `session ${++sessions}`;
  let ended = 0;
  const listener = vscode.debug.onDidTerminateDebugSession((session) => {
    if (session.name === name) ended++;
  });
  try {
    ok(await vscode.debug.startDebugging(folder, { type: "", request: "launch", name, ...own }));
    await eventually(
      vscode.debug.onDidTerminateDebugSession,
      () => (ended > 0 ? true : undefined),
      () => `${name} runs`,
    );
  } finally {
    listener.dispose();
  }
}

let sessions = 0;

async function exitCodeOfTrace(): Promise<number | undefined> {
  const tab = await eventually(
    vscode.window.tabGroups.onDidChangeTabs,
    () => traceTabs()[0],
    () => vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs.map(({ label }) => label)).join(),
  );
  ok(tab.input instanceof vscode.TabInputCustom);
  ok(basename(tab.input.uri.fsPath).startsWith("debugged-by-name "), tab.label);
  // The debugger may know that the program ended before its last words are written.
  for (const deadline = Date.now() + 30_000; Date.now() < deadline; await setTimeout(20)) {
    let exitCode: number | undefined;
    const decoder = new TraceDecoder({
      end(end) {
        exitCode = end.exitCode;
      },
    });
    decoder.push(readFileSync(tab.input.uri.fsPath));
    if (exitCode !== undefined) return exitCode;
  }
  return undefined;
}
