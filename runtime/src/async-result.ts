import { type Abort, throwIfAborted } from "./abort.js";
import { deadlineAfter, type TimeoutOptions, timeoutOf } from "./deadline.js";
import { StateError, TimeoutError } from "./errors.js";
import { keepAlive, letGo } from "./futex.js";
import type { PoolResult } from "./task-run.js";

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
  /** Takes a task back, unless it has begun. */
  withdraw(ticket: number, error: unknown): boolean;
}

/** Settles a result; for its pool alone. */
export let settleResult: <T>(result: AsyncResult<T>, outcome: PoolResult) => void;

/**
 * The result of a task that may still run: to be asked for with `get`, which blocks, or awaited. Made by a pool. An
 * error has the class it was thrown with, the stack of who asks for the result, and the other thread's as its `cause`.
 * @see Python's `multiprocessing.pool.AsyncResult`, behaviours 129–131.
 */
export class AsyncResult<T> implements PromiseLike<T> {
  readonly #source: ResultSource;
  readonly #options: ResultOptions<T> | undefined;
  /** The tickets of its tasks: there are many under way at once, so each result is small. */
  readonly #tickets: number | readonly number[];
  #waiting: (() => void)[] | undefined;
  #outcome: PoolResult | undefined;
  #isSeen = false;
  #abort: (() => void) | undefined;

  static {
    settleResult = (result, outcome) => result.#settle(outcome);
  }

  /**
   * `start` sends the work, whose outcome goes to `settleResult` later, and returns the tickets.
   * @internal
   */
  constructor(
    source: ResultSource,
    options: ResultOptions<T> | undefined,
    start: (result: AsyncResult<T>) => number | readonly number[],
  ) {
    this.#source = source;
    this.#options = options;
    if (options === undefined) {
      this.#tickets = start(this);
      return;
    }
    checkCallbacks(options);
    const { signal } = options;
    throwIfAborted(signal);
    this.#isSeen = options.errorCallback !== undefined;
    // Who gave a callback waits for it, as who awaits does.
    if (isExpected(options)) keepAlive();
    try {
      this.#tickets = start(this);
    } catch (error) {
      if (isExpected(options)) letGo();
      throw error;
    }
    if (signal === undefined || this.#outcome !== undefined) return;
    this.#abort = () => {
      if (!this.#withdraw(signal.reason)) this.#settle({ error: signal.reason });
    };
    signal.addEventListener("abort", this.#abort, { once: true });
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
    const deadline = deadlineAfter(timeoutOf(options));
    if (this.#outcome === undefined) this.#source.pump(() => this.#outcome !== undefined, deadline);
  }

  /** Whether the task is done. Does not block. */
  ready(): boolean {
    if (this.#outcome === undefined) this.#source.pump(() => true, 0);
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

  /** As a promise's: for `await`. Does not block, and keeps the process alive until the task is done. */
  // biome-ignore lint/suspicious/noThenProperty: It is a promise to those who await it.
  then<R = T, E = never>(
    onFulfilled?: ((value: T) => R | PromiseLike<R>) | null,
    onRejected?: ((error: unknown) => E | PromiseLike<E>) | null,
  ): Promise<R | E> {
    return this.#settled().then(onFulfilled, onRejected);
  }

  #settled(): Promise<T> {
    this.#see();
    if (this.#outcome !== undefined)
      return "value" in this.#outcome ? Promise.resolve(this.#outcome.value as T) : Promise.reject(this.#outcome.error);
    keepAlive();
    this.#waiting ??= [];
    return new Promise((resolve, reject) => {
      this.#waiting?.push(() => {
        letGo();
        if (this.#outcome !== undefined && "value" in this.#outcome) resolve(this.#outcome.value as T);
        else reject(this.#outcome?.error);
      });
    });
  }

  #withdraw(error: unknown): boolean {
    const tickets = typeof this.#tickets === "number" ? [this.#tickets] : this.#tickets;
    return tickets.map((ticket) => this.#source.withdraw(ticket, error)).includes(true);
  }

  /** The first outcome counts. Exactly one callback is called, and before anybody who waits goes on. */
  #settle(outcome: PoolResult): void {
    if (this.#outcome !== undefined) return;
    this.#outcome = outcome;
    if ("error" in outcome && !this.#isSeen) {
      const { unseen } = this.#source;
      if (unseen.count++ < ERRORS_KEPT) unseen.errors.add(outcome.error);
    }
    if (this.#options !== undefined) this.#tell(this.#options, outcome);
    if (this.#waiting === undefined) return;
    for (const wake of this.#waiting) wake();
    this.#waiting = undefined;
  }

  #tell(options: ResultOptions<T>, outcome: PoolResult): void {
    if (isExpected(options)) letGo();
    if (this.#abort !== undefined) options.signal?.removeEventListener("abort", this.#abort);
    try {
      if ("error" in outcome) options.errorCallback?.(outcome.error);
      else options.callback?.(outcome.value as T);
    } catch (error) {
      // Nobody could catch it where it was thrown, in the middle of the pool's work.
      queueMicrotask(() => {
        throw error;
      });
    }
  }

  #see(): void {
    if (!this.#isSeen && this.#outcome !== undefined && "error" in this.#outcome) {
      this.#source.unseen.count--;
      this.#source.unseen.errors.delete(this.#outcome.error);
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

function isExpected({ callback, errorCallback }: ResultOptions<never>): boolean {
  return callback !== undefined || errorCallback !== undefined;
}

/** The error with the stack of who called that function; where it was thrown, its cause says. */
export function withCaller(error: unknown, caller: (...args: never[]) => unknown): unknown {
  if (error instanceof Error && Object.isExtensible(error)) Error.captureStackTrace(error, caller);
  return error;
}

/** Later nobody could catch it. */
function checkCallbacks(options: ResultOptions<never>): void {
  if (typeof options !== "object") {
    throw new TypeError("The options of a task are an object: { callback, errorCallback }.");
  }
  for (const name of ["callback", "errorCallback"] as const) {
    const given = options[name];
    if (given !== undefined && typeof given !== "function") throw new TypeError(`The ${name} is not a function.`);
  }
}
