import { checkedTimeout, deadlineAfter, type TimeoutOptions } from "./deadline.js";
import { StateError, TimeoutError } from "./errors.js";
import { keepAlive, letGo } from "./futex.js";
import type { PoolResult } from "./pool-worker.js";

/** Blocks until `done` says so, meanwhile doing the pool's work. False: not before the deadline. */
export type Pump = (done: () => boolean, deadline: number) => boolean;

/**
 * The result of a task that may still run: to be asked for with `get`, which blocks, or awaited. Made by
 * `Pool.applyAsync`.
 */
export class AsyncResult<T> implements PromiseLike<T> {
  readonly #pump: Pump;
  #outcome: PoolResult | undefined;
  readonly #waiting: (() => void)[] = [];

  /** `settleWith` receives the function that settles the result. */
  constructor(pump: Pump, settleWith: (settle: (outcome: PoolResult) => void) => void) {
    this.#pump = pump;
    settleWith((outcome) => {
      if (this.#outcome !== undefined) return;
      this.#outcome = outcome;
      for (const wake of this.#waiting.splice(0)) wake();
    });
  }

  /**
   * Blocks until the task is done and returns its result, or throws its error.
   * @throws TimeoutError not in time; the task goes on
   * @throws WorkerDiedError its worker ended first
   */
  get(options?: TimeoutOptions): T {
    this.wait(options);
    if (this.#outcome === undefined) throw new TimeoutError("The result did not arrive in time.");
    if ("error" in this.#outcome) throw this.#outcome.error;
    return this.#outcome.value as T;
  }

  /** Blocks until the task is done or the timeout has gone by: ask `ready` which. */
  wait(options?: TimeoutOptions): void {
    this.#pump(() => this.ready(), deadlineAfter(checkedTimeout(options?.timeout)));
  }

  /** Whether the task is done. */
  ready(): boolean {
    if (this.#outcome === undefined) this.#pump(() => true, 0);
    return this.#outcome !== undefined;
  }

  /** Whether the task ended without an error. @throws StateError it is not done */
  successful(): boolean {
    if (this.#outcome === undefined) throw new StateError("The task is not done yet.");
    return "value" in this.#outcome;
  }

  // biome-ignore lint/suspicious/noThenProperty: It is a promise to those who await it.
  then<R = T, E = never>(
    onFulfilled?: ((value: T) => R | PromiseLike<R>) | null,
    onRejected?: ((error: unknown) => E | PromiseLike<E>) | null,
  ): Promise<R | E> {
    return this.#settled().then(onFulfilled, onRejected);
  }

  async #settled(): Promise<T> {
    if (this.#outcome === undefined) {
      keepAlive();
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
      letGo();
    }
    return this.get();
  }
}
