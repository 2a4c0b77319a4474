import { availableParallelism } from "node:os";
import { allocateCell, KIND, KINDS, release, retain, words } from "./arena.js";
import { AsyncResult } from "./async-result.js";
import { channelSize, closeChannel, createChannel, drain, send, tryReceive } from "./channel.js";
import { decodeLabelled, encode } from "./codec.js";
import { timeLeft } from "./deadline.js";
import { StateError, WorkerDiedError } from "./errors.js";
import { wait, waitAsync, watch } from "./futex.js";
import { type PoolResult, poolWorker, ticketOf } from "./pool-worker.js";
import { END_LISTENER, TICKET } from "./self.js";
import { cellOf, defineKind, holdCell } from "./shared.js";
import { SIGNAL } from "./sweep.js";
import { taskNameOf, unregistered } from "./tasks.js";
import { Thread, terminateThread } from "./thread.js";
import { beginWait, endWait } from "./waiting.js";

/** Options of a pool. */
export interface PoolOptions {
  /** Of its threads: `name-1`, `name-2`, … */
  readonly name?: string | undefined;
}

/** Options of `map`. */
export interface MapOptions {
  /** Items per task; by default the items are divided into four tasks per worker. */
  readonly chunksize?: number | undefined;
}

/** A function that a pool can run: registered with `tasks`; an async one is awaited. */
type Task<A extends readonly unknown[], R> = (...args: A) => R;

const FAILED_STARTS = 3;
let pools = 0;

/**
 * Threads that run tasks. Methods belong to the thread that made the pool. When a worker ends in the middle of a task,
 * the task fails with a WorkerDiedError and another worker takes its place. A pool that is left open does not keep the
 * program alive; a result that somebody waits for does.
 */
export class Pool implements Disposable, AsyncDisposable {
  /** The cell whose SIGNAL changes whenever there is a result or a worker has ended. */
  readonly #at = allocatePool();
  readonly #todo = createChannel(0);
  readonly #done = createChannel(0);
  readonly #name: string;
  readonly #size: number;
  #workers: Thread[] = [];
  #started = 0;
  #failedStarts = 0;
  #state: "open" | "closed" | "terminated" = "open";
  readonly #tasks = new Map<number, (outcome: PoolResult) => void>();
  #watching = false;
  #released = false;

  /** A pool of `workers` threads, by default one per core. @throws RangeError less than one */
  constructor(workers: number = availableParallelism(), options?: PoolOptions) {
    if (!Number.isInteger(workers) || workers < 1) {
      throw new RangeError(`A pool needs a whole number of workers from 1 up, not ${workers}.`);
    }
    this.#size = workers;
    this.#name = options?.name ?? `Pool-${++pools}`;
    for (let i = 0; i < workers; i++) this.#startWorker();
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
  applyAsync<A extends readonly unknown[], R>(task: Task<A, R>, args?: A): AsyncResult<Awaited<R>> {
    return this.#submit<Awaited<R>>(task, { run: task, args: args ?? [] });
  }

  /**
   * Runs the task for each item and blocks until all are done. The results have the order of the items. If tasks fail,
   * the rest runs to its end before the first error is thrown.
   */
  map<T, R>(task: Task<[T], R>, items: Iterable<T>, options?: MapOptions): Awaited<R>[] {
    const all = [...items];
    const chunksize = options?.chunksize ?? Math.ceil(all.length / (this.#size * 4));
    if (options?.chunksize !== undefined && !(Number.isInteger(chunksize) && chunksize > 0)) {
      throw new RangeError(`A chunk has a whole number of items from 1 up, not ${chunksize}.`);
    }
    this.#check(task);
    const results: AsyncResult<Awaited<R>[]>[] = [];
    for (let i = 0; i < all.length; i += chunksize) {
      results.push(this.#submit(task, { run: task, items: all.slice(i, i + chunksize) }));
    }
    for (const result of results) result.wait();
    return results.flatMap((result) => result.get());
  }

  /** Takes no more tasks; those submitted are finished, then the workers end. */
  close(): void {
    if (this.#state !== "open") return;
    this.#state = "closed";
    closeChannel(this.#todo);
    this.#arm();
  }

  /** Ends the workers at once. Tasks that are not done fail with a WorkerDiedError. */
  terminate(): void {
    if (this.#state === "terminated") return;
    this.#collect();
    this.#state = "terminated";
    if (this.#released) return;
    drain(this.#todo);
    closeChannel(this.#todo);
    for (const worker of this.#workers) terminateThread(worker);
    this.#failAll("The pool was terminated before the task was done.");
    this.#arm();
  }

  /** Blocks until all workers have ended. @throws StateError the pool is neither closed nor terminated */
  join(): void {
    this.#checkJoin();
    this.#pump(() => this.#workers.length === 0, Number.POSITIVE_INFINITY);
  }

  /** Like `join` without blocking the thread. */
  async joinAsync(): Promise<void> {
    this.#checkJoin();
    while (this.#workers.length > 0) {
      const seen = Atomics.load(words, this.#at + SIGNAL);
      this.#pumpOnce();
      if (this.#workers.length > 0) await waitAsync(this.#at + SIGNAL, seen);
    }
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

  #check(task: { readonly name: string }): void {
    if (this.#state !== "open") throw new StateError("The pool is closed and takes no more tasks.");
    if (typeof task !== "function") throw new TypeError("A pool's task is a function.");
    if (taskNameOf(task) === undefined) throw unregistered(task, "function");
  }

  #submit<T>(task: { readonly name: string }, work: object): AsyncResult<T> {
    this.#check(task);
    const ticket = encode(work, (message) => send(this.#todo, message, Number.POSITIVE_INFINITY)) as number;
    const result = new AsyncResult<T>(this.#pump, (settle) => this.#tasks.set(ticket, settle));
    this.#arm();
    return result;
  }

  #startWorker(): void {
    this.#started++;
    const worker = new Thread({
      target: poolWorker,
      args: [this.#at, this.#todo, this.#done],
      name: `${this.#name}-${this.#started}`,
      daemon: true,
    });
    retain(this.#at); // dropped by the supervisor when it has given the signal
    Atomics.store(words, (cellOf(worker) ?? 0) + END_LISTENER, this.#at);
    worker.start();
    this.#workers.push(worker);
  }

  /** Blocks until `done`, handling what arrives. */
  readonly #pump = (done: () => boolean, deadline: number): boolean => {
    for (;;) {
      // Read first: what happens after this changes the word, and the wait returns at once.
      const seen = Atomics.load(words, this.#at + SIGNAL);
      this.#pumpOnce();
      if (done()) return true;
      beginWait(this.#at, deadline);
      const woken = wait(this.#at + SIGNAL, seen, timeLeft(deadline));
      endWait(woken);
      if (!woken) return false;
    }
  };

  /** Without blocking: the same whenever the signal changes, as long as there is something to expect. */
  #arm(): void {
    if (this.#watching) return;
    this.#watching = true;
    const letCellGo = holdCell(this.#at);
    // Read first: what arrived before is handled here, and what comes after changes the word.
    const seen = Atomics.load(words, this.#at + SIGNAL);
    this.#pumpOnce();
    watch(this.#at + SIGNAL, seen, () => {
      letCellGo();
      this.#watching = false;
      this.#pumpOnce();
      if (this.#tasks.size > 0 || (this.#state !== "open" && this.#workers.length > 0)) this.#arm();
    });
  }

  #pumpOnce(): void {
    this.#collect();
    this.#bury();
    if (this.#state === "open" || this.#workers.length > 0 || this.#released) return;
    this.#released = true;
    for (const cell of [this.#todo, this.#done, this.#at]) release(cell);
  }

  /** Settles what results have arrived. */
  #collect(): void {
    if (this.#released) return;
    for (let message = tryReceive(this.#done); message !== undefined; message = tryReceive(this.#done)) {
      const ticket = ticketOf(message);
      const settle = this.#tasks.get(ticket);
      this.#tasks.delete(ticket);
      settle?.(resultOf(message));
    }
  }

  /** Looks after workers that have ended: their task fails, and while there is work another one starts. */
  #bury(): void {
    for (const worker of this.#workers.filter((thread) => !thread.isAlive())) {
      this.#collect(); // a result it sent before it ended counts
      this.#workers = this.#workers.filter((thread) => thread !== worker);
      const ticket = Atomics.load(words, (cellOf(worker) ?? 0) + TICKET);
      if (ticket !== 0) {
        this.#failedStarts = 0;
        this.#fail(ticket, `The worker ${worker.name} ended before its task did.`);
      } else if (this.#state === "open") {
        this.#failedStarts++;
      }
      this.#replace();
    }
  }

  #replace(): void {
    const needed = this.#state === "open" || (this.#state === "closed" && channelSize(this.#todo) > 0);
    if (!needed) return;
    if (this.#failedStarts < FAILED_STARTS) {
      this.#startWorker();
      return;
    }
    this.#failAll("The pool's workers end before they take a task.");
  }

  #fail(ticket: number, why: string): void {
    const settle = this.#tasks.get(ticket);
    this.#tasks.delete(ticket);
    settle?.({ error: new WorkerDiedError(why) });
  }

  #failAll(why: string): void {
    for (const ticket of [...this.#tasks.keys()]) this.#fail(ticket, why);
  }

  #checkJoin(): void {
    if (this.#state === "open") throw new StateError("Close or terminate the pool before joining it.");
  }
}

function resultOf(message: Uint8Array): PoolResult {
  try {
    return decodeLabelled(message) as PoolResult;
  } catch (error) {
    return { error };
  }
}

function allocatePool(): number {
  const at = allocateCell();
  Atomics.store(words, at + KIND, KINDS.pool);
  return at;
}

defineKind("pool", "Pool", () => {
  throw new StateError("A pool cannot go to another thread.");
});
