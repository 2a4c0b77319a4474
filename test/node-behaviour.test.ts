/** What pages of rules claim about Node.js, done by the Node.js that runs the tests. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { open } from "node:fs/promises";
import { createServer } from "node:http";
import { Socket } from "node:net";
import { createInterface } from "node:readline";
import { Duplex, PassThrough, Transform, Writable } from "node:stream";
import { test } from "node:test";
import { MessageChannel, Worker } from "node:worker_threads";
import { createGzip } from "node:zlib";
import { Folder } from "./support/folder.js";
import { runProgram } from "./support/run-program.js";

/** The lines that a module prints which is the program. */
async function linesOf(text: string): Promise<readonly string[]> {
  using folder = new Folder();
  const { code, stdout, stderr } = await runProgram([folder.write("program.mjs", text)]);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  return stdout.trimEnd().split("\n");
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

test("a loop over an array leaves one out where an element is taken out while it waits, and a loop over a copy does not", async () => {
  const lines = await linesOf(`
    async function seenOf(take) {
      const all = ["a", "b", "c"];
      const seen = [];
      for (const each of take(all)) {
        queueMicrotask(() => all.splice(all.indexOf(each), 1));
        await new Promise((resolve) => setImmediate(resolve));
        seen.push(each);
      }
      return seen.join("");
    }
    console.log(await seenOf((all) => all));
    console.log(await seenOf((all) => [...all]));
  `);
  assert.deepEqual(lines, ["ac", "abc"]);
});

test("a loop over an array comes to what is appended while it waits, and one over a set leaves nothing out", async () => {
  const lines = await linesOf(`
    const all = ["a"];
    const seen = [];
    for (const each of all) {
      if (all.length < 3) queueMicrotask(() => all.push(each + each));
      await new Promise((resolve) => setImmediate(resolve));
      seen.push(each);
    }
    console.log(seen.join(" "));
    const set = new Set(["x", "y", "z"]);
    for (const each of set) {
      queueMicrotask(() => set.delete(each));
      await new Promise((resolve) => setImmediate(resolve));
      console.log(each);
    }
  `);
  assert.deepEqual(lines, ["a aa aaaa", "x", "y", "z"]);
});

test("a timer that has lost a race goes on and keeps the process up", async () => {
  const lines = await linesOf(`
    const late = new Promise((resolve) => setTimeout(() => resolve(console.log("late")), 50));
    await Promise.race([Promise.resolve(), late]);
    console.log("over");
  `);
  assert.deepEqual(lines, ["over", "late"]);
});

/** What an expression comes to: its value, or the name of the error. */
function outcome(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error instanceof Error ? error.name : error;
  }
}

/** "sent", or the name of the error. */
function post(message: unknown, list: readonly unknown[] = []): unknown {
  const { port1, port2 } = new MessageChannel();
  try {
    return outcome(() => {
      port1.postMessage(message, list as Parameters<typeof port1.postMessage>[1]);
      return "sent";
    });
  } finally {
    port1.close();
    port2.close();
  }
}

test("a buffer that was transferred has length 0, and its views nothing to read or write", () => {
  const buffer = new ArrayBuffer(8);
  const view = new Uint8Array(buffer);
  const data = new DataView(buffer);
  assert.equal(post(view, [buffer]), "sent");
  assert.deepEqual([buffer.byteLength, view.length, view[0]], [0, 0, undefined]);
  view[0] = 1;
  assert.equal(view[0], undefined);
  const uses: (() => unknown)[] = [
    () => view.set([]),
    () => view.fill(0),
    () => view.slice(),
    () => view.subarray(0),
    () => [...view],
    () => data.getInt8(0),
    () => new Uint8Array(buffer),
    () => Buffer.from(buffer),
  ];
  for (const use of uses) assert.equal(outcome(use), "TypeError", String(use));
  assert.equal(new TextDecoder().decode(view), "");
  assert.equal(post(buffer), "DataCloneError");
  assert.equal(post({ view }), "DataCloneError");
});

test("the parts of a buffer go with it", () => {
  const whole = new Uint8Array(8);
  const part = whole.subarray(0, 4);
  assert.equal(post(part, [part.buffer]), "sent");
  assert.equal(whole.length, 0);
});

test("what is posted to a port that was transferred arrives nowhere", async () => {
  const { port1, port2 } = new MessageChannel();
  const carrier = new MessageChannel();
  const arrived: unknown[] = [];
  port1.on("message", (message) => arrived.push(message));
  carrier.port1.postMessage(port2, [port2]);
  const moved = await new Promise<typeof port2>((resolve) => carrier.port2.once("message", resolve));
  port2.postMessage("by the old name");
  moved.postMessage("by the new one");
  await new Promise((resolve) => port1.once("message", resolve));
  assert.deepEqual(arrived, ["by the new one"]);
  for (const port of [port1, moved, carrier.port1, carrier.port2]) port.close();
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

test("a promise that is returned from a try is settled behind its finally, and one that is awaited there before it", async () => {
  const lines = await linesOf(`
    const work = async () => {
      await null;
      console.log("done");
    };
    const leave = async () => {
      try {
        return work();
      } finally {
        console.log("left");
      }
    };
    const stay = async () => {
      try {
        return await work();
      } finally {
        console.log("left");
      }
    };
    await leave();
    await stay();
  `);
  assert.deepEqual(lines, ["left", "done", "done", "left"]);
});

test("closing the handle of a file waits for what was begun with it", async () => {
  const lines = await linesOf(`
    import { open } from "node:fs/promises";
    const read = async () => {
      const file = await open(new URL(import.meta.url));
      try {
        return file.readFile("utf8").then((text) => text.length > 100);
      } finally {
        await file.close();
      }
    };
    console.log(await read());
  `);
  assert.deepEqual(lines, ["true"]);
});

test("timers that a loop sets see one var for all turns, and one let for each", async () => {
  const lines = await linesOf(`
    for (var shared = 0; shared < 2; shared++) setTimeout(() => console.log("var", shared), 0);
    for (let own = 0; own < 2; own++) setTimeout(() => console.log("let", own), 0);
  `);
  assert.deepEqual(lines, ["var 2", "var 2", "let 0", "let 1"]);
});

test("a buffer that is in one transfer list twice throws", () => {
  const buffer = new ArrayBuffer(4);
  assert.equal(post(buffer, [buffer, buffer]), "DataCloneError");
  assert.equal(buffer.byteLength, 4);
});

test("a buffer that was transferred before arrives empty, where Node does not refuse to send it", async () => {
  const { port1, port2 } = new MessageChannel();
  const arrived: ArrayBuffer[] = [];
  const over = new Promise((resolve) => port2.once("close", resolve));
  port2.on("message", (buffer: ArrayBuffer) => arrived.push(buffer));
  const buffer = new ArrayBuffer(4);
  port1.postMessage(buffer, [buffer]);
  const again = outcome(() => port1.postMessage(buffer, [buffer]));
  port1.close();
  await over;
  const lengths = arrived.map(({ byteLength }) => byteLength);
  assert.deepEqual(lengths, again === "DataCloneError" ? [4] : [4, 0]);
});

test("a port that was transferred before cannot be transferred again", () => {
  const { port1, port2 } = new MessageChannel();
  assert.equal(post(port1, [port1]), "sent");
  assert.equal(post(port1, [port1]), "DataCloneError");
  port2.close();
});

test("views and shared memory cannot be transferred, and sending them so throws", () => {
  const view = new Uint8Array(4);
  const shared = new SharedArrayBuffer(4);
  for (const value of [view, new DataView(view.buffer), Buffer.alloc(4), shared]) {
    assert.equal(post(value, [value]), "TypeError");
    assert.equal(
      outcome(() => structuredClone(value, { transfer: [value] as never })),
      "TypeError",
    );
  }
  assert.equal(post(new Int32Array(shared), [shared]), "TypeError");
  assert.equal(post(view, [view.buffer]), "sent");
});

test("ports, files and streams are sent only by those who transfer them", async () => {
  const { port1, port2 } = new MessageChannel();
  const file = await open(new URL(import.meta.url));
  for (const value of [port1, file, new ReadableStream(), new WritableStream(), new TransformStream()]) {
    assert.equal(post({ value }), "TypeError");
    assert.equal(
      outcome(() => structuredClone(value)),
      "TypeError",
    );
    assert.equal(post({ value }, [value]), "sent");
  }
  port2.close();
});

test("small buffers are parts of one pool, which is not transferred", () => {
  for (const made of [Buffer.from("text"), Buffer.from([1]), Buffer.allocUnsafe(8), Buffer.concat([Buffer.alloc(3)])]) {
    assert.ok(made.buffer.byteLength > made.length);
    const length = made.buffer.byteLength;
    assert.match(String(post(made, [made.buffer])), /^(sent|DataCloneError)$/);
    assert.equal(made.buffer.byteLength, length);
  }
  const own = [Buffer.alloc(8), Buffer.allocUnsafe(65_536), Buffer.allocUnsafeSlow(8), Buffer.from(new ArrayBuffer(8))];
  for (const made of [...own, new TextEncoder().encode("text"), new Uint8Array(Buffer.from("text"))]) {
    assert.equal(made.buffer.byteLength, made.length);
    assert.equal(post(made, [made.buffer]), "sent");
    assert.equal(made.length, 0);
  }
});

test("a copy of an instance has the fields of its class and nothing else of it", () => {
  class Order {
    price = 2;
    readonly #secret = 1;
    get text() {
      return `${this.price} ${this.#secret}`;
    }
    total() {
      return this.price;
    }
  }
  const copy: { price: number; text?: unknown; total?: unknown } = structuredClone(new Order());
  assert.deepEqual([copy.price, copy.text, copy.total, copy instanceof Order], [2, undefined, undefined, false]);
});

test("what messages copy, and of what there are no copies", async () => {
  const copied = [
    new Date(),
    /x+/g,
    new Map([["a", new Set([1, 2])]]),
    new RangeError("too large"),
    10n ** 20n,
    { nothing: undefined },
    new (class {
      #onDone = () => 1;
      x = 1;
      get done() {
        return this.#onDone;
      }
    })(),
  ];
  for (const value of copied) assert.equal(post(value), "sent", String(value));
  const socket = new Socket();
  const timer = setTimeout(() => undefined, 1);
  const server = createServer();
  const worker = new Worker("", { eval: true });
  const refused = [
    () => 1,
    Symbol("request"),
    { cb: () => 1 },
    { cb() {} },
    new (class {
      onDone = () => 1;
    })(),
    new Map([[1, () => 1]]),
    [Promise.resolve()],
    new Proxy({}, {}),
    new WeakMap(),
    new WeakSet(),
    new WeakRef({}),
    new FinalizationRegistry(() => undefined),
    (function* () {})(),
    (async function* () {})(),
    new Map().keys(),
    new Set().values(),
    [].values(),
    ""[Symbol.iterator](),
    new Intl.Collator(),
    new Intl.NumberFormat(),
    new Intl.DateTimeFormat(),
    new Intl.PluralRules(),
    new Intl.Segmenter(),
    socket,
    timer,
    server,
    worker,
    new Writable(),
    new Duplex(),
    new Transform(),
    new PassThrough(),
    createGzip(),
    createInterface({ input: new PassThrough() }),
    spawn(process.execPath, ["--version"]),
  ];
  for (const value of refused) assert.equal(post(value), "DataCloneError", Object.prototype.toString.call(value));
  socket.destroy();
  clearTimeout(timer);
  await worker.terminate();
});

test("a promise counts as a yes for filter, and for sort as no number", async () => {
  const lines = await linesOf(`
    console.log([1, 2, 3].filter(async () => false).join(" "), [1].some(async () => false));
    console.log([2, 3, 1].sort(async (one, other) => one - other).join(" "));
  `);
  assert.deepEqual(lines, ["1 2 3 true", "2 3 1"]);
});

test("forEach waits for nobody, and an error of what it has called ends the process", async () => {
  using folder = new Folder();
  const program = folder.write(
    "program.mjs",
    `[1].forEach(async () => {
      await null;
      console.log("called");
      throw new Error("unheard");
    });
    console.log("behind");
    setTimeout(() => console.log("later"), 1000);`,
  );
  const { code, stdout, stderr } = await runProgram([program]);
  assert.deepEqual([code, stdout], [1, "behind\ncalled\n"]);
  assert.match(stderr, /unheard/);
});

test("a stream's filter waits for promises", async () => {
  const lines = await linesOf(`
    import { Readable } from "node:stream";
    console.log((await Readable.from([1, 2, 3]).filter(async (each) => each > 1).toArray()).join(" "));
  `);
  assert.deepEqual(lines, ["2 3"]);
});

test("what an async executor throws ends the process, and settles nothing", async () => {
  using folder = new Folder();
  const program = folder.write(
    "program.mjs",
    `new Promise(async (resolve) => {
      await null;
      throw new Error("unheard");
    }).catch(() => console.log("heard"));
    process.on("unhandledRejection", (error) => console.log("nobody has heard", error.message));`,
  );
  const { code, stdout } = await runProgram([program]);
  assert.deepEqual([code, stdout], [0, "nobody has heard unheard\n"]);
});
