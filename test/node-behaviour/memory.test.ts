/** What pages of rules claim about shared and growing memory in Node.js. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { linesOf } from "../support/node-program.js";

test("an exception in front of the wake-up leaves the thread asleep", async () => {
  const lines = await linesOf(`
    import { once } from "node:events";
    import { Worker } from "node:worker_threads";
    const sleeps = \`
      const { parentPort, workerData } = require("node:worker_threads");
      const cell = new Int32Array(workerData);
      parentPort.postMessage("do");
      parentPort.postMessage(Atomics.wait(cell, 0, 0, 200));
    \`;
    const memory = new SharedArrayBuffer(4);
    const worker = new Worker(sleeps, { eval: true, workerData: memory });
    const cell = new Int32Array(memory);
    const onMessage = async () => {
      await Promise.reject(new Error("the work fails"));
      Atomics.store(cell, 0, 1);
      Atomics.notify(cell, 0);
    };
    worker.once("message", () => onMessage().catch(() => console.log("failed")));
    await once(worker, "message");
    const [how] = await once(worker, "message");
    console.log(how);
  `);
  assert.deepEqual(lines, ["failed", "timed-out"]);
});

test("a thread that is stopped hears nobody, and the one it waits for sees to that", async () => {
  const lines = await linesOf(`
    import { Worker } from "node:worker_threads";
    const cell = new Int32Array(new SharedArrayBuffer(4));
    const worker = new Worker("require('node:worker_threads').parentPort.postMessage('go on')", { eval: true });
    worker.on("message", () => {
      console.log("heard");
      Atomics.store(cell, 0, 1);
      Atomics.notify(cell, 0);
    });
    console.log(Atomics.wait(cell, 0, 0, 200));
    const { async: isAsync, value } = Atomics.waitAsync(cell, 0, 0, 5000);
    console.log(isAsync ? await value : value);
  `);
  assert.deepEqual(lines, ["timed-out", "heard", "ok"]);
});

test("a memory that grows detaches the views of its old buffer", async () => {
  const lines = await linesOf(`
    const memory = new WebAssembly.Memory({ initial: 1 });
    const view = new Uint8Array(memory.buffer);
    memory.grow(1);
    view[0] = 1;
    console.log(view.length, view[0], view.buffer === memory.buffer, new Uint8Array(memory.buffer).length);
    try {
      view.set([1]);
    } catch (error) {
      console.log(error.name);
    }
  `);
  assert.deepEqual(lines, ["0 undefined false 131072", "TypeError"]);
});

test("a view without a length goes with a buffer that is resized", () => {
  // The types know resizable buffers from ES2024 on.
  const Resizable = ArrayBuffer as unknown as new (
    length: number,
    options: { maxByteLength: number },
  ) => ArrayBuffer & { resize(length: number): void };
  const buffer = new Resizable(8, { maxByteLength: 16 });
  const view = new Uint8Array(buffer);
  buffer.resize(16);
  assert.equal(view.length, 16);
});

test("atomic operations are for integers, and waiting for 32 and 64 bits of shared memory", () => {
  const given = (array: unknown): Int32Array => array as Int32Array;
  for (const array of [new Float32Array(1), new Float64Array(1), new Uint8ClampedArray(1)]) {
    assert.throws(() => Atomics.add(given(array), 0, 1), TypeError);
  }
  const shared = new SharedArrayBuffer(8);
  const unfit = [new Int32Array(2), new Uint32Array(shared), new Int16Array(shared), new Uint8Array(shared)];
  for (const array of unfit) {
    assert.throws(() => Atomics.wait(given(array), 0, 0, 0), TypeError);
  }
  assert.equal(Atomics.wait(new Int32Array(shared), 0, 0, 0), "timed-out");
  assert.equal(Atomics.wait(new BigInt64Array(shared), 0, 0n, 0), "timed-out");
  assert.equal(Atomics.wait(new Int32Array(shared), 0, 1, 0), "not-equal");
});

test("a view begins at a multiple of its elements' size, and atomic operations end with it", () => {
  const shared = new SharedArrayBuffer(8);
  assert.throws(() => new Int32Array(shared, 1), RangeError);
  assert.throws(() => new Int32Array(shared, 4, 2), RangeError);
  assert.throws(() => Atomics.load(new Int32Array(shared), 2), RangeError);
});
