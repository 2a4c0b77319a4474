/** A client whose clock is set forward and back while it has things of a server, and waits: prints in JSON what came of them. */
import assert from "node:assert/strict";
import { setTimeout } from "node:timers/promises";
import { Manager } from "heddle/process";
import { createClient } from "redis";
import { setClock, threadsByIt } from "../../support/jumping-clock.js";

const HOUR = 3_600_000;
const LEASE = 2000;
const PAUSE = 200;
const DEADLINE = 20_000;

const url = process.argv[2] as `redis://${string}`;
const redis = Manager.connect(url, { lease: LEASE });
const lock = redis.lock({ name: "clock lock" });
const permits = redis.semaphore(1, { name: "clock permits" });
const queue = redis.priorityQueue<number>(0, { name: "clock items" });
queue.put(1);
lock.acquire();
permits.acquire();
const delivery = queue.receive();

const server = createClient({ url });
await server.connect();

/** Until when the server gives this client the lock, the permit and the item. */
async function ends(): Promise<readonly number[]> {
  const until = await server.hGet("heddle:{clock lock}", "u");
  const scored = ["heddle:{clock permits}:t", "heddle:{clock items}:t"].map((key) =>
    server.zRangeWithScores(key, 0, 0),
  );
  return [Number(until), ...(await Promise.all(scored)).map(([first]) => first?.score ?? 0)];
}

/** Resolves when all three were renewed. */
async function renewed(): Promise<void> {
  const before = await ends();
  for (const end = performance.now() + DEADLINE; ; await setTimeout(10)) {
    const now = await ends();
    if (now.every((each, i) => each > (before[i] as number))) return;
    assert.ok(performance.now() < end, `${before} are now ${now}`);
  }
}

const lost = [lock.lost, permits.lost];
const seen: unknown[] = [];
for (const jump of [HOUR, -HOUR]) {
  const start = performance.now();
  const waits = [redis.event().waitAsync({ timeout: PAUSE }), redis.semaphore(0).acquireAsync({ timeout: PAUSE })];
  const wall = Date.now();
  setClock(jump);
  assert.ok(Math.abs(Date.now() - wall) > HOUR / 2);
  const answers = await Promise.all(waits);
  const took = performance.now() - start;
  await renewed();
  seen.push({ answers, inTime: took >= PAUSE - 1 && took < HOUR / 2, lost: lost.map(({ aborted }) => aborted) });
}
seen.push({ fence: lock.fence, deliveries: delivery.deliveries, threads: threadsByIt() });
delivery.done();
permits.release();
lock.release(); // an error if it was lost
redis.close();
server.destroy();
console.log(JSON.stringify(seen));
