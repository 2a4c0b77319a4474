/**
 * A clock that can be set while a program runs, in all of its threads: `node --import jumping-clock.js program.js`.
 *
 * That is what a program sees when somebody sets the clock of its machine. JavaScript has no other way to that clock than
 * `Date`: timers, waits with a timeout, `performance.now` and `process.hrtime` count on the monotonic clock, which cannot be set.
 */
import { createRequire, syncBuiltinESMExports } from "node:module";
import { getEnvironmentData, setEnvironmentData, type Worker, type WorkerOptions } from "node:worker_threads";

const SHARED = "test:jumping clock";
/** By how much the clock is wrong, in milliseconds, and how many threads go by it. */
const words = new Int32Array((getEnvironmentData(SHARED) as SharedArrayBuffer | undefined) ?? new SharedArrayBuffer(8));
setEnvironmentData(SHARED, words.buffer);
Atomics.add(words, 1, 1);

const RealDate = Date;
globalThis.Date = class extends RealDate {
  constructor(...args: [] | [number]) {
    super(...((args.length === 0 ? [Date.now()] : args) as [number]));
  }

  static override now(): number {
    return RealDate.now() + Atomics.load(words, 0);
  }
} as DateConstructor;

// The library's own threads take no flags over, so they get this one.
const threads = createRequire(import.meta.url)("node:worker_threads") as { Worker: typeof Worker };
threads.Worker = class extends threads.Worker {
  constructor(file: string | URL, options: WorkerOptions = {}) {
    super(file, { ...options, execArgv: [...(options.execArgv ?? process.execArgv), "--import", import.meta.url] });
  }
};
syncBuiltinESMExports();

/** Sets the clock, so many milliseconds from where it was at the beginning. */
export function setClock(milliseconds: number): void {
  Atomics.store(words, 0, milliseconds);
}

/** How many threads have gone by it so far. */
export function threadsByIt(): number {
  return Atomics.load(words, 1);
}
