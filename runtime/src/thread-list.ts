/**
 * Which threads are running. A thread's cell is found by looking through the arena, and may only be taken from there
 * while nobody forgets ended threads: both happen under one mutex, that of a cell made for this.
 */
import { allocateCell, eachCell, KIND, KINDS, release, retain, THREAD_LIST, words } from "./arena.js";
import { give, guarded, tryTake } from "./mutex.js";
import { IDENT, RUNNING, STATE } from "./thread-cell.js";

/** The cells of all running threads, with a reference to each that is the caller's. */
export function runningThreads(): readonly number[] {
  const running: number[] = [];
  guarded(listCell(), () => {
    eachCell((at, kind) => {
      if (kind !== KINDS.thread || Atomics.load(words, at + STATE) !== RUNNING) return;
      if (Atomics.load(words, at + IDENT) === 0) return;
      retain(at);
      running.push(at);
    });
  });
  return running;
}

/** How many threads run. */
export function countRunning(): number {
  const running = runningThreads();
  for (const at of running) release(at);
  return running.length;
}

/** Drops the reference that keeps a thread's cell while it runs, after its end. False: not now, somebody lists threads. */
export function forgetThread(thread: number): boolean {
  const at = listCell();
  // Not to be waited for: its holder may be dead, and swept by who calls this.
  if (tryTake(at) === "timeout") return false;
  release(thread);
  give(at);
  return true;
}

function listCell(): number {
  const known = Atomics.load(words, THREAD_LIST);
  if (known !== 0) return known;
  const fresh = allocateCell();
  Atomics.store(words, fresh + KIND, KINDS.threadList);
  const first = Atomics.compareExchange(words, THREAD_LIST, 0, fresh);
  if (first === 0) return fresh;
  release(fresh);
  return first;
}
