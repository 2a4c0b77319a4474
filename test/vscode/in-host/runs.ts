import { deepEqual, equal, match } from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as vscode from "vscode";
import { closeTraces, endOfRun, eventually, type Scenario, traceTabs } from "./scenario.js";

/** Programs without Heddle that end in all sorts of ways, and what their runs end with. */
const programs: readonly (readonly [name: string, text: string, exitCode: number])[] = [
  ["empty", "", 0],
  ["exits", "process.exit(5);", 5],
  ["throws", "throw new Error('on purpose');", 1],
  ["killed", "process.kill(process.pid, 'SIGKILL');", 128 + 9],
];

export const runs: Scenario = {
  name: "programs that end at once, exit, throw or are killed leave a trace each, two at the same time too",
  async body() {
    const folder = mkdtempSync(join(tmpdir(), "heddle-runs-"));
    try {
      for (const [name, text, exitCode] of programs) {
        const ended = endOfRun();
        await run(join(folder, `${name} of mine.mjs`), text);
        equal(await ended, exitCode, name);
      }
      deepEqual(
        traceTabs().map(({ label }) => label.replace(/ of mine \d{4}-\d\d-\d\d \d\d\.\d\d\.\d\d\.heddletrace$/, "")),
        programs.map(([name]) => name),
      );
      await closeTraces();

      const both = eventually(
        vscode.tasks.onDidStartTaskProcess,
        () => (running().length === 2 ? running() : undefined),
        () => running().join(),
      );
      const forever = "setInterval(() => {}, 1000);";
      await Promise.all(["a.mjs", "b.mjs"].map((name) => run(join(folder, name), forever)));
      const executions = await both;
      const left = endedAll(executions);
      for (const execution of executions) execution.terminate();
      await left;
      const labels = traceTabs().map(({ label }) => label);
      equal(labels.length, 2, labels.join());
      for (const label of labels) match(label, /^[ab] .*\.heddletrace$/);
    } finally {
      await closeTraces();
      rmSync(folder, { recursive: true });
    }
  },
};

async function run(file: string, text: string): Promise<void> {
  writeFileSync(file, text);
  await vscode.commands.executeCommand("heddle.runAndTrace", vscode.Uri.file(file));
}

function running(): vscode.TaskExecution[] {
  return vscode.tasks.taskExecutions.filter(({ task }) => task.source === "heddle");
}

async function endedAll(executions: readonly vscode.TaskExecution[]): Promise<void> {
  await eventually(
    vscode.tasks.onDidEndTask,
    () => (running().length === 0 ? true : undefined),
    () => executions.map(({ task }) => task.name).join(),
  );
}
