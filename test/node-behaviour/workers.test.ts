/** What pages of rules claim about the lives of workers and processes of Node.js. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { MessageChannel } from "node:worker_threads";
import { Folder } from "../support/folder.js";
import { linesOf } from "../support/node-program.js";
import { runProgram } from "../support/run-program.js";

/** Runs a program whose worker runs `work`; it says "heard" if the worker sends a message. */
async function withWorker(work: string): Promise<{ code: number | null; stdout: string; stderr: string }> {
  using folder = new Folder();
  folder.write("work.mjs", work);
  const program = `
    import { Worker } from "node:worker_threads";
    const worker = new Worker(new URL("./work.mjs", import.meta.url));
    try {
      await new Promise((resolve) => worker.once("message", resolve));
      console.log("heard");
    } catch {
      console.log("caught");
    }
  `;
  return await runProgram([folder.write("program.mjs", program)]);
}

test("a module that starts a worker for itself does so in each worker again", async () => {
  const lines = await linesOf(`
    import { Worker, workerData } from "node:worker_threads";
    const depth = workerData ?? 0;
    console.log(depth);
    if (depth < 3) new Worker(new URL(import.meta.url), { workerData: depth + 1 });
  `);
  assert.deepEqual(lines, ["0", "1", "2", "3"]);
});

test("what a worker says before somebody listens is lost, what a process says is kept", async () => {
  using folder = new Folder();
  folder.write(
    "work.mjs",
    `import { parentPort } from "node:worker_threads"; parentPort.postMessage("from a worker");`,
  );
  folder.write(
    "child.mjs",
    `process.send("from a process", () => console.log("sent")); process.on("message", () => {});`,
  );
  const program = `
    import { fork } from "node:child_process";
    import { once } from "node:events";
    import { Worker } from "node:worker_threads";
    const worker = new Worker(new URL("./work.mjs", import.meta.url));
    const child = fork(new URL("./child.mjs", import.meta.url), { silent: true });
    await Promise.all([once(worker, "exit"), once(child.stdout, "data")]);
    await new Promise((resolve) => setImmediate(resolve));
    worker.on("exit", () => console.log("ended"));
    for (const peer of [worker, child]) peer.on("message", (text) => console.log(text));
    child.once("message", () => child.kill());
  `;
  const { code, stdout } = await runProgram([folder.write("program.mjs", program)]);
  assert.deepEqual({ code, stdout }, { code: 0, stdout: "from a process\n" });
});

test("an error of a worker that nobody listens to ends the program, outside of all try blocks", async () => {
  const { code, stdout, stderr } = await withWorker(`throw new Error("bad data");`);
  assert.deepEqual({ code, stdout }, { code: 1, stdout: "" });
  assert.match(stderr, /bad data/);
});

test("a worker that exits emits no error: the promise that waits for its message stays open", async () => {
  const { code, stdout } = await withWorker("process.exit(1);");
  // Node's exit code for a program that ended while its top level waited.
  assert.deepEqual({ code, stdout }, { code: 13, stdout: "" });
});

test("a process that fails emits exit and no error", async () => {
  using folder = new Folder();
  folder.write("answers.mjs", "process.exit(3);");
  const program = `
    import { fork } from "node:child_process";
    const child = fork(new URL("./answers.mjs", import.meta.url));
    for (const event of ["message", "error", "exit"]) child.on(event, (what) => console.log(event, what));
  `;
  const { code, stdout } = await runProgram([folder.write("program.mjs", program)]);
  assert.deepEqual({ code, stdout }, { code: 0, stdout: "exit 3\n" });
});

test("a worker that listens keeps the program alive until somebody terminates it", async () => {
  const lines = await linesOf(`
    import { once } from "node:events";
    import { Worker } from "node:worker_threads";
    const listens = "const { parentPort } = require('node:worker_threads'); parentPort.on('message', () => parentPort.postMessage('here'));";
    const worker = new Worker(listens, { eval: true });
    worker.postMessage("?");
    const [answer] = await once(worker, "message");
    console.log(answer);
    setTimeout(async () => {
      console.log("still alive");
      await worker.terminate();
    }, 50).unref();
  `);
  assert.deepEqual(lines, ["here", "still alive"]);
});

test("a worker that counts itself has not done so when its maker goes on", async () => {
  const lines = await linesOf(`
    import { once } from "node:events";
    import { Worker } from "node:worker_threads";
    const count = new Int32Array(new SharedArrayBuffer(4));
    const code = 'Atomics.add(require("node:worker_threads").workerData, 0, 1)';
    const worker = new Worker(code, { eval: true, workerData: count });
    console.log(Atomics.load(count, 0));
    await once(worker, "exit");
    console.log(Atomics.load(count, 0));
  `);
  assert.deepEqual(lines, ["0", "1"]);
});

test("a worker has its own copy of a module that its maker has loaded and changed", async () => {
  using folder = new Folder();
  folder.write("state.mjs", "export const state = { count: 1 };");
  folder.write("worker.mjs", 'import { state } from "./state.mjs"; console.log(state.count); state.count = 3;');
  const main = `
    import { once } from "node:events";
    import { Worker } from "node:worker_threads";
    import { state } from "./state.mjs";
    state.count = 2;
    await once(new Worker(new URL("./worker.mjs", import.meta.url)), "exit");
    console.log(state.count);
  `;
  const { code, stdout } = await runProgram([folder.write("program.mjs", main)]);
  assert.deepEqual({ code, lines: stdout.trimEnd().split("\n") }, { code: 0, lines: ["1", "2"] });
});

test("a worker whose error is handled leaves the promise of its answer open", async () => {
  using folder = new Folder();
  folder.write("work.mjs", `throw new Error("bad data");`);
  const program = `
    import { Worker } from "node:worker_threads";
    const worker = new Worker(new URL("./work.mjs", import.meta.url));
    worker.on("error", () => console.log("handled"));
    await new Promise((resolve) => worker.once("message", resolve));
    console.log("answered");
  `;
  const { code, stdout } = await runProgram([folder.write("program.mjs", program)]);
  assert.deepEqual({ code, stdout }, { code: 13, stdout: "handled\n" });
});

test("an error that a handler of errors throws again ends the program", async () => {
  using folder = new Folder();
  folder.write("work.mjs", `throw new Error("bad data");`);
  const program = `
    import { Worker } from "node:worker_threads";
    const worker = new Worker(new URL("./work.mjs", import.meta.url));
    worker.on("error", (error) => {
      throw error;
    });
    setTimeout(() => console.log("later"), 20_000);
  `;
  const { code, stdout, stderr } = await runProgram([folder.write("program.mjs", program)]);
  assert.deepEqual({ code, stdout }, { code: 1, stdout: "" });
  assert.match(stderr, /bad data/);
});

test("who listens to a worker's end when it has ended hears nothing", async () => {
  const lines = await linesOf(`
    import { once } from "node:events";
    import { Worker } from "node:worker_threads";
    const worker = new Worker("", { eval: true });
    await once(worker, "exit");
    worker.on("exit", () => console.log("heard"));
    console.log(await Promise.race([once(worker, "exit"), new Promise((r) => setTimeout(() => r("nothing"), 20))]));
  `);
  assert.deepEqual(lines, ["nothing"]);
});

test("a port keeps its messages until somebody listens", async () => {
  const { port1, port2 } = new MessageChannel();
  port2.postMessage("early");
  await new Promise((resolve) => setImmediate(resolve));
  const heard = await new Promise((resolve) => port1.once("message", resolve));
  port1.close();
  assert.equal(heard, "early");
});

test("two that wait for the next message get the same one", async () => {
  const lines = await linesOf(`
    import { once } from "node:events";
    import { Worker } from "node:worker_threads";
    const echo = "const { parentPort } = require('node:worker_threads'); parentPort.on('message', (n) => parentPort.postMessage(n));";
    const worker = new Worker(echo, { eval: true });
    const ask = async (number) => {
      worker.postMessage(number);
      const [answer] = await once(worker, "message");
      return answer;
    };
    console.log((await Promise.all([ask(1), ask(2)])).join(" "));
    await worker.terminate();
  `);
  assert.deepEqual(lines, ["1 1"]);
});

test("a child process with a channel keeps the program alive until it is killed", async () => {
  using folder = new Folder();
  folder.write("child.mjs", "process.on('message', () => {}); process.send('here');");
  const program = `
    import { fork } from "node:child_process";
    import { once } from "node:events";
    const child = fork(new URL("./child.mjs", import.meta.url));
    await once(child, "message");
    setTimeout(() => {
      console.log("still alive");
      child.kill();
    }, 50).unref();
  `;
  const { code, stdout } = await runProgram([folder.write("program.mjs", program)]);
  assert.deepEqual({ code, stdout }, { code: 0, stdout: "still alive\n" });
});

test("who is called when the last worker ends may start another one, which lives on", async () => {
  const lines = await linesOf(`
    import { Worker } from "node:worker_threads";
    const stays = "require('node:worker_threads').parentPort.on('message', () => {});";
    let ends = 0;
    const start = () => {
      const started = new Worker(stays, { eval: true });
      started.on("exit", () => {
        if (++ends === 1) worker = start();
      });
      return started;
    };
    let worker = start();
    const first = worker;
    await first.terminate();
    console.log(worker === first);
    await worker.terminate();
  `);
  assert.deepEqual(lines, ["false"]);
});
