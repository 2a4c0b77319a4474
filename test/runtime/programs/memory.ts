/**
 * Makes and drops many locks, or starts many threads one after another; prints by how many MB the process grew since the
 * first tenth of them. Arguments: what, and how many.
 */
import { Condition, Event, Lock, main, Queue, RLock, RWLock, Semaphore, Thread, tasks } from "heddle";

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
};

function megabytes(): number {
  (globalThis as { gc?: () => void }).gc?.();
  return process.memoryUsage().rss / 1024 / 1024;
}

main(import.meta.url, async () => {
  const [what = "", count = "0"] = process.argv.slice(2);
  const work = WORK[what];
  if (work === undefined) throw new Error(`Unknown work: ${what}.`);
  let before = 0;
  for (let i = 0; i < Number(count); i++) {
    if (i === Math.floor(Number(count) / 10)) before = megabytes();
    const pending = work(i);
    if (pending !== undefined) await pending;
  }
  await new Promise(setImmediate);
  const grown = megabytes() - before;
  // Who died reading is not there any more.
  if (!shared.writeLock.acquire({ timeout: 10_000 })) throw new Error("a dead reader is still there");
  console.log(grown.toFixed(1));
});
