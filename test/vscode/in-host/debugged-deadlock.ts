import { deepEqual, equal, ok } from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import * as vscode from "vscode";
import { closeTraces, eventually, type Scenario, traceTabs } from "./scenario.js";

/** Two threads deadlock for ever, each in a line of its own; the main thread waits for both. */
const text = `import { Barrier, Lock, main, tasks, Thread } from "heddle";
const first = new Lock({ name: "first" });
const second = new Lock({ name: "second" });
const bothHold = new Barrier(2, { name: "bothHold" });
export function left() {
  first.acquire();
  bothHold.wait();
  second.acquire(); // left waits
}
export function right() {
  second.acquire();
  bothHold.wait();
  first.acquire(); // right waits
}
tasks(import.meta.url, { left, right });
main(import.meta.url, () => {
  const threads = [new Thread({ target: left, name: "left" }), new Thread({ target: right, name: "right" })];
  for (const thread of threads) thread.start();
  for (const thread of threads) thread.join();
});
`;
const TURNS = 10;

/** What passes between VS Code and a debugger, as far as it matters here. */
interface Message {
  readonly type?: string;
  readonly seq?: number;
  readonly event?: string;
  readonly command?: string;
  readonly request_seq?: number;
  readonly arguments?: { readonly context?: string };
  readonly body?: { readonly threadId?: number };
}

/** Follows all sessions of the debugger for Node.js: who is stopped, and how long threads were asked for their stacks. */
class Sessions {
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.#changed.event;
  /** The stopped ones, with the debugger's number of their thread. */
  readonly stopped = new Map<vscode.DebugSession, number>();
  readonly threads = new Map<vscode.DebugSession, number>();
  /** Milliseconds from the first question to the last answer, where several threads were asked at once. */
  readonly gathered: number[] = [];
  readonly #asked = new Set<string>();
  #began = 0;
  #size = 0;

  track(): vscode.Disposable {
    return vscode.debug.registerDebugAdapterTrackerFactory("pwa-node", {
      createDebugAdapterTracker: (session) => ({
        onWillReceiveMessage: ({ command, seq, arguments: args }: Message) => {
          if (command !== "evaluate" || args?.context !== "clipboard") return;
          if (this.#asked.size === 0) [this.#began, this.#size] = [performance.now(), 0];
          this.#asked.add(`${session.id} ${seq}`);
          this.#size++;
        },
        onDidSendMessage: (message: Message) => this.#hear(session, message),
      }),
    });
  }

  #hear(session: vscode.DebugSession, { type, event, command, request_seq, body }: Message): void {
    if (type === "event" && body?.threadId !== undefined) this.threads.set(session, body.threadId);
    if (event === "stopped") this.stopped.set(session, body?.threadId ?? 0);
    if (event === "continued" || (type === "response" && command === "continue")) this.stopped.delete(session);
    const isAnswer = this.#asked.delete(`${session.id} ${request_seq}`);
    if (isAnswer && this.#asked.size === 0 && this.#size > 1) this.gathered.push(performance.now() - this.#began);
    this.#changed.fire();
  }
}

export const debuggedDeadlock: Scenario = {
  name: "a deadlock stops its threads in the debugger if that is wanted, and a debugger that comes later finds the trace",
  async body(tell) {
    const folder = vscode.workspace.workspaceFolders?.[0];
    ok(folder !== undefined);
    const path = join(folder.uri.fsPath, "debugged-deadlock.mjs");
    const settings = vscode.workspace.getConfiguration("heddle.trace");
    const sessions = new Sessions();
    const tracking = sessions.track();
    try {
      writeFileSync(path, text);
      await settings.update("breakOnDeadlock", true, vscode.ConfigurationTarget.Global);
      await stopsInTheDeadlock(folder, path, sessions);
      await settings.update("breakOnDeadlock", undefined, vscode.ConfigurationTarget.Global);
      await closeTraces();
      await attachesToTheTrace(folder, path);
      tell(figures(sessions.gathered));
    } finally {
      tracking.dispose();
      await settings.update("breakOnDeadlock", undefined, vscode.ConfigurationTarget.Global);
      await vscode.debug.stopDebugging();
      await closeTraces();
      rmSync(path, { force: true });
    }
  },
};

async function stopsInTheDeadlock(folder: vscode.WorkspaceFolder, path: string, sessions: Sessions): Promise<void> {
  ok(await vscode.debug.startDebugging(folder, { type: "heddle", request: "launch", name: "stuck", program: path }));
  const { stopped } = sessions;
  const names = (): string => [...stopped.keys()].map(({ name }) => name).join();
  await eventually(sessions.onDidChange, () => (stopped.size === 2 ? true : undefined), names);
  for (const { name } of stopped.keys()) ok(/worker/.test(name), name);
  const line = text.split("\n").findIndex((each) => each.includes("left waits"));
  const shown = (): string | undefined => {
    const { document, selection } = vscode.window.activeTextEditor ?? {};
    return document && `${document.uri.fsPath}:${selection?.active.line}`;
  };
  // An editor that is new comes with its selection, one that was there goes to it.
  const moved = new vscode.EventEmitter<void>();
  const listeners = vscode.Disposable.from(
    moved,
    vscode.window.onDidChangeActiveTextEditor(() => moved.fire()),
    vscode.window.onDidChangeTextEditorSelection(() => moved.fire()),
  );
  await eventually(
    moved.event,
    () => (shown() === `${path}:${line}` ? true : undefined),
    () => String(shown()),
  );
  listeners.dispose();
  // It goes on to wait, and is not stopped once more for the same.
  for (const [session, threadId] of [...stopped]) await session.customRequest("continue", { threadId });
  const main = [...sessions.threads.keys()].find(
    ({ name, parentSession }) => parentSession !== undefined && !/worker/.test(name),
  );
  ok(main !== undefined, [...sessions.threads.keys()].map(({ name }) => name).join());
  const threadId = sessions.threads.get(main) ?? 0;
  for (let turn = 0; turn < TURNS; turn++) {
    const { length } = sessions.gathered;
    await main.customRequest("pause", { threadId });
    const isDone = (): true | undefined => (stopped.has(main) && sessions.gathered.length > length ? true : undefined);
    await eventually(sessions.onDidChange, isDone, names);
    deepEqual([...stopped.keys()], [main]);
    await main.customRequest("continue", { threadId });
  }
  await ended(() => vscode.debug.stopDebugging());
}

/** To a program that `heddle run` started, as far as it does what `--print` says. */
async function attachesToTheTrace(folder: vscode.WorkspaceFolder, path: string): Promise<void> {
  const trace = `${path}.heddletrace`;
  const heddle = join(__dirname, "../../../server/dist/heddle.cjs");
  const told = execFileSync("node", [heddle, "run", "--print", "--trace", trace, path], { encoding: "utf8" });
  const { flags, env } = JSON.parse(told) as { flags: string[]; env: Record<string, string> };
  const program = spawn("node", ["--inspect=127.0.0.1:0", ...flags, path], { env: { ...process.env, ...env } });
  try {
    const port = await portOf(program);
    const attach = { type: "heddle", request: "attach", name: "attached", address: "127.0.0.1", port };
    ok(await vscode.debug.startDebugging(folder, attach));
    const tab = await eventually(
      vscode.window.tabGroups.onDidChangeTabs,
      () => traceTabs()[0],
      () => "no trace",
    );
    ok(tab.input instanceof vscode.TabInputCustom);
    equal(tab.input.uri.fsPath, trace);
    await ended(() => vscode.debug.stopDebugging());
  } finally {
    program.kill("SIGKILL");
    rmSync(trace, { force: true });
  }
}

async function portOf({ stderr }: ChildProcess): Promise<number> {
  ok(stderr !== null);
  for await (const line of createInterface(stderr)) {
    const [, port] = /^Debugger listening on ws:\/\/127\.0\.0\.1:(\d+)\//.exec(line) ?? [];
    if (port !== undefined) return Number(port);
  }
  throw new Error("The program ended before a debugger could come.");
}

/** Resolves when what ends all sessions has done so. */
async function ended(end: () => Thenable<void>): Promise<void> {
  let isOver = false;
  const listener = vscode.debug.onDidTerminateDebugSession(({ parentSession }) => {
    isOver ||= parentSession === undefined;
  });
  try {
    await end();
    await eventually(
      vscode.debug.onDidTerminateDebugSession,
      () => (isOver ? true : undefined),
      () => "a session",
    );
  } finally {
    listener.dispose();
  }
}

function figures(milliseconds: readonly number[]): string {
  const sorted = milliseconds.map(Math.round).sort((a, b) => a - b);
  return `stacks of all threads, ${sorted.length} times: median ${sorted[sorted.length >> 1]} ms, at most ${sorted.at(-1)} ms`;
}
