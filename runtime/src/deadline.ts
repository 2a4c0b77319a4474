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
    throw new RangeError(
      `A timeout is ${range}, not ${typeof timeout === "string" ? JSON.stringify(timeout) : String(timeout)}.`,
    );
  }
  return timeout;
}

/** The timeout of a wait's options, checked; `Infinity` for ever. */
export function timeoutOf(options: TimeoutOptions | undefined): number {
  if (options === undefined) return Number.POSITIVE_INFINITY;
  checkOptions(options, "{ timeout: 100 }");
  return checkedTimeout(options.timeout);
}

/** Without it `acquire(100)` would wait for ever, and `new Lock("a")` would be nobody else's. */
export function checkOptions(options: object, example: string): void {
  if (typeof options === "object" && options !== null) return;
  throw new TypeError(
    `The options are an object such as ${example}, not ${typeof options === "function" ? "a function" : JSON.stringify(options)}.`,
  );
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
