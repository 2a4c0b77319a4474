import { host } from "#host";
import { AsyncResult, type ResultOptions, type Settle, settleResult } from "./async-result.js";
import { type Crew, type CrewPlan, PoolDispatch } from "./pool-dispatch.js";
import { PoolIterator } from "./pool-iterator.js";
import type { PoolResult, PoolTask } from "./task-run.js";

/** Options of a pool. */
export interface PoolOptions {
  /** Of its workers: `name-1`, `name-2`, … */
  readonly name?: string | undefined;
  /** A registered function that every worker runs before its first task; an async one is awaited. */
  readonly initializer?: ((...args: never[]) => unknown) | undefined;
  /** The initializer's arguments. */
  readonly initargs?: readonly unknown[] | undefined;
  /** A worker ends after so many tasks (of a map, chunks) and another one takes its place. */
  readonly maxTasksPerChild?: number | undefined;
}

/** Options of `map` and its relatives. */
export interface MapOptions {
  /** Items per task; by default the items are divided into four tasks per worker, and for `imap` it is 1. */
  readonly chunksize?: number | undefined;
}

/** Options of the maps that do not wait. */
export interface AsyncMapOptions<T> extends MapOptions, ResultOptions<T> {}

/** A function that a pool can run: registered with `tasks`; an async one is awaited. */
type Task<A extends readonly unknown[], R> = (...args: A) => R;

type AnyTask = PoolTask["run"];
type Chunk = readonly unknown[];

const NO_ARGUMENTS: readonly unknown[] = [];
let pools = 0;

/** Every pool, whatever its workers are. */
export abstract class AnyPool implements Disposable, AsyncDisposable {
  readonly #dispatch: PoolDispatch;

  /** @internal */
  protected constructor(crew: Crew) {
    this.#dispatch = new PoolDispatch(crew);
    forgotten.register(this, { dispatch: this.#dispatch, name: crew.name });
  }

  /** Runs one task and blocks until its result is there. Throws what the task throws. */
  apply<A extends readonly unknown[], R>(task: Task<A, R>, args?: A): Awaited<R> {
    return this.applyAsync(task, args).get();
  }

  /**
   * Runs one task; returns at once.
   * @throws StateError the pool is closed
   * @throws SerializationError the task is not registered, or an argument cannot travel
   */
  applyAsync<A extends readonly unknown[], R>(
    task: Task<A, R>,
    args?: A,
    options?: ResultOptions<Awaited<R>>,
  ): AsyncResult<Awaited<R>> {
    this.#dispatch.check(task);
    if (args !== undefined && !Array.isArray(args))
      throw new TypeError("A task's arguments are a list: apply(task, [1, 2]).");
    const work: PoolTask = { run: task as unknown as AnyTask, args: args ?? NO_ARGUMENTS };
    return new AsyncResult(this.#dispatch, options, (result) => this.#dispatch.submit(work, result));
  }

  /**
   * Runs the task for each item and blocks until all are done. The results have the order of the items. If tasks fail,
   * the rest runs to its end before the first error is thrown.
   * @throws RangeError the chunk size is no whole number from 1 up
   */
  map<T, R>(task: Task<[T], R>, items: Iterable<T>, options?: MapOptions): Awaited<R>[] {
    return this.mapAsync(task, items, { chunksize: options?.chunksize }).get();
  }

  /** Like `map`; returns at once. */
  mapAsync<T, R>(
    task: Task<[T], R>,
    items: Iterable<T>,
    options?: AsyncMapOptions<Awaited<R>[]>,
  ): AsyncResult<Awaited<R>[]> {
    const run = task as unknown as AnyTask;
    return this.#map(run, [...items], (chunk) => ({ run, items: chunk }), options);
  }

  /** `map` for tasks of several parameters: each item is the list of them. Blocks until all are done. */
  starmap<A extends readonly unknown[], R>(
    task: Task<A, R>,
    items: Iterable<Readonly<A>>,
    options?: MapOptions,
  ): Awaited<R>[] {
    return this.starmapAsync(task, items, { chunksize: options?.chunksize }).get();
  }

  /** Like `starmap`; returns at once. */
  starmapAsync<A extends readonly unknown[], R>(
    task: Task<A, R>,
    items: Iterable<Readonly<A>>,
    options?: AsyncMapOptions<Awaited<R>[]>,
  ): AsyncResult<Awaited<R>[]> {
    const run = task as unknown as AnyTask;
    const all = [...items];
    for (const item of all) {
      if (!Array.isArray(item)) throw new TypeError("Each item of starmap is the list of a call's arguments.");
    }
    return this.#map(run, all, (chunk) => ({ run, rows: chunk as readonly Chunk[] }), options);
  }

  /**
   * The results one by one, in the order of the items, each as soon as it is there. Reads the input as they are taken,
   * some way ahead. Returns at once; the iterator's `next` blocks, `nextAsync` and `for await` do not.
   */
  imap<T, R>(task: Task<[T], R>, items: Iterable<T>, options?: MapOptions): PoolIterator<Awaited<R>> {
    return this.#iterator(task as unknown as AnyTask, items, options, true);
  }

  /** The results one by one, in the order in which they come. Else as `imap`. */
  imapUnordered<T, R>(task: Task<[T], R>, items: Iterable<T>, options?: MapOptions): PoolIterator<Awaited<R>> {
    return this.#iterator(task as unknown as AnyTask, items, options, false);
  }

  /** Takes no more tasks; those submitted are finished, then the workers end. Does not wait for it. */
  close(): void {
    this.#dispatch.close();
  }

  /** Ends the workers at once, whatever they do. Tasks that are not done fail with a WorkerDiedError. */
  terminate(): void {
    this.#dispatch.terminate();
  }

  /** Blocks until all workers have ended. @throws StateError the pool is neither closed nor terminated */
  join(): void {
    this.#dispatch.join();
  }

  /** Like `join` without blocking the thread. */
  async joinAsync(): Promise<void> {
    await this.#dispatch.joinAsync();
  }

  /** `using pool = …` terminates it, as Python's `with` does. */
  [Symbol.dispose](): void {
    this.terminate();
  }

  /** `await using pool = …` closes it and waits for its tasks. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.joinAsync();
  }

  #map<T>(
    run: AnyTask,
    all: Chunk,
    work: (chunk: Chunk) => PoolTask,
    options: AsyncMapOptions<T[]> | undefined,
  ): AsyncResult<T[]> {
    const chunksize = checkedChunksize(options, Math.ceil(all.length / (this.#dispatch.size * 4)));
    this.#dispatch.check(run);
    const chunks: Chunk[] = [];
    for (let i = 0; i < all.length; i += chunksize) chunks.push(all.slice(i, i + chunksize));
    return new AsyncResult(this.#dispatch, options, (result) =>
      this.#submitAll(chunks.map(work), (outcome) => settleResult(result, outcome)),
    );
  }

  /** Settles when all have come back, with all values or the first error in their order. Returns the tickets. */
  #submitAll(works: readonly PoolTask[], settle: Settle): number[] {
    const outcomes: PoolResult[] = [];
    let left = works.length;
    const settleOne = (i: number, outcome: PoolResult): void => {
      outcomes[i] = outcome;
      if (--left === 0) settle(joined(outcomes));
    };
    if (left === 0) settle({ value: [] });
    return works.map((work, i) => {
      try {
        return this.#dispatch.submit(work, (outcome) => settleOne(i, outcome));
      } catch (error) {
        // The others run, as they do when a task fails.
        settleOne(i, { error });
        return 0;
      }
    });
  }

  #iterator<T>(run: AnyTask, items: Iterable<unknown>, options: MapOptions | undefined, ordered: boolean) {
    const chunksize = checkedChunksize(options, 1);
    this.#dispatch.check(run);
    return new PoolIterator<T>(this.#dispatch, { run, items, chunksize, ordered });
  }
}

/** What a pool is made of. @throws RangeError @throws TypeError */
export function checkedPool(
  size = host.cores(),
  options: PoolOptions = {},
): { readonly size: number; readonly name: string; readonly plan: CrewPlan } {
  const { name = `Pool-${++pools}`, initializer, initargs = [], maxTasksPerChild } = options;
  if (!Number.isInteger(size) || size < 1) {
    throw new RangeError(`A pool needs a whole number of workers from 1 up, not ${size}.`);
  }
  if (initializer !== undefined && typeof initializer !== "function") {
    throw new TypeError("A pool's initializer is a function.");
  }
  const maxTasks = maxTasksPerChild ?? Number.POSITIVE_INFINITY;
  if (maxTasksPerChild !== undefined && !(Number.isInteger(maxTasks) && maxTasks > 0)) {
    throw new RangeError(`maxTasksPerChild is a whole number from 1 up, not ${maxTasksPerChild}.`);
  }
  return { size, name, plan: { initializer: initializer as AnyTask | undefined, initargs, maxTasks } };
}

/** Pools that were collected while they were open: their workers would wait for tasks for ever. */
const forgotten = new FinalizationRegistry<{ dispatch: PoolDispatch; name: string }>(({ dispatch, name }) => {
  if (!dispatch.isOpen) return;
  host.warn(`${name} was never closed; use \`using\`, close() or terminate().`, "ResourceWarning");
  dispatch.close();
});

function checkedChunksize(options: MapOptions | undefined, usual: number): number {
  const chunksize = options?.chunksize;
  if (chunksize === undefined) return usual;
  if (!(Number.isInteger(chunksize) && chunksize > 0)) {
    throw new RangeError(`A chunk has a whole number of items from 1 up, not ${chunksize}.`);
  }
  return chunksize;
}

function joined(outcomes: readonly PoolResult[]): PoolResult {
  const failed = outcomes.find((outcome) => "error" in outcome);
  return failed ?? { value: outcomes.flatMap((outcome) => ("value" in outcome ? (outcome.value as unknown[]) : [])) };
}
