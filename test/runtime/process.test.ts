/** Child processes: how they start, what they know, and how they end. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { availableParallelism, tmpdir } from "node:os";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Event, Lock, Queue, SerializationError, SharedArray, Thread } from "heddle";
import { activeChildren, cpuCount, currentProcess, Process, parentProcess } from "heddle/process";
import { isolate } from "../../runtime/src/isolate.js";
import { privatePath } from "../../runtime/src/process/private-path.js";
import { Folder } from "../support/folder.js";
import { runProgram } from "../support/run-program.js";
import { interruptStart } from "./interruptor.js";
import { exitWith, nothing } from "./process-work.js";
import { started } from "./started-process.js";

const DEADLINE = 20_000;

function program(name: string): string {
  return fileURLToPath(new URL(`./programs/${name}.js`, import.meta.url));
}

test("106: what a process gives to process.exit is its exit code", () => {
  using child = started({ target: exitWith, args: [3] });
  child.join({ timeout: DEADLINE });
  assert.equal(child.exitcode, 3);
});

test("65: interruptMain does not end a start halfway: it is a SIGINT for after that", async () => {
  let signals = 0;
  process.once("SIGINT", () => signals++);
  const ready = new Event();
  const interrupting = new Thread({ target: interruptStart, args: [ready] });
  interrupting.start();
  assert.ok(ready.wait({ timeout: DEADLINE }));
  const children: Process[] = [];
  while (interrupting.isAlive()) {
    const child = new Process({ target: nothing }); // one may have started before the thread saw main wait for it
    child.start();
    children.push(child);
  }
  for (const end = performance.now() + DEADLINE; signals === 0; await new Promise(setImmediate)) {
    assert.ok(performance.now() < end, "no signal came");
  }
  for (const child of children) {
    await child.joinAsync({ timeout: DEADLINE });
    assert.equal(child.exitcode, 0);
  }
});

test("processes that have ended are not kept by the library, also where nobody asks for the active ones", () => {
  const { children } = isolate.processes as { readonly children: ReadonlySet<unknown> };
  using ended = started({ target: nothing });
  ended.join({ timeout: DEADLINE });
  using next = started({ target: nothing });
  assert.deepEqual([children.has(ended), children.has(next)], [false, true]);
  next.join({ timeout: DEADLINE });
});

test("the main process has a name, no parent, and as many processors as there are", () => {
  const current = currentProcess();
  assert.deepEqual(
    [current.name, current.pid, current.daemon, current.exitcode],
    ["MainProcess", process.pid, false, undefined],
  );
  assert.equal(current.isAlive(), true);
  assert.equal(current, currentProcess());
  assert.equal(parentProcess(), undefined);
  assert.equal(cpuCount(), availableParallelism());
});

test("what has no meaning in another process does not start one, and the message tells what to do", () => {
  const cases: readonly [unknown, RegExp][] = [
    [new Queue(), /A Queue cannot go to another process.*use one of a Manager/is],
    [{ deep: [new Lock()] }, /A Lock cannot.*at \.args\[0\]\.deep\[0\]/s],
    [new SharedArray("i32", 4), /cannot go to another process/],
    [new SharedArrayBuffer(8), /A SharedArrayBuffer cannot/],
    [Promise.resolve(1), /promise/],
    [() => {}, /anonymous function/],
  ];
  for (const [argument, message] of cases) {
    const child = new Process({ target: nothing as (...args: unknown[]) => void, args: [argument] });
    assert.throws(() => child.start(), { name: SerializationError.name, message }, String(argument));
    assert.equal(child.isAlive(), false);
  }
  assert.throws(() => new Process({ target: () => {} }).start(), {
    name: SerializationError.name,
    message: /anonymous function/,
  });
  assert.throws(() => new (class Unknown extends Process {})().start(), /class Unknown is not registered/);
  assert.throws(() => new Process({ target: "x" as never }), TypeError);
  assert.throws(() => new Process({ args: "x" as never }), TypeError);
  assert.deepEqual(activeChildren(), []);
});

test("106, 110, 111: processes know themselves, what they were given, and their errors are told on stderr", async () => {
  const { code, stdout, stderr } = await runProgram([program("processes")], { deadline: 60_000 });
  const lines = stdout.trimEnd().split("\n");
  const told = JSON.parse(lines.shift() ?? "") as Record<string, unknown>;
  const { pid, parentPid } = JSON.parse(lines.shift() ?? "") as Record<string, number>;
  assert.deepEqual(told, {
    name: "told",
    pid,
    daemon: false,
    parent: "MainProcess",
    parentPid,
    values: [1, "ü", { map: "Map", date: "Date", self: true, task: "nothing" }, "4,5"],
  });
  assert.deepEqual(lines, [
    "hello from greeter true",
    "greeter 7",
    "Process-3:1",
    "grandchild",
    "0",
    "child 0",
    "Process-4 MainProcess",
    "thread 0",
    "thrown 1",
    "rejected 1",
    "text 1",
    "daemon's child 1",
    "the end",
    "after the end",
  ]);
  assert.match(stderr, /Process thrown:\nRangeError: at once\n {4}at fail /);
  assert.match(stderr, /Process rejected:\nRangeError: later\n {4}at failLater /);
  assert.match(stderr, /StateError: A daemon may have no children/);
  assert.equal(code, 0);
});

test("110: daemons end with their program, also one that cannot hear of it", async () => {
  const { code, stdout } = await runProgram([program("leaves-daemons")]);
  assert.deepEqual([code, stdout], [0, "started\n"]);
});

test("no process outlives its parent, whatever that died of", async () => {
  for (const signal of ["SIGKILL", "SIGTERM"] as const) {
    const parent = spawn(process.execPath, [program("leaves-children")], { stdio: ["ignore", "pipe", "inherit"] });
    const lines = createInterface(parent.stdout);
    const ready = new Set<string>();
    for await (const line of lines) {
      ready.add(line);
      if (ready.size === 3) break;
    }
    parent.kill(signal);
    // Its children and grandchildren have its output as well: it closes when the last of them has ended.
    parent.stdout.resume();
    await once(parent, "close", { signal: AbortSignal.timeout(DEADLINE) });
    assert.deepEqual([...ready].sort(), ["child", "daemon", "grandchild"]);
  }
});

test("a program given as text, in whatever way, starts processes that do not run it once more", async () => {
  const work = new URL("./process-work.js", import.meta.url);
  const text = (load: string): string => `
    console.log("the program");
    if (process.env.IS_AGAIN === undefined) {
      process.env.IS_AGAIN = "yes";
      ${load}
      const child = new Process({ target: exitWith, args: [3] });
      child.start();
      child.join();
      console.log(child.exitcode);
    }
  `;
  const imports = `import { Process } from "heddle/process"; import { exitWith } from "${work}";`;
  const later = `const [{ Process }, { exitWith }] = await Promise.all([import("heddle/process"), import("${work}")]);`;
  const script = `(async () => { ${text(later)} })();`;
  const module = `${imports} ${text("")}`;
  for (const args of [
    ["-e", script],
    ["--no-warnings", `--eval=${script}`],
    ["--input-type=module", "-e", module],
    ["--input-type", "module", `--eval=${module}`],
  ]) {
    const { code, stdout, stderr } = await runProgram(args);
    assert.deepEqual([code, stdout, stderr], [0, "the program\n3\n", ""], args.join(" "));
  }
});

test("sockets lie in a folder that only this user may enter, also where that for temporary files has a long path", async () => {
  const longest = 103;
  using folder = new Folder({ [`${"long".repeat(25)}/empty.txt`]: "" });
  const before = process.env.TMPDIR;
  for (const parent of [tmpdir(), folder.file("long".repeat(25))]) {
    process.env.TMPDIR = parent;
    const { path, folder: own } = privatePath();
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
    const server = createServer();
    try {
      server.listen(path);
      await once(server, "listening");
      assert.ok(Buffer.byteLength(path) <= longest, path);
      if (own === undefined) continue; // Windows
      assert.deepEqual(readdirSync(own), ["socket"]);
      assert.equal(statSync(own).mode & 0o777, 0o700);
    } finally {
      server.close();
      if (own !== undefined) rmSync(own, { recursive: true });
    }
  }
});

test("what NODE_OPTIONS loads is for the program and its processes, and not for what starts them", async () => {
  using folder = new Folder({
    "loaded.cjs": `
      const { isMainThread, threadId } = require("node:worker_threads");
      if (!isMainThread) throw new Error("in thread " + threadId);
      console.log("loaded");
    `,
  });
  const env = { NODE_OPTIONS: `--require ${JSON.stringify(folder.file("loaded.cjs"))}` };
  const { code, stdout, stderr } = await runProgram([program("leaves-process")], { env });
  assert.deepEqual([code, stdout, stderr], [0, "loaded\nbye\nloaded\n", ""]);
});

test("start is not for modules, which every process would load again", async () => {
  const { code, stderr } = await runProgram([program("forgot-main-process")]);
  assert.equal(code, 0);
  assert.match(stderr, /StateError: A process was started while another one loads its modules/);
});
