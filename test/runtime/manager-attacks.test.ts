/** Managers and whoever means them no good: strangers, clients that break the rules, and the end of the server. */
import assert from "node:assert/strict";
import { createHmac, randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { connect as connectSecurely, type ConnectionOptions as TLSOptions } from "node:tls";
import { ConnectionClosedError } from "heddle";
import { Manager } from "heddle/process";
import { encodeForProcess } from "../../runtime/src/process/process-codec.js";
import { Certificate } from "../support/certificate.js";
import { Counter, lengthOf } from "./manager-work.js";
import { started } from "./started-process.js";

const KEY = "secret";
const GREETING_BYTES = 9;
const NONCE_BYTES = 32;
const DEADLINE = 30_000;

let manager: Manager;
let port = 0;

before(() => {
  Manager.register("Counter", Counter);
  manager = new Manager({ address: "heddle://127.0.0.1:0", authkey: KEY });
  port = Number(new URL(manager.address.replace("heddle", "http")).port);
});

after(() => manager.shutdown());

/** A connection of which nobody minds the end. */
async function stranger(): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  await once(socket, "connect");
  return socket;
}

function closed(socket: Socket): Promise<unknown> {
  socket.resume();
  return socket.closed ? Promise.resolve() : once(socket, "close", { signal: AbortSignal.timeout(DEADLINE) });
}

function frame(body: Uint8Array): Buffer {
  const header = Buffer.alloc(4);
  header.writeUInt32LE(body.length);
  return Buffer.concat([header, body]);
}

function hmac(side: string, first: Uint8Array, second: Uint8Array): Buffer {
  return createHmac("sha256", KEY).update(side).update(first).update(second).digest();
}

/** A connection that knows the key, and says what it likes after that. */
async function insider(): Promise<Socket> {
  return admitted(await stranger());
}

async function admitted(socket: Socket): Promise<Socket> {
  const [greeting] = (await once(socket, "data")) as [Buffer];
  const theirs = greeting.subarray(4 + GREETING_BYTES);
  const mine = randomBytes(NONCE_BYTES);
  socket.write(frame(Buffer.concat([mine, hmac("caller", theirs, mine)])));
  const [proof] = (await once(socket, "data")) as [Buffer];
  assert.deepEqual(proof.subarray(4), hmac("called", mine, theirs));
  return socket;
}

/** The manager still does its work. */
function works(): void {
  assert.deepEqual([...manager.list([1, 2])], [1, 2]);
}

async function until(holds: () => boolean): Promise<void> {
  for (const end = performance.now() + DEADLINE; !holds(); await delay(5))
    assert.ok(performance.now() < end, "too late");
}

test("strangers that speak something else, or announce too much, are hung up on", async () => {
  const speeches = [
    "GET / HTTP/1.1\r\n\r\n",
    frame(randomBytes(128)),
    Buffer.from("ffffff7f", "hex"),
    frame(Buffer.alloc(0)),
  ];
  for (const speech of speeches) {
    const socket = await stranger();
    socket.write(speech);
    await closed(socket);
  }
  works();
});

test("an answer cannot be given back to where it came from", async () => {
  const [socket, other] = [await stranger(), await stranger()];
  const [greeting] = (await once(socket, "data")) as [Buffer];
  await once(other, "data");
  // The manager's own challenge as the caller's, and its greeting as an answer.
  other.write(frame(Buffer.concat([greeting.subarray(4 + GREETING_BYTES), randomBytes(NONCE_BYTES)])));
  await closed(other);
  socket.destroy();
  works();
});

test("a thousand silent connections keep nobody out, and most of them are gone at once", async () => {
  const sockets: Socket[] = [];
  for (let i = 0; i < 1000; i += 100) sockets.push(...(await Promise.all(Array.from({ length: 100 }, stranger))));
  await Promise.all(sockets.slice(0, 700).map(closed));
  const visitor = Manager.connect(manager.address, { authkey: KEY });
  assert.equal(visitor.list([1]).length, 1);
  for (const socket of sockets) socket.destroy();
  works();
});

test("clients that know the key and break the rules are cut off, or told so, and nobody else notices", async () => {
  const oversized = await insider();
  oversized.write(Buffer.from("ffffff7f", "hex"));
  await closed(oversized);
  const short = await insider();
  short.write(frame(Buffer.from([1, 2, 3])));
  await closed(short);
  const truncated = await insider();
  truncated.end(frame(Buffer.alloc(100)).subarray(0, 50));
  await closed(truncated);

  const lying = await insider();
  const call = Buffer.alloc(9 + 20, 0xfe); // number, what, object, and an encoded list that is none
  call[4] = 1;
  lying.write(frame(call));
  const [answer] = (await once(lying, "data", { signal: AbortSignal.timeout(DEADLINE) })) as [Buffer];
  assert.equal(answer[4 + 4], 1); // an error
  lying.destroy();
  works();
});

test("who asks for much at once and does not listen is not answered all of it, and then is", async () => {
  const LENGTH = 300;
  using own = new Manager({ address: "heddle://127.0.0.1:0", authkey: KEY });
  const list = own.list(Array.from({ length: LENGTH }, () => "x".repeat(100_000)));
  const socket = connect(Number(new URL(own.address.replace("heddle", "http")).port), "127.0.0.1");
  await once(socket, "connect");
  await admitted(socket);
  const call = encodeForProcess(["pop"], 9);
  call[4] = 1; // a call
  call[5] = 1; // of the first object
  socket.pause();
  socket.write(Buffer.concat(Array.from({ length: LENGTH }, () => frame(call))));
  await until(() => list.length < LENGTH);
  assert.ok(list.length > LENGTH / 2, `${list.length} are left`); // the system keeps a few megabytes on the way
  socket.resume();
  await until(() => list.length === 0);
  socket.destroy();
});

test("when the server is killed, whoever waits and whoever asks hears of it", async () => {
  const short = new Manager();
  const queue = short.queue<number>();
  const pid = short.create<Counter>("Counter", [0]).call("pid");
  const waiting = assert.rejects(queue.getAsync(), ConnectionClosedError);
  process.kill(pid, "SIGKILL");
  await waiting;
  assert.throws(() => queue.qsize(), ConnectionClosedError);
  assert.throws(() => short.list(), ConnectionClosedError);
  short.shutdown();
});

test("with TLS, clients and proxies accept the manager's certificate alone, and plain ones hear nothing", async () => {
  using certificate = await Certificate.made();
  using other = await Certificate.made();
  const { cert } = certificate.pem;
  using secure = new Manager({ address: "heddle://127.0.0.1:0", authkey: KEY, tls: certificate.pem });
  const list = secure.list([1, 2, 3]);
  using child = started({ target: lengthOf, args: [list] }); // a proxy takes along how to connect
  await child.joinAsync({ timeout: DEADLINE });
  assert.equal(child.exitcode, 3);
  assert.equal(Manager.connect(secure.address, { authkey: KEY, tls: { ca: cert } }).list([1]).length, 1);
  const refused = { name: "AuthenticationError", message: /self-signed certificate|unable to verify/ };
  assert.throws(() => Manager.connect(secure.address, { authkey: KEY, tls: { ca: other.pem.cert } }), refused);
  assert.throws(() => Manager.connect(secure.address, { authkey: "wrong", tls: { ca: cert } }), {
    name: "AuthenticationError",
  });
  const { port } = new URL(secure.address.replace("heddle", "http"));
  const plain = connect(Number(port), "127.0.0.1");
  plain.on("error", () => {}).write("GET / HTTP/1.1\r\n\r\n");
  let heard = "";
  plain.on("data", (said) => {
    heard += said;
  });
  await closed(plain);
  assert.doesNotMatch(heard, /heddle/);
  assert.throws(() => Manager.connect(manager.address, { authkey: KEY, tls: {} }), {
    name: "AuthenticationError",
    message: /No TLS with the manager/,
  });
  assert.throws(() => new Manager({ tls: certificate.pem }), RangeError);
  assert.equal(list.length, 3);
});

test("with TLS, who is admitted is no stranger any more, and not another host's client with the same port", async () => {
  using certificate = await Certificate.made();
  const { cert: ca } = certificate.pem;
  using secure = new Manager({ address: "heddle://127.0.0.1:0", authkey: KEY, tls: certificate.pem });
  const place = { host: "127.0.0.1", port: Number(new URL(secure.address.replace("heddle", "http")).port) };
  const strangers = [connect({ ...place, localAddress: "127.0.0.2" })];
  const [first] = strangers as [Socket];
  first.on("error", () => {});
  await once(first, "connect");
  const own = connectSecurely({ ...place, localAddress: "127.0.0.1", localPort: first.localPort, ca } as TLSOptions);
  await admitted(own);
  try {
    for (let i = 0; i < 256; i++) strangers.push(connect(place).on("error", () => {}));
    await closed(first); // the oldest of them
    assert.ok(!own.closed && own.readyState === "open");
  } finally {
    for (const socket of [...strangers, own]) socket.destroy();
  }
});
