/** What others write to the server: nothing of it is run or loaded, and it leads nowhere. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { ConnectionClosedError, ref } from "heddle";
import { Manager, Queue, type QueueProxy } from "heddle/process";
import { loadDriver } from "../../../runtime/src/process/redis/driver.js";
import { Hosts } from "../hosts.js";
import { started } from "../started-process.js";
import { redis, wait } from "./tested-redis.js";
import { useFinds } from "./work.js";

test("a message chooses no other file as a driver", async () => {
  await assert.rejects(loadDriver(fileURLToPath(new URL("work.js", import.meta.url)) as never), {
    name: "StateError",
    message: /is one of redis, ioredis, not/,
  });
});

const LURE = `
import { appendFileSync } from "node:fs";
import process from "node:process";
import { tasks } from "heddle";
appendFileSync(new URL("./ran", import.meta.url), process.pid + " ");
export class Lure {}
tasks(import.meta.url, { Lure });
`;

test("nothing that comes from Redis loads a file, also by way of managers and queues, or connects before it is used", async () => {
  // A file that notes in which processes it runs.
  await using hosts = new Hosts({ "lure.js": LURE });
  const host = hosts.host();
  const { Lure } = (await import(pathToFileURL(host.file("lure.js")).href)) as { Lure: new () => object };
  const hostile = new Manager({ address: "heddle://127.0.0.1:0", authkey: "key" });
  const finds = redis.list<object>();
  for (const make of [() => hostile.queue<unknown>(), () => new Queue<unknown>()]) {
    const [queue, nested] = [make(), make()];
    nested.put(new Lure());
    for (const item of [new Lure(), new Lure(), "plain", new Lure(), nested]) queue.put(item);
    finds.push(queue);
  }
  using child = started({ target: useFinds, args: [finds as never] });
  await child.joinAsync(wait);
  assert.equal(child.exitcode, 0);
  const ran = readFileSync(host.file("ran"), "utf8").trim().split(" ");
  assert.ok(ran.includes(String(process.pid)) && ran.length > 1, "nobody loads it");
  assert.ok(!ran.includes(String(child.pid)), "who found it in Redis has loaded it");

  hostile.shutdown();
  const found = finds.at(0) as QueueProxy<unknown>; // nobody is there to connect to
  assert.throws(() => found.get(), ConnectionClosedError);
  // What the library has for itself starts servers; a reference to a file would have it run in the next thread.
  for (const url of ["heddle:manager", "file:///heddle:manager", "file:///x.js"]) {
    finds.push([ref(url, "serveManager" as never)]);
    assert.throws(() => finds.at(-1), { name: "SerializationError", message: /not loaded here/ });
  }
});
