import { host } from "#host";

/** This thread's `performance.now()` starts when the thread does; what is added makes it the process's clock. */
const offset = host.clockOffset();

/** Nanoseconds on a monotonic clock that all threads of the process share. */
export function now(): number {
  return performance.now() * 1e6 + offset;
}
