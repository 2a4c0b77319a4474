/** Connections to Redis: what is refused, and what becomes of them when the network or the server fails. */
import assert from "node:assert/strict";
import { createServer } from "node:net";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { AbandonedLockError, AuthenticationError, ConnectionClosedError, Empty } from "heddle";
import { Manager } from "heddle/process";
import { Cutter, RedisServer } from "../../support/redis-server.js";
import { started } from "../started-process.js";
import { certificate, redis, server, short, wait } from "./tested-redis.js";
import { connectTo } from "./work.js";

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
}

test("who is cut off hears that its lock is lost, and waits go on behind a new connection", async () => {
  await using cutter = await Cutter.start(server.port);
  const options = { ...short, patience: 2500 };
  using far = Manager.connect(cutter.url, options);
  const listeners = async (): Promise<readonly string[]> =>
    (await server.command("CLIENT LIST")).match(/(?<=^id=)\d+(?= .* sub=1 )/gm) ?? [];
  const before = await listeners();
  Manager.connect(cutter.url, options); // has the connection that there is
  const more = (await listeners()).filter((id) => !before.includes(id));
  assert.ok(before.length > 2 && more.length === 0, `${more}`);
  const [lock, mine] = [far.lock({ name: "cut" }), redis.lock({ name: "cut" })];
  const queue = far.queue<string>(0, { name: "cut-queue" });
  const permits = far.semaphore(1, { name: "cut-permits" });
  lock.acquire();
  permits.acquire();
  const [lost, gone] = [lock.lost, permits.lost];
  const waiting = queue.getAsync(wait);
  await setTimeout(50);
  cutter.close();
  assert.throws(() => queue.qsize(), ConnectionClosedError);
  assert.throws(() => Manager.connect(cutter.url, options), ConnectionClosedError); // which ends nothing
  await aborted(lost);
  assert.ok(lost.reason instanceof ConnectionClosedError);
  await assert.rejects(mine.acquireAsync(wait), AbandonedLockError);
  assert.throws(() => lock.release(), { name: "StateError", message: /lease/ });
  cutter.open();
  redis.queue<string>(0, { name: "cut-queue" }).put("after the cut");
  assert.equal(await waiting, "after the cut");
  const again = lock.acquireAsync(wait);
  const { fence } = mine;
  mine.release();
  assert.equal(await again, true);
  assert.ok(lock.fence > fence);
  assert.equal(gone.aborted, true);
  lock.release();
});

test("a server that stands still for longer than a lease costs the lock, and one that starts again is used again", async () => {
  await using own = await RedisServer.start();
  using far = Manager.connect(own.url, { ...short, patience: 2500 });
  const lock = far.lock({ name: "still" });
  const queue = far.queue<string>(0, { name: "still-queue" });
  lock.acquire();
  const { lost } = lock;
  own.pause();
  assert.throws(() => queue.get({ timeout: 50 }), Empty);
  await assert.rejects(queue.putAsync("x", { timeout: 50 }), {
    name: "ConnectionClosedError",
    message: /is not known/,
  });
  await aborted(lost);
  own.resume();
  assert.throws(() => lock.acquire(wait), AbandonedLockError);
  const waiting = lock.acquireAsync({ timeout: 100 });
  const item = queue.getAsync(wait);
  item.catch(() => {});
  assert.equal(await waiting, false);
  assert.equal(await item, "x");
  await own.kill();
  const next = queue.getAsync(wait);
  next.catch(() => {});
  await own.start();
  await aborted(lock.lost);
  // It has forgotten everything: what has a name is made anew.
  far.queue<string>(0, { name: "still-queue" }).put("y");
  assert.equal(await next, "y");
});

test("what fails over to a replica that has got everything goes on, and nobody gets a lock that is held", async () => {
  await using first = await RedisServer.start();
  await using replica = await RedisServer.start(["--replicaof", "127.0.0.1", `${first.port}`]);
  await using address = await Cutter.start(first.port);
  const options = { lease: wait.timeout, patience: wait.timeout };
  using far = Manager.connect(address.url, { ...options, driver: "redis" });
  using other = Manager.connect(address.url, { ...options, driver: "ioredis" });
  const [held, wanted] = [far.lock({ name: "moved" }), other.lock({ name: "moved" })];
  const [puts, takes] = [far, other].map((each) => each.queue<number>(0, { name: "moved-queue" }));
  assert.ok(puts && takes);
  held.acquire();
  const { fence } = held;
  for (const item of [1, 2, 3]) puts.put(item);
  assert.equal(takes.get(wait), 1);
  const waiting = wanted.acquireAsync(wait);
  await replicated(first, replica);
  await first.kill();
  address.lead(replica.port);
  // Asked while there is nobody who may write.
  const next = takes.getAsync(wait);
  await replica.command("REPLICAOF NO ONE");
  assert.equal(await next, 2);
  takes.taskDone();
  takes.taskDone();
  assert.deepEqual([held.lost.aborted, held.fence, wanted.acquire({ timeout: 0 })], [false, fence, false]);
  held.release();
  assert.equal(await waiting, true);
  assert.ok(wanted.fence > fence);
  wanted.release();
  assert.equal(puts.get(wait), 3);
  puts.taskDone();
  await takes.joinAsync({ signal: AbortSignal.timeout(wait.timeout) });
});

/** Resolves when a replica has all that its server has, the words of clients that wait among it. */
async function replicated(server: RedisServer, replica: RedisServer): Promise<void> {
  const end = performance.now() + wait.timeout;
  const offsetOf = async (from: RedisServer, name: string): Promise<string | undefined> => {
    const said = await from.command("INFO replication");
    return new RegExp(`^${name}:(\\d+)`, "m").exec(said)?.[1];
  };
  let offsets: readonly (string | undefined)[] = [];
  do {
    assert.ok(performance.now() < end, `the replica is behind: ${offsets.join(" of ")}`);
    await setTimeout(20);
    offsets = [await offsetOf(replica, "slave_repl_offset"), await offsetOf(server, "master_repl_offset")];
  } while (offsets[0] === undefined || offsets[0] !== offsets[1]);
}

test("a server that answers nobody for long has no more connections afterwards", async () => {
  await using own = await RedisServer.start();
  const connected = async (): Promise<number> =>
    Number(/connected_clients:(\d+)/.exec(await own.command("INFO clients"))?.[1]);
  using redis = Manager.connect(own.url, { driver: "redis", patience: 1000 });
  using ioredis = Manager.connect(own.url, { driver: "ioredis", patience: 1000 });
  const queues = [redis, ioredis].map((far) => far.queue<string>(0, { name: "patient" }));
  const before = await connected();
  own.pause();
  for (const queue of [...queues, ...queues]) assert.throws(() => queue.qsize(), ConnectionClosedError);
  own.resume();
  const end = performance.now() + wait.timeout;
  let now = 0;
  do {
    assert.ok(performance.now() < end, `${now} connections where there were ${before}`);
    await setTimeout(20);
    now = await connected();
  } while (now !== before);
});

test("a server that is too old is refused with its version", async () => {
  const old = createServer((socket) => {
    socket
      .on("error", () => {})
      .on("data", (asked) => {
        const info = "redis_version:6.0.16\r\n";
        for (const command of String(asked)
          .split(/^\*\d+\r\n/m)
          .slice(1)) {
          if (/^\$4\r\nINFO\r/.test(command)) socket.write(`$${info.length}\r\n${info}\r\n`);
          else if (/^\$9\r\nSUBSCRIBE\r/i.test(command)) socket.write("*3\r\n$9\r\nsubscribe\r\n$1\r\nx\r\n:1\r\n");
          else socket.write("+OK\r\n");
        }
      });
  });
  await new Promise<void>((resolve) => old.listen(0, "127.0.0.1", resolve));
  const { port } = old.address() as { port: number };
  try {
    // Nobody would answer while this thread blocks.
    using child = started({ target: connectTo, args: [`redis://127.0.0.1:${port}`] });
    await child.joinAsync(wait);
    assert.equal(child.exitcode, 3);
  } finally {
    old.close();
  }
});

test("wrong addresses, passwords, options, drivers and versions are errors that say what to do", async () => {
  assert.throws(() => Manager.connect("redis://"), RangeError);
  assert.throws(() => Manager.connect(`${server.url}/jobs`), RangeError); // the database is a number
  assert.throws(() => Manager.connect(server.url, { lease: 1 }), RangeError);
  assert.throws(() => Manager.connect(server.url, { patience: 0 }), RangeError);
  assert.throws(() => Manager.connect(server.url, { driver: "other" as never }), RangeError);
  assert.throws(() => Manager.connect("redis://127.0.0.1:1"), {
    name: "ConnectionClosedError",
    message: /127\.0\.0\.1:1/,
  });
  for (const secret of ["bob:pa/ssecret@127.0.0.1:1", "bob:p@ssecret@127.0.0.1:1?password=ssecret"]) {
    assert.throws(
      () => Manager.connect(`redis://${secret}`),
      (error: Error) => /127\.0\.0\.1:1/.test(error.message) && !error.message.includes("ssecret"),
    );
  }
  await server.command("CONFIG SET requirepass secret");
  try {
    for (const driver of ["redis", "ioredis"] as const) {
      const place = `redis://:wrong-secret@127.0.0.1:${server.port}` as const;
      assert.throws(
        () => Manager.connect(place, { driver }),
        (error: Error) => {
          assert.ok(error instanceof AuthenticationError, String(error));
          assert.doesNotMatch(error.message, /wrong-secret/);
          return true;
        },
      );
      Manager.connect(`redis://:secret@127.0.0.1:${server.port}`, { driver }).close();
    }
  } finally {
    await server.command("AUTH secret", 'CONFIG SET requirepass ""');
  }
});

test("rediss:// speaks TLS, with both drivers, and with nobody whose certificate is not known", () => {
  const place = `rediss://127.0.0.1:${server.tlsPort}` as const;
  for (const driver of ["redis", "ioredis"] as const) {
    const secure = Manager.connect(place, { driver, tls: { ca: certificate.pem.cert } });
    secure.list([driver], { name: `by ${driver}` });
    assert.deepEqual([...redis.list([], { name: `by ${driver}` })], [driver]);
    secure.close();
    assert.throws(() => Manager.connect(place, { driver }), {
      name: "ConnectionClosedError",
      message: /self-signed certificate/,
    });
  }
});
