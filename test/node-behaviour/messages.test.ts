/** What pages of rules claim about messages of Node.js: what is copied, moved and refused. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { open } from "node:fs/promises";
import { createServer } from "node:http";
import { Socket } from "node:net";
import { createInterface } from "node:readline";
import { Duplex, PassThrough, Transform, Writable } from "node:stream";
import { test } from "node:test";
import { runInNewContext } from "node:vm";
import { MessageChannel, Worker } from "node:worker_threads";
import { createGzip } from "node:zlib";
import { linesOf, nodeVersion } from "../support/node-program.js";

/** What sending throws for what is wrong with the transfer list. */
const REFUSAL = nodeVersion > 20 ? "DataCloneError" : "TypeError";

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

test("a buffer that is in one transfer list twice throws", () => {
  const buffer = new ArrayBuffer(4);
  assert.equal(post(buffer, [buffer, buffer]), "DataCloneError");
  assert.equal(buffer.byteLength, 4);
});

test("a buffer that was transferred before arrives empty, and from Node.js 22 on is refused", async () => {
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
  assert.deepEqual([again, lengths], nodeVersion > 20 ? ["DataCloneError", [4]] : [true, [4, 0]]);
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
    assert.equal(post(value, [value]), REFUSAL);
    assert.equal(
      outcome(() => structuredClone(value, { transfer: [value] as never })),
      REFUSAL,
    );
  }
  assert.equal(post(new Int32Array(shared), [shared]), REFUSAL);
  assert.equal(post(view, [view.buffer]), "sent");
});

test("ports, files and streams are sent only by those who transfer them", async () => {
  const { port1, port2 } = new MessageChannel();
  const file = await open(new URL(import.meta.url));
  for (const value of [port1, file, new ReadableStream(), new WritableStream(), new TransformStream()]) {
    assert.equal(post({ value }), REFUSAL);
    assert.equal(
      outcome(() => structuredClone(value)),
      REFUSAL,
    );
    assert.equal(post({ value }, [value]), "sent");
  }
  port2.close();
});

test("buffers up to half of the pool's size are parts of it", () => {
  assert.equal(Buffer.poolSize, nodeVersion < 24 ? 8192 : 65_536);
  const half = Buffer.poolSize / 2;
  assert.equal(Buffer.allocUnsafe(half - 1).buffer.byteLength, Buffer.poolSize);
  assert.equal(Buffer.allocUnsafe(half).buffer.byteLength, half);
});

test("small buffers are parts of one pool, which is not transferred", () => {
  for (const made of [Buffer.from("text"), Buffer.from([1]), Buffer.allocUnsafe(8), Buffer.concat([Buffer.alloc(3)])]) {
    assert.ok(made.buffer.byteLength > made.length);
    const length = made.buffer.byteLength;
    assert.equal(post(made, [made.buffer]), nodeVersion > 20 ? "DataCloneError" : "sent");
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

test("an error of another realm is no instance of this one's Error", () => {
  const thrown: unknown = outcome(() => runInNewContext("throw new Error('elsewhere')"));
  assert.equal(thrown instanceof Error, false);
  assert.equal(String(thrown), "Error: elsewhere");
});

test("process.send throws for what leads back to itself, and the process may send something else", async () => {
  const lines = await linesOf(`
    import { fork } from "node:child_process";
    import { fileURLToPath } from "node:url";

    if (process.send) {
      const loop = {};
      loop.self = loop;
      try {
        process.send(["done", loop]);
      } catch (error) {
        process.send(["failed", error.name]);
      }
      process.disconnect();
    } else {
      fork(fileURLToPath(import.meta.url)).on("message", (message) => console.log(message.join(" ")));
    }`);
  assert.deepEqual(lines, ["failed TypeError"]);
});

test("a reply that cannot be sent is none: the handler of the message fails, and the worker ends", async () => {
  const worker = new Worker(
    `const { parentPort } = require("node:worker_threads");
    parentPort.on("message", async () => parentPort.postMessage({ result: () => 1 }));`,
    { eval: true },
  );
  const replies: unknown[] = [];
  worker.on("message", (reply) => replies.push(reply));
  worker.postMessage("work");
  await once(worker, "error");
  assert.deepEqual(replies, []);
});

test("another process gets an empty object for shared memory, or an error, and a copy of a view", async () => {
  const program = `
    import { fork } from "node:child_process";
    import { fileURLToPath } from "node:url";
    if (process.argv[2] === undefined) {
      for (const serialization of ["json", "advanced"]) {
        const memory = new SharedArrayBuffer(8);
        const child = fork(fileURLToPath(import.meta.url), ["child"], { serialization });
        for (const message of [{ memory }, { view: new Int32Array(memory) }]) {
          try {
            child.send(message);
          } catch (error) {
            console.log(serialization, error.message);
          }
        }
        for (let seen = serialization === "json" ? 0 : 1; seen < 2; seen++) {
          const [answer] = await new Promise((resolve) => child.once("message", (...message) => resolve(message)));
          console.log(serialization, answer);
        }
        child.disconnect();
      }
    } else {
      process.on("message", ({ memory, view }) => {
        process.send(memory ? Object.getPrototypeOf(memory) === Object.prototype : \`\${view.constructor.name} \${view[0]}\`);
      });
    }
  `;
  assert.deepEqual(await linesOf(program), [
    "json true",
    "json Object 0",
    "advanced #<SharedArrayBuffer> could not be cloned.",
    "advanced Int32Array 0",
  ]);
});
