/** Messages of queues, and busy workers of pools. */
import { Counter } from "./counter.js";

export class Counters {
  readonly byObject = new Map<number, Counter>();

  /** A message came into a queue, or went. */
  changed(thread: number, time: number, object: number, level: number): void {
    const counter = this.#of(object);
    counter.set(time, level);
    uses(counter, thread);
    counter.changedBy = thread;
    counter.changedAt = time;
  }

  /** One worker of a pool more or less is busy. */
  busy(thread: number, pool: number, time: number, change: 1 | -1): void {
    if (pool === 0) return;
    const counter = this.#of(pool);
    uses(counter, thread);
    counter.set(time, Math.max(0, counter.last + change));
  }

  #of(object: number): Counter {
    const known = this.byObject.get(object);
    if (known !== undefined) return known;
    const counter = new Counter();
    this.byObject.set(object, counter);
    return counter;
  }
}

function uses(counter: Counter, thread: number): void {
  if (counter.usedBy === thread) return;
  counter.usedBy = thread;
  counter.users.add(thread);
}
