/** Waits in processes in which nothing goes on any more. */
import type { PlayedThread, Wait } from "./played-program.js";
import type { PlayedRun } from "./played-run.js";

/** The blocking waits of processes whose threads all have waited so long without a timeout. */
export function* waitsWithoutEnd(run: PlayedRun, time: number, patience: number): Generator<Wait> {
  for (const threads of byProcess(run.threads.values()).values()) {
    const waits = threads.flatMap(({ wait }) => (wait === undefined || wait.isTimed ? [] : [wait]));
    if (waits.length === threads.length && waits.every(({ since }) => time - since >= patience)) yield* waits;
  }
}

/** The threads that have not ended. */
function byProcess(threads: Iterable<PlayedThread>): ReadonlyMap<number, readonly PlayedThread[]> {
  const all = new Map<number, PlayedThread[]>();
  for (const thread of threads) {
    if (thread.ended < Number.POSITIVE_INFINITY) continue;
    const known = all.get(thread.process) ?? [];
    known.push(thread);
    all.set(thread.process, known);
  }
  return all;
}
