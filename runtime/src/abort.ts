/**
 * What ends an async wait: an AbortSignal. Spelled out, so that the library's declarations need neither the DOM's nor
 * Node's.
 */
export interface Abort {
  /** Whether it was aborted. */
  readonly aborted: boolean;
  /** What the wait rejects with. */
  readonly reason?: unknown;
  /** Calls the listener when it is aborted. */
  addEventListener(type: "abort", listener: () => void, options?: { once?: boolean }): void;
  /** Calls it no more. */
  removeEventListener(type: "abort", listener: () => void): void;
}

export function throwIfAborted(signal: Abort | undefined): void {
  if (signal?.aborted) throw signal.reason;
}

/** The promise, unless the signal comes first: then a rejection with its reason. */
export function orAborted<T>(promise: Promise<T>, signal: Abort): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
