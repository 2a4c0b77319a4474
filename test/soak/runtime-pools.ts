import assert from "node:assert/strict";
import { LifoQueue, Pool, PriorityQueue, Queue } from "heddle";
import { Random } from "../support/random.js";
import { double, type Item, readItems, writeItems } from "./queue-threads.js";

const WRITERS = 4;
const READERS = 4;
const PATIENCE = { timeout: 30_000 };
const IN_FLIGHT = 100_000;
/** Rounds from which on there are as many tasks in flight. */
const LONG = 100;

/**
 * Queues with writers and readers that are ended at random moments, and a hundred thousand tasks in flight.
 * @throws AssertionError with the seed
 */
export async function soakRuntimePools(rounds: number, seed: number): Promise<object> {
  const random = new Random(seed);
  const items: Record<string, number> = {};
  const kills = Math.max(3, Math.ceil(rounds / 20));
  for (const queue of [new Queue<Item>(50), new LifoQueue<Item>(50), new PriorityQueue<Item>(50)]) {
    items[queue.constructor.name] = soakQueue(queue, kills, random, `seed ${seed}, ${queue.constructor.name}`);
    queue.close();
  }
  const flight = await soakFlight(rounds >= LONG ? IN_FLIGHT : IN_FLIGHT / 4);
  return { items, killsPerQueue: kills, flight };
}

/** Ends threads at random moments. Nothing may come twice, and no more be lost than ended readers had in hand. */
function soakQueue(queue: Queue<Item>, kills: number, random: Random, where: string): number {
  using got = new Queue<Item>();
  const seen = new Map<number, Set<number>>();
  let count = 0;
  const note = ([, writer, number]: Item): void => {
    const numbers = seen.get(writer) ?? new Set();
    assert.equal(numbers.has(number), false, `${where}: item ${number} of writer ${writer} came twice`);
    seen.set(writer, numbers.add(number));
    count++;
  };
  let writers = 0;
  const start = (isReader: boolean): { readonly pool: Pool; readonly isReader: boolean } => {
    const pool = new Pool(1);
    if (isReader) pool.applyAsync(readItems, [queue, got], { errorCallback: () => {} });
    else pool.applyAsync(writeItems, [queue, writers++], { errorCallback: () => {} });
    return { pool, isReader };
  };
  const threads = Array.from({ length: WRITERS + READERS }, (_, i) => start(i < READERS));
  let readersEnded = 0;
  for (let kill = 0; kill < kills; kill++) {
    for (let left = random.below(3000); left > 0; left--) note(got.get(PATIENCE));
    const which = random.below(threads.length);
    const ended = threads[which];
    if (ended === undefined) continue;
    ended.pool.terminate();
    ended.pool.join();
    if (ended.isReader) readersEnded++;
    threads[which] = start(ended.isReader);
  }
  for (let left = 3000; left > 0; left--) note(got.get(PATIENCE));
  queue.shutdown();
  for (const { pool } of threads) {
    pool.close();
    pool.join();
  }
  while (!got.empty()) note(got.getNowait());
  assert.equal(queue.qsize(), 0, `${where}: items were left`);
  const lost = [...seen.values()].map((numbers) => Math.max(...numbers) + 1 - numbers.size);
  const sum = lost.reduce((a, b) => a + b, 0);
  assert.ok(sum <= readersEnded, `${where}: ${sum} items lost, but ${readersEnded} readers were ended`);
  return count;
}

/** So many tasks at once, each with its own value. The result is how many there were a second. */
async function soakFlight(count: number): Promise<object> {
  await using pool = new Pool(2);
  pool.apply(double, [0]);
  const start = performance.now();
  const results = Array.from({ length: count }, (_, n) => pool.applyAsync(double, [n]));
  const submitted = performance.now();
  for (const [n, value] of (await Promise.all(results)).entries()) assert.equal(value, n * 2);
  const perSecond = Math.round(count / ((performance.now() - start) / 1000));
  return { tasks: count, perSecond, submitMilliseconds: Math.round(submitted - start) };
}
