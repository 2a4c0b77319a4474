/** Who took a lock while others waited for it, and how often: counted for those that wait for long. */
import type { PlayedObject, PlayedThread, Wait } from "./played-program.js";

/** Takes of one lock that are kept one by one. Most waits are over before, and nothing is counted for them. */
const MOST_TAKES = 1024;

/** The takes of a lock that were not counted yet. */
interface Takes {
  /** The number of the first of them. */
  from: number;
  readonly threads: PlayedThread[];
}

export class Overtaking {
  readonly #takes = new Map<PlayedObject, Takes>();

  /** A thread takes a lock that somebody waits for. */
  takes(lock: PlayedObject, thread: PlayedThread): void {
    const takes = this.#of(lock);
    if (takes.threads.length === MOST_TAKES) {
      for (const wait of lock.waits) countFor(wait, takes);
      forget(takes);
    }
    takes.threads.push(thread);
  }

  begins(wait: Wait, lock: PlayedObject): void {
    const takes = this.#of(lock);
    if (lock.waits.size === 0) forget(takes);
    wait.uncountedFrom = takes.from + takes.threads.length;
  }

  /** How often each thread took the lock since the wait began. */
  overtakersOf(wait: Wait, lock: PlayedObject): ReadonlyMap<PlayedThread, number> {
    return countFor(wait, this.#of(lock));
  }

  #of(lock: PlayedObject): Takes {
    let takes = this.#takes.get(lock);
    if (takes === undefined) {
      takes = { from: 0, threads: [] };
      this.#takes.set(lock, takes);
    }
    return takes;
  }
}

function countFor(wait: Wait, { from, threads }: Takes): ReadonlyMap<PlayedThread, number> {
  wait.overtakers ??= new Map();
  for (let i = Math.max(0, wait.uncountedFrom - from); i < threads.length; i++) {
    const thread = threads[i]!;
    if (thread !== wait.thread) wait.overtakers.set(thread, (wait.overtakers.get(thread) ?? 0) + 1);
  }
  wait.uncountedFrom = from + threads.length;
  return wait.overtakers;
}

function forget(takes: Takes): void {
  takes.from += takes.threads.length;
  takes.threads.length = 0;
}
