import { now } from "./clock.js";
import { checkedTimeout } from "./deadline.js";
import { Event } from "./event.js";
import { tasks } from "./tasks.js";
import { Thread } from "./thread.js";

/**
 * A thread that calls a function once, some time after its start, unless it is cancelled before.
 * @see Python's `threading.Timer`, behaviours 68–69.
 */
export class Timer<A extends readonly unknown[] = readonly unknown[]> extends Thread<A> {
  /** Milliseconds between start and call. */
  readonly interval: number;
  /** Set when it is cancelled or over. */
  readonly finished = new Event();
  /** Since when the interval runs: nanoseconds on a clock that all threads share, and that nobody sets. */
  private startedAt = 0;

  /**
   * `target` is a function registered with `tasks`, called with `args` after `interval` milliseconds.
   * @throws TypeError there is no function
   * @throws RangeError the interval is no number from 0 to 2^31 - 1
   */
  constructor(interval: number, target: (...args: A) => unknown, args?: A) {
    super({ target, args });
    if (target === undefined) throw new TypeError("A timer needs the function to call.");
    if (!(interval >= 0)) throw new RangeError(`A timer's interval is 0 or more milliseconds, not ${interval}.`);
    this.interval = checkedTimeout(interval);
  }

  /** Prevents the call if it is still to come, and lets `join` return at once. Later it does nothing. */
  cancel(): void {
    this.finished.set();
  }

  override start(): void {
    this.startedAt = now();
    super.start();
  }

  /** Waits, then calls the target. Blocks the thread meanwhile. */
  override async run(): Promise<void> {
    // What the thread needed to come up is part of the interval. Threads read their clocks a little apart.
    const passed = Math.min(Math.max(0, (now() - this.startedAt) / 1e6), this.interval);
    if (this.finished.wait({ timeout: this.interval - passed })) return;
    try {
      await super.run();
    } finally {
      this.finished.set();
    }
  }
}

// By a name of its own: in a bundle the address of this module is that of a program.
tasks("heddle:timer", { Timer });
