import { type Abort, orAborted, throwIfAborted } from "./abort.js";
import { withCaller } from "./async-result.js";
import { deadlineAfter, type TimeoutOptions, timeLeft, timeoutOf } from "./deadline.js";
import { TimeoutError } from "./errors.js";
import { keepAlive, letGo } from "./futex.js";
import type { PoolDispatch } from "./pool-dispatch.js";
import type { PoolResult, PoolTask } from "./task-run.js";

/** What an iterator over results does. */
export interface IterationPlan {
  readonly run: PoolTask["run"];
  readonly items: Iterable<unknown>;
  /** Items per task. */
  readonly chunksize: number;
  /** In the order of the items, else in that of completion. */
  readonly ordered: boolean;
}

/** How long an async step waits. */
export interface AsyncNextOptions extends TimeoutOptions {
  /** Ends the wait; the promise rejects with the signal's reason, and no result is lost. */
  readonly signal?: Abort | undefined;
}

/** Tasks per worker that may be under way or waiting to be asked for; the input is read no further. */
const AHEAD = 64;

interface Chunk {
  outcomes: readonly PoolResult[] | undefined;
}

/**
 * The results of `Pool.imap` and `imapUnordered`, as they are asked for. After an error, which `next` throws, the
 * iterator goes on with the next item. The input is read as results are taken, some way ahead; all of it when the pool
 * is closed.
 * @see Python's `multiprocessing.pool.IMapIterator`, behaviours 124–128.
 */
export class PoolIterator<T> implements IterableIterator<T>, AsyncIterable<T> {
  readonly #dispatch: PoolDispatch;
  readonly #plan: IterationPlan;
  readonly #input: Iterator<unknown>;
  #inputEnded = false;
  /** Chunks not yet taken: in the order of submission with outcomes when they are there, or only those that have some. */
  readonly #chunks: Chunk[] = [];
  #underWay = 0;
  #current: readonly PoolResult[] = [];
  #taken = 0;
  #isLeft = false;
  #waiting: (() => void)[] = [];
  readonly #finish = (): void => this.#feed(Number.POSITIVE_INFINITY);

  constructor(dispatch: PoolDispatch, plan: IterationPlan) {
    this.#dispatch = dispatch;
    this.#plan = plan;
    this.#input = plan.items[Symbol.iterator]();
    dispatch.closing.add(this.#finish);
    this.#feed(dispatch.size * AHEAD);
  }

  /**
   * Blocks for the next result. Throws what its task threw.
   * @throws TimeoutError it did not arrive in time (milliseconds); a later call may still get it
   */
  next(options?: TimeoutOptions): IteratorResult<T, undefined> {
    const deadline = deadlineAfter(timeoutOf(options));
    this.#refill();
    if (!this.#hasNext() && !this.#dispatch.pump(() => this.#hasNext(), deadline)) throw late();
    return this.#take(this.next);
  }

  /** Like `next` without blocking the thread. */
  async nextAsync(options?: AsyncNextOptions): Promise<IteratorResult<T, undefined>> {
    const deadline = deadlineAfter(timeoutOf(options));
    throwIfAborted(options?.signal);
    this.#refill();
    while (!this.#hasNext()) {
      if (timeLeft(deadline) === 0) throw late();
      await this.#settled(timeLeft(deadline), options?.signal);
    }
    return this.#take(this.nextAsync);
  }

  /** Reads no more of the input and gives no more results. What was submitted goes on. */
  return(): IteratorResult<T, undefined> {
    if (!this.#inputEnded) this.#input.return?.();
    this.#endInput();
    this.#isLeft = true;
    return { done: true, value: undefined };
  }

  /** Itself: `for (const result of pool.imap(…))` blocks for each. */
  [Symbol.iterator](): this {
    return this;
  }

  /** Awaits the results: `for await (const result of pool.imap(…))`. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    try {
      for (let step = await this.nextAsync(); !step.done; step = await this.nextAsync()) yield step.value;
    } finally {
      this.return();
    }
  }

  #hasNext(): boolean {
    return this.#current.length > this.#taken || this.#chunks[0]?.outcomes !== undefined || this.#isOver();
  }

  #isOver(): boolean {
    return this.#isLeft || (this.#inputEnded && this.#underWay === 0 && this.#chunks.length === 0);
  }

  #take(caller: (...args: never[]) => unknown): IteratorResult<T, undefined> {
    while (this.#isLeft || this.#current.length === this.#taken) {
      const chunk = this.#isLeft ? undefined : this.#chunks.shift();
      if (chunk?.outcomes === undefined) return { done: true, value: undefined };
      this.#current = chunk.outcomes;
      this.#taken = 0;
    }
    const outcome = this.#current[this.#taken++] as PoolResult;
    if ("error" in outcome) throw withCaller(outcome.error, caller);
    return { done: false, value: outcome.value as T };
  }

  #refill(): void {
    this.#feed(this.#dispatch.size * AHEAD);
  }

  /** Submits tasks until so many are under way or waiting to be taken. */
  #feed(most: number): void {
    while (!this.#inputEnded && this.#underWay + this.#readyChunks() < most) {
      const items = this.#read();
      if (items.length > 0) this.#submit(items);
    }
  }

  #readyChunks(): number {
    return this.#plan.ordered ? this.#chunks.length - this.#underWay : this.#chunks.length;
  }

  /** The next chunk of the input; an error in it is an outcome in its place, and the end. */
  #read(): unknown[] {
    const items: unknown[] = [];
    try {
      while (items.length < this.#plan.chunksize) {
        const step = this.#input.next();
        if (step.done) {
          this.#endInput();
          break;
        }
        items.push(step.value);
      }
    } catch (error) {
      this.#endInput();
      if (items.length > 0) this.#submit(items.splice(0));
      this.#chunks.push({ outcomes: [{ error }] });
    }
    return items;
  }

  #submit(each: readonly unknown[]): void {
    const chunk: Chunk = { outcomes: undefined };
    if (this.#plan.ordered) this.#chunks.push(chunk);
    this.#underWay++;
    const settle = (outcome: PoolResult): void => {
      // An error is that of the worker or of the way there, and so that of every item.
      chunk.outcomes = "error" in outcome ? each.map(() => outcome) : (outcome.value as PoolResult[]);
      this.#underWay--;
      if (!this.#plan.ordered) this.#chunks.push(chunk);
      for (const wake of this.#waiting.splice(0)) wake();
    };
    try {
      this.#dispatch.check(this.#plan.run);
      this.#dispatch.submit({ run: this.#plan.run, each }, settle);
    } catch (error) {
      if (!this.#dispatch.isOpen) this.#endInput(); // or a long input would fail item by item
      settle({ error });
    }
  }

  #endInput(): void {
    this.#inputEnded = true;
    this.#dispatch.closing.delete(this.#finish);
  }

  /** Comes back when a chunk was settled, or the time is up. */
  async #settled(timeout: number, signal: Abort | undefined): Promise<void> {
    keepAlive();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const settled = new Promise<void>((resolve) => {
      this.#waiting.push(resolve);
      if (timeout !== Number.POSITIVE_INFINITY) timer = setTimeout(resolve, timeout);
    });
    try {
      await (signal === undefined ? settled : orAborted(settled, signal));
    } finally {
      clearTimeout(timer);
      letGo();
    }
  }
}

function late(): TimeoutError {
  return new TimeoutError("The next result did not arrive in time.");
}
