import { type Abort, throwIfAborted } from "./abort.js";
import { checkedTimeout, deadlineAfter, type TimeoutOptions } from "./deadline.js";
import { StateError, TimeoutError } from "./errors.js";
import { keepAlive, letGo } from "./futex.js";
import type { PoolResult } from "./pool-worker.js";

/** Blocks until `done` says so, meanwhile doing the pool's work. False: not before the deadline. */
export type Pump = (done: () => boolean, deadline: number) => boolean;

/** Told what came of a task. */
export type Settle = (outcome: PoolResult) => void;

/** Who is told of a result, and what ends the wait for it. */
export interface ResultOptions<T> {
  /** Called with the value, in this thread, before `get` returns. */
  readonly callback?: ((value: T) => void) | undefined;
  /** Called with the error instead. */
  readonly errorCallback?: ((error: unknown) => void) | undefined;
  /** Cancels what has not begun, and fails the result with the signal's reason. */
  readonly signal?: Abort | undefined;
}

/** Failures that nobody has looked at: how many, and some of the errors. */
export interface Unseen {
  count: number;
  readonly errors: Set<unknown>;
}

const ERRORS_KEPT = 10;

/** What a result needs of its pool. */
export interface ResultSource {
  readonly pump: Pump;
  readonly unseen: Unseen;
  /** Sends the work. The result takes back what of it has not begun, for this error; false if all has. */
  start(settle: Settle): (error: unknown) => boolean;
}

/**
 * The result of a task that may still run: to be asked for with `get`, which blocks, or awaited. Made by a pool. An
 * error has the class it was thrown with, the stack of who asks for the result, and the other thread's as its `cause`.
 */
export class AsyncResult<T> implements PromiseLike<T> {
  readonly #pump: Pump;
  readonly #unseen: Unseen;
  readonly #withdraw: (error: unknown) => boolean;
  readonly #waiting: (() => void)[] = [];
  #outcome: PoolResult | undefined;
  #isSeen: boolean;

  constructor(source: ResultSource, options: ResultOptions<T> = {}) {
    const { signal } = options;
    throwIfAborted(signal);
    this.#pump = source.pump;
    this.#unseen = source.unseen;
    this.#isSeen = options.errorCallback !== undefined;
    const isExpected = options.callback !== undefined || this.#isSeen;
    const abort = (): void => {
      if (!this.#withdraw(signal?.reason)) this.#settle({ error: signal?.reason }, options);
    };
    let isUnderWay = true;
    let isAwaited = false;
    this.#withdraw = source.start((outcome) => {
      isUnderWay = false;
      if (isAwaited) letGo();
      signal?.removeEventListener("abort", abort);
      this.#settle(outcome, options);
    });
    // Who gave a callback waits for it, as who awaits does.
    isAwaited = isUnderWay && isExpected;
    if (isAwaited) keepAlive();
    if (isUnderWay) signal?.addEventListener("abort", abort, { once: true });
  }

  /**
   * Blocks until the task is done and returns its result, or throws its error.
   * @throws TimeoutError not in time (milliseconds); the task goes on
   * @throws WorkerDiedError its worker ended first
   */
  get(options?: TimeoutOptions): T {
    this.wait(options);
    return this.#take(this.get);
  }

  /** Blocks until the task is done or the timeout has gone by: ask `ready` which. */
  wait(options?: TimeoutOptions): void {
    const deadline = deadlineAfter(checkedTimeout(options?.timeout));
    if (this.#outcome === undefined) this.#pump(() => this.#outcome !== undefined, deadline);
  }

  /** Whether the task is done. Does not block. */
  ready(): boolean {
    if (this.#outcome === undefined) this.#pump(() => true, 0);
    return this.#outcome !== undefined;
  }

  /** Whether the task ended without an error. @throws StateError it is not done */
  successful(): boolean {
    if (this.#outcome === undefined) throw new StateError("The task is not done yet.");
    return "value" in this.#outcome;
  }

  /**
   * Takes the task back if it has not begun: its result is a StateError then. Of a map, what has not begun. False: it
   * has begun, and goes on. Does not block.
   */
  cancel(): boolean {
    return this.#outcome === undefined && this.#withdraw(new StateError("The task was cancelled before it began."));
  }

  // biome-ignore lint/suspicious/noThenProperty: It is a promise to those who await it.
  then<R = T, E = never>(
    onFulfilled?: ((value: T) => R | PromiseLike<R>) | null,
    onRejected?: ((error: unknown) => E | PromiseLike<E>) | null,
  ): Promise<R | E> {
    return this.#settled().then(onFulfilled, onRejected);
  }

  async #settled(): Promise<T> {
    this.#see();
    if (this.#outcome === undefined) {
      keepAlive();
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
      letGo();
    }
    return this.#take(this.then);
  }

  /** The first outcome counts. Exactly one callback is called, and before anybody who waits goes on. */
  #settle(outcome: PoolResult, { callback, errorCallback }: ResultOptions<T>): void {
    if (this.#outcome !== undefined) return;
    this.#outcome = outcome;
    if ("error" in outcome && !this.#isSeen) {
      if (this.#unseen.count++ < ERRORS_KEPT) this.#unseen.errors.add(outcome.error);
    }
    try {
      if ("error" in outcome) errorCallback?.(outcome.error);
      else callback?.(outcome.value as T);
    } catch (error) {
      // Nobody could catch it where it was thrown, in the middle of the pool's work.
      queueMicrotask(() => {
        throw error;
      });
    }
    for (const wake of this.#waiting.splice(0)) wake();
  }

  #see(): void {
    if (!this.#isSeen && this.#outcome !== undefined && "error" in this.#outcome) {
      this.#unseen.count--;
      this.#unseen.errors.delete(this.#outcome.error);
    }
    this.#isSeen = true;
  }

  #take(caller: (...args: never[]) => unknown): T {
    if (this.#outcome === undefined) throw new TimeoutError("The result did not arrive in time.");
    this.#see();
    if ("value" in this.#outcome) return this.#outcome.value as T;
    throw withCaller(this.#outcome.error, caller);
  }
}

/** The error with the stack of who called that function; where it was thrown, its cause says. */
export function withCaller(error: unknown, caller: (...args: never[]) => unknown): unknown {
  if (error instanceof Error && Object.isExtensible(error)) Error.captureStackTrace(error, caller);
  return error;
}
