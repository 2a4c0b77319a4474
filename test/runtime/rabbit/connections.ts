/** Connections to RabbitMQ: what is refused, and what becomes of them when the network or the server fails. */
import assert from "node:assert/strict";
import { createServer } from "node:net";
import { test } from "node:test";
import { AuthenticationError, ConnectionClosedError, Empty, Full } from "heddle";
import { Manager } from "heddle/process";
import { soakFaults } from "../../soak/faults.js";
import { rabbitEngine } from "../../soak/faults-rabbit.js";
import { Cutter } from "../../support/redis-server.js";
import { blockedBy, other, rabbit, server, unblock, until, wait } from "./tested-rabbit.js";

test("wrong addresses, passwords and options are errors that say what to do", async () => {
  assert.throws(() => Manager.connect("amqp://"), RangeError);
  assert.throws(() => Manager.connect(server.url, { patience: 0 }), RangeError);
  assert.throws(() => Manager.connect(server.url, { heartbeat: 10 }), RangeError);
  assert.throws(() => rabbit.queue(0, { maxDeliveries: 0 }), RangeError);
  assert.throws(() => rabbit.queue(0, { prefetch: -1 }), RangeError);
  assert.throws(() => rabbit.queue(0, { name: "#a" }), RangeError);
  assert.throws(() => rabbit.queue(0, { name: "a".repeat(300) }), RangeError);
  assert.throws(() => rabbit.priorityQueue(0, { priorities: 256 }), RangeError);
  assert.throws(() => Manager.connect("amqp://127.0.0.1:1"), {
    name: "ConnectionClosedError",
    message: /127\.0\.0\.1:1/,
  });
  const place = `127.0.0.1:${server.port}`;
  assert.throws(
    () => Manager.connect(`amqp://guest:wr%2Fong-secret@${place}`),
    (error: Error) => {
      assert.ok(error instanceof AuthenticationError, String(error));
      assert.doesNotMatch(error.message, /ong-secret/);
      return true;
    },
  );
  assert.throws(() => Manager.connect(`amqp://${place}/nowhere`), { name: "StateError", message: /virtual host/ });
  rabbit.queue(3, { name: "three" });
  assert.throws(() => other.queue(4, { name: "three" }), {
    name: "StateError",
    message: /"three".*other options.*max-length/s,
  });
  other.queue(3, { name: "three" }).putNowait(1);
  const mute = createServer(() => {});
  await new Promise<void>((resolve) => mute.listen(0, "127.0.0.1", resolve));
  const { port } = mute.address() as { port: number };
  assert.throws(() => Manager.connect(`amqp://127.0.0.1:${port}`, { patience: 300 }), ConnectionClosedError);
  mute.close();
});

test("a server without memory takes no items, and hands out what it has", async () => {
  using brief = Manager.connect(server.url, { patience: 5000 });
  const queue = brief.queue<string>(0, { name: "memory" });
  queue.put("before");
  try {
    let accepted = await blockedBy(queue);
    assert.equal(queue.get(wait), "before");
    queue.taskDone();
    for (; accepted > 0; accepted--) queue.get(wait);
    const later = queue.putAsync("later");
    await unblock();
    await later;
  } finally {
    await unblock();
  }
  await until(() => queue.get(wait) === "later", "it is there");
});

test("waits go on behind a new connection, and a put of which nobody knows says so", async () => {
  await using cutter = await Cutter.start(server.port);
  using far = Manager.connect(`amqp://127.0.0.1:${cutter.port}`, { patience: 5000 });
  const [queue, mine] = [far.queue<string>(0, { name: "cut" }), rabbit.queue<string>(0, { name: "cut" })];
  mine.put("in hand");
  const held = queue.receive(wait);
  const waiting = queue.getAsync(wait);
  waiting.catch(() => {});
  cutter.close();
  assert.throws(() => queue.qsize(), ConnectionClosedError);
  assert.throws(() => queue.put("x", { timeout: 50 }), {
    name: "ConnectionClosedError",
    message: /is not in the queue/,
  });
  assert.throws(() => queue.get({ timeout: 50 }), Empty);
  const late = queue.putAsync("late");
  cutter.open();
  await late;
  const got = [await waiting, queue.get(wait)].sort();
  assert.deepEqual(got, ["in hand", "late"]);
  held.done(); // that was another delivery: it came again
  queue.taskDone();
  queue.taskDone();
  assert.throws(() => queue.get({ timeout: 50 }), Empty);
});

test("a server that starts again has what it has confirmed, and waits go on", async () => {
  using far = Manager.connect(server.url, { patience: 5000 });
  const queue = far.queue<string>(0, { name: "restart" });
  const empty = far.queue<string>(0, { name: "restart-empty" });
  queue.put("kept");
  queue.put("in hand");
  const held = queue.receive(wait);
  const waiting = empty.getAsync(wait);
  waiting.catch(() => {});
  await server.tell("rabbit:stop(), rabbit:start()");
  await until(() => {
    try {
      empty.put("after", { timeout: 100 });
      return true;
    } catch (error) {
      assert.ok(error instanceof ConnectionClosedError || error instanceof Full, String(error));
      return false;
    }
  }, "it takes items again");
  assert.equal(await waiting, "after");
  const again = [queue.receive(wait), queue.receive(wait)].map(({ item, isDuplicate }) => `${item} ${isDuplicate}`);
  assert.deepEqual(again.sort(), ["in hand false", "kept true"]);
  held.done();
});

test("clients recover from faults, and lose nothing", async () => {
  const figures = await soakFaults(rabbitEngine(server), 2, 37);
  assert.ok(figures.accepted > 0);
  assert.equal(figures.faults.silence, 1);
  // To start it again takes long, and is for the long form.
  assert.equal(figures.faults.restart, undefined);
});
