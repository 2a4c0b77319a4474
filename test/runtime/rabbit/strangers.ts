/** What others do to queues in RabbitMQ. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ConnectionClosedError, Empty, SerializationError, StateError } from "heddle";
import { foreigner, rabbit, server, until, wait } from "./tested-rabbit.js";

test("what others put into a queue runs nothing, ends nothing, and goes to the dead letters", async () => {
  const queue = rabbit.queue<unknown>(0, { name: "open" });
  await foreigner(async (channel) => {
    for (const text of ["", "none", "\xff\xfe\xfd", "x".repeat(70_000)]) {
      channel.sendToQueue("heddle:open", Buffer.from(text), { headers: { "x-delivery-count": "many" } });
    }
    await channel.waitForConfirms();
  });
  queue.put("mine");
  for (let i = 0; i < 4; i++) {
    if (i % 2 === 0) assert.throws(() => queue.receive(wait), { name: "SerializationError", message: /dead letters/ });
    else await assert.rejects(queue.getAsync(wait), SerializationError);
  }
  assert.equal(queue.get(wait), "mine");
  queue.taskDone();
  const dead = queue.deadLetters();
  await until(() => dead.qsize() === 4, "four dead letters");
  assert.throws(() => dead.get(wait), { name: "SerializationError", message: /stays in it/ });
  queue.put("unwanted");
  queue.receive(wait).setAside();
  await until(() => dead.qsize() === 4, "another one");
});

test("a queue that somebody deletes is made again, and waits go on", async () => {
  const queue = rabbit.queue<string>(0, { name: "deleted" });
  const waiting = queue.getAsync(wait);
  queue.qsize();
  await foreigner(async (channel) => void (await channel.deleteQueue("heddle:deleted")));
  await until(() => {
    try {
      queue.put("new");
      return true;
    } catch (error) {
      // The server ends connections at times that put into what is being deleted.
      if (error instanceof ConnectionClosedError) return false;
      throw error;
    }
  }, "it takes items");
  assert.equal(await waiting, "new");
  queue.taskDone();
  await foreigner(async (channel) => void (await channel.deleteQueue("heddle:deleted")));
  assert.equal(queue.qsize(), 0);
  await foreigner(async (channel) => void (await channel.deleteQueue("heddle:deleted")));
  assert.throws(() => queue.getNowait(), Empty);
});

test("an item that the server refuses costs no other one", async () => {
  const queue = rabbit.queue<Uint8Array>();
  await server.tell("application:set_env(rabbit, max_message_size, 100000)");
  const small = new Uint8Array([1]);
  await until(() => {
    try {
      queue.put(new Uint8Array(200_000));
      queue.getNowait();
      queue.taskDone();
      return false;
    } catch (error) {
      assert.ok(error instanceof StateError && /larger than/.test(error.message), String(error));
      return true;
    }
  }, "it is refused");
  await server.tell("application:set_env(rabbit, max_message_size, 134217728)");
  queue.put(small);
  assert.deepEqual(queue.get(wait), small);
});
