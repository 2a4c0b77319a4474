/** How long to wait at most. Milliseconds; absent, `Infinity` and -1 mean for ever. */
export interface TimeoutOptions {
  /** Milliseconds. */
  readonly timeout?: number | undefined;
}

/** The longest finite timeout, in milliseconds. */
export const TIMEOUT_MAX = 2 ** 31 - 1;

/** Milliseconds from now, checked; `Infinity` for ever. */
export function checkedTimeout(timeout: number | undefined): number {
  if (timeout === undefined || timeout === -1) return Number.POSITIVE_INFINITY;
  if (timeout === Number.POSITIVE_INFINITY) return timeout;
  if (!(typeof timeout === "number" && timeout >= 0 && timeout <= TIMEOUT_MAX)) {
    const range = `0 to ${TIMEOUT_MAX} milliseconds, or -1 or Infinity for ever`;
    throw new RangeError(`A timeout is ${range}, not ${String(timeout)}.`);
  }
  return timeout;
}

/** A moment on this thread's monotonic clock. */
export type Deadline = number;

export function deadlineAfter(timeout: number): Deadline {
  return timeout === Number.POSITIVE_INFINITY ? timeout : performance.now() + timeout;
}

/** What is left, never negative. */
export function timeLeft(deadline: Deadline): number {
  return deadline === Number.POSITIVE_INFINITY ? deadline : Math.max(0, deadline - performance.now());
}
