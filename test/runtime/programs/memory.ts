/**
 * Makes and drops many locks, starts many threads one after another, or runs many tasks; prints what the process and the
 * shared memory took up after a tenth of it, at the quarters, and at the end. Arguments: what, and how many.
 */
import assert from "node:assert/strict";
import { Condition, Event, Lock, main, Pool, Queue, RLock, RWLock, Semaphore, Thread, tasks } from "heddle";
import { eachCell } from "../../../runtime/src/arena.js";
import { double } from "../../soak/queue-threads.js";

const TASKS_AT_ONCE = 5000;

/** Leaves everything behind that a thread can: open objects, a lock it holds, a reader, a wait that goes on. */
function litter(shared: RWLock): void {
  const kept = [new Lock(), new RLock(), new Event(), new Condition(), new Queue<number>(), new Semaphore(2)];
  new Lock().acquire();
  shared.readLock.acquire();
  void new Event().waitAsync();
  if (kept.length === 0) throw new Error("unreachable");
}

tasks(import.meta.url, { litter });

const KINDS = [
  () => new Lock(),
  () => new RLock(),
  () => new Condition(),
  () => new Semaphore(),
  () => new RWLock(),
  () => new Event(),
];

const shared = new RWLock();

let pool: Pool | undefined;

/** What is done in step `i`. */
const WORK: Readonly<Record<string, (i: number) => unknown>> = {
  // Dropped without a close: collected, which needs a turn of the event loop from time to time.
  locks(i) {
    KINDS[i % KINDS.length]?.();
    return i % 10_000 === 0 ? new Promise(setImmediate) : undefined;
  },
  closed(i) {
    KINDS[i % KINDS.length]?.().close();
    return i % 10_000 === 0 ? new Promise(setImmediate) : undefined;
  },
  threads() {
    const thread = new Thread({ target: litter, args: [shared] });
    thread.start();
    return thread.joinAsync();
  },
  tasks(i) {
    if (i % TASKS_AT_ONCE !== 0) return;
    pool ??= new Pool(2);
    const results = Array.from({ length: TASKS_AT_ONCE }, (_, n) => pool?.applyAsync(double, [n]));
    results.forEach((result, n) => {
      assert.equal(result?.get({ timeout: 60_000 }), n * 2);
    });
    return new Promise(setImmediate);
  },
};

/** What is taken up at one moment. */
function sample(): { readonly megabytes: number; readonly cells: number } {
  (globalThis as { gc?: () => void }).gc?.();
  let cells = 0;
  eachCell(() => cells++);
  return { megabytes: Math.round(process.memoryUsage.rss() / 2 ** 20), cells };
}

main(import.meta.url, async () => {
  const [what = "", count = "0"] = process.argv.slice(2);
  const work = WORK[what];
  if (work === undefined) throw new Error(`Unknown work: ${what}.`);
  const samples = [];
  const moments = [0.1, 0.25, 0.5, 0.75].map((part) => Math.floor(Number(count) * part));
  for (let i = 0; i < Number(count); i++) {
    const pending = work(i);
    if (pending !== undefined) await pending;
    if (!moments.includes(i)) continue;
    await new Promise(setImmediate);
    samples.push(sample());
  }
  await new Promise(setImmediate);
  samples.push(sample());
  pool?.terminate();
  // Who died reading is not there any more.
  if (!shared.writeLock.acquire({ timeout: 10_000 })) throw new Error("a dead reader is still there");
  console.log(JSON.stringify(samples));
});
