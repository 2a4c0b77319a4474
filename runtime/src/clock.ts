import { host } from "#host";

/** This thread's `performance.now()` starts when the thread does; what is added makes it the process's clock. */
const offset = host.clockOffset();

/**
 * Bound once: Node.js makes the global `performance` by a getter, which costs as much as reading the clock, and programs under
 * test put clocks of their own in its place.
 */
const read = performance.now.bind(performance);

/** Nanoseconds on a monotonic clock that all threads of the process share. */
export function now(): number {
  return read() * 1e6 + offset;
}
