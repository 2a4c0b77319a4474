/** The half of a pool that has workers and tasks under way: sends tasks, settles results, looks after the workers. */
import { host } from "#host";
import { words } from "./arena.js";
import { type AsyncResult, type Settle, settleResult, type Unseen } from "./async-result.js";
import { timeLeft } from "./deadline.js";
import { StateError, WorkerDiedError } from "./errors.js";
import { isBusy, isKeptAlive, lookOut, noteLook, wait, waitAsync, watch } from "./futex.js";
import { IDLE, NO_TASK, RETIRED } from "./pool-ticket.js";
import type { AnyFunction, PoolResult, PoolTask } from "./task-run.js";
import { taskNameOf, unregistered } from "./tasks.js";
import { currentThread } from "./thread.js";
import { reportUnseen } from "./uncaught.js";
import { waiting } from "./waiting.js";

/** What all workers of a pool have in common. */
export interface CrewPlan {
  readonly initializer: AnyFunction | undefined;
  readonly initargs: readonly unknown[];
  /** After so many tasks a worker ends and another one takes its place. */
  readonly maxTasks: number;
}

/** A worker that has ended. */
export interface Ended {
  readonly name: string;
  /** Of the task that it had in hand; IDLE, RETIRED, or NO_TASK if it was never ready for one. */
  readonly ticket: number;
}

/** A result, or with the ticket NO_TASK what kept a worker from beginning. */
export interface Delivered {
  readonly ticket: number;
  readonly outcome: PoolResult;
}

/** Workers and the way to them and back: threads, or processes; and what a task is on that way. */
export interface Crew<Worker = unknown, Work = PoolTask> {
  readonly size: number;
  readonly name: string;
  /** The cell that waits are noted at; 0 for none. */
  readonly at: number;
  /** The word that changes whenever there is a result or a worker has ended. */
  readonly signal: number;
  startWorker(): void;
  /** How many there are that were not buried. */
  readonly workers: number;
  /** Those that have ended and were not buried. */
  ended(): readonly Worker[];
  /** Takes one of them out; undefined if that was done before. What it sent has been received by then. */
  bury(worker: Worker): Ended | undefined;
  /** Ends all of them, whatever they do. */
  terminateWorkers(): void;
  /** Sends a task. The result is its ticket. */
  send(work: Work): number;
  /** Takes a task back. False: a worker has begun it. */
  withdraw(ticket: number): boolean;
  /** The next result that is there. */
  receive(): Delivered | undefined;
  /** How many tasks no worker has begun. */
  readonly waitingTasks: number;
  /** No more tasks come: workers that find none end. */
  close(): void;
  dropTasks(): void;
  /** Something is about to sleep on the signal, or is not any more. */
  expect(): void;
  expectNoMore(): void;
  /** Keeps the signal while something waits for it. The result ends that. */
  hold(): () => void;
  /** All is over. */
  free(): void;
}

const FAILED_STARTS = 3;
/** Milliseconds since the last result in which the next one is awaited awake. */
const NEAR = 0.1;

/** Belongs to the thread that made it. It does not keep its pool, so that a pool that is forgotten can be noticed. */
export class PoolDispatch<Work = PoolTask> {
  readonly #crew: Crew<unknown, Work>;
  #failedStarts = 0;
  #startError: unknown;
  #broken = false;
  #state: "open" | "closed" | "terminated" = "open";
  readonly #tasks = new Map<number, Settle | AsyncResult<unknown>>();
  #watching = false;
  #released = false;
  /** Called once when the pool is closed, before it takes no more tasks. */
  readonly closing = new Set<() => void>();
  /** Failed results that nobody has looked at so far. */
  readonly unseen: Unseen = { count: 0, errors: new Set() };

  constructor(crew: Crew<unknown, Work>) {
    this.#crew = crew;
    try {
      for (let i = 0; i < crew.size; i++) crew.startWorker();
    } catch (error) {
      this.terminate();
      throw error;
    }
  }

  get size(): number {
    return this.#crew.size;
  }

  get isOpen(): boolean {
    return this.#state === "open";
  }

  /** Throws unless the pool takes this task. */
  check(task: unknown): void {
    if (this.#state !== "open") throw new StateError("The pool is closed and takes no more tasks.");
    if (this.#broken) throw this.#brokenError();
    if (typeof task !== "function") throw new TypeError("A pool's task is a function.");
    if (taskNameOf(task) === undefined) throw unregistered(task, "function");
  }

  /** Sends a task that was checked, whose outcome goes to `settle`. The result is its ticket. */
  submit<T>(work: Work, settle: Settle | AsyncResult<T>): number {
    const ticket = this.#crew.send(work);
    this.#tasks.set(ticket, settle as Settle | AsyncResult<unknown>);
    if (this.#crew.workers < this.#crew.size) this.#replace(); // what could not be started then may be now
    this.#arm();
    return ticket;
  }

  /** Takes a task back, unless a worker has begun it. */
  withdraw(ticket: number, error: unknown): boolean {
    if (this.#released || !this.#tasks.has(ticket)) return false;
    const isBack = this.#crew.withdraw(ticket);
    if (isBack) this.#settle(ticket, { error });
    return isBack;
  }

  close(): void {
    if (this.#state !== "open") return;
    for (const finish of [...this.closing]) finish();
    this.#state = "closed";
    this.#crew.close();
    this.#arm();
  }

  terminate(): void {
    if (this.#state === "terminated") return;
    this.#collect();
    this.#state = "terminated";
    if (this.#released) return;
    this.#crew.dropTasks();
    this.#crew.close();
    this.#crew.terminateWorkers();
    this.#failAll(new WorkerDiedError("The pool was terminated before the task was done."));
    this.#arm();
  }

  join(): void {
    this.#checkJoin();
    this.pump(() => this.#crew.workers === 0, Number.POSITIVE_INFINITY);
  }

  async joinAsync(): Promise<void> {
    this.#checkJoin();
    while (this.#crew.workers > 0) {
      const seen = this.#expect();
      try {
        this.#pumpOnce();
        if (this.#crew.workers > 0) await waitAsync(this.#crew.signal, seen);
      } finally {
        this.#expectNoMore();
      }
    }
  }

  /** Blocks until `done` says so, handling what arrives. False: not before the deadline. */
  readonly pump = (done: () => boolean, deadline: number): boolean => {
    for (;;) {
      const before = Atomics.load(words, this.#crew.signal);
      this.#pumpOnce();
      if (done()) return true;
      if (deadline > 0 && lookOut(() => Atomics.load(words, this.#crew.signal) !== before)) continue;
      const seen = this.#expect();
      try {
        this.#pumpOnce();
        if (done()) return true;
        if (!waiting(this.#crew.at, deadline, () => wait(this.#crew.signal, seen, timeLeft(deadline)))) return false;
      } finally {
        this.#expectNoMore();
      }
    }
  };

  /** Without blocking: the same as `pump` whenever the signal changes, as long as there is something to expect. */
  #arm(): void {
    if (this.#watching) return;
    this.#watching = true;
    const letCellGo = this.#crew.hold();
    const before = Atomics.load(words, this.#crew.signal);
    this.#pumpOnce();
    const now = performance.now();
    if (this.#tasks.size > 0 && !isBusy(now)) host.nextTurn(() => this.#poll(letCellGo, before, now));
    else if (this.#isToWatch()) this.#watch(letCellGo);
    else this.#disarm(letCellGo);
  }

  /** Looks each turn of the event loop, as long as the next result may be near: to be woken takes longer. */
  #poll(letCellGo: () => void, before: number, since: number): void {
    const signal = Atomics.load(words, this.#crew.signal);
    const now = performance.now();
    if (signal === before) {
      // Turns keep the process alive, which a task that nobody waits for must not.
      if (now - since > NEAR) noteLook(now - since - NEAR, now);
      if (now - since > NEAR || !isKeptAlive()) this.#watch(letCellGo);
      else host.nextTurn(() => this.#poll(letCellGo, before, since));
      return;
    }
    this.#pumpOnce();
    if (this.#tasks.size > 0 && isKeptAlive()) host.nextTurn(() => this.#poll(letCellGo, signal, now));
    else if (this.#isToWatch()) this.#watch(letCellGo);
    else this.#disarm(letCellGo);
  }

  #watch(letCellGo: () => void): void {
    const seen = this.#expect();
    this.#pumpOnce();
    watch(this.#crew.signal, seen, () => {
      this.#expectNoMore();
      this.#disarm(letCellGo);
      this.#pumpOnce();
      if (this.#isToWatch()) this.#arm();
    });
  }

  #disarm(letCellGo: () => void): void {
    letCellGo();
    this.#watching = false;
  }

  #isToWatch(): boolean {
    return this.#tasks.size > 0 || (this.#state !== "open" && this.#crew.workers > 0);
  }

  /**
   * Counts a wait, and reads the signal to wait on, both before looking: what arrived by now is found then, and what
   * comes later changes the word and wakes whoever sleeps on it.
   */
  #expect(): number {
    this.#crew.expect();
    return Atomics.load(words, this.#crew.signal);
  }

  /** The wait is over. What it found may have been the end, and the cell another's by now. */
  #expectNoMore(): void {
    this.#crew.expectNoMore();
  }

  #pumpOnce(): void {
    this.#collect();
    this.#bury();
    if (this.#state === "open" || this.#crew.workers > 0 || this.#released) return;
    this.#released = true;
    this.#crew.free();
    host.nextTurn(() => void this.#warnOfUnseen()); // not at once: who joins a pool may look at its results next
  }

  /** Settles what results have arrived. */
  #collect(): void {
    if (this.#released) return;
    for (let found = this.#crew.receive(); found !== undefined; found = this.#crew.receive()) {
      const { ticket, outcome } = found;
      if (ticket === NO_TASK) {
        this.#startError = "error" in outcome ? outcome.error : undefined;
      } else {
        this.#failedStarts = 0;
        this.#settle(ticket, outcome);
        if (this.#released) return; // by what was called
      }
    }
  }

  #settle(ticket: number, outcome: PoolResult): void {
    const settle = this.#tasks.get(ticket);
    this.#tasks.delete(ticket);
    if (typeof settle === "function") settle(outcome);
    else if (settle !== undefined) settleResult(settle, outcome);
  }

  /** Looks after workers that have ended: their task fails, and while there is work another one starts. */
  #bury(): void {
    for (const worker of this.#crew.ended()) {
      this.#collect(); // a result it sent before it ended counts
      const ended = this.#crew.bury(worker);
      // A callback that waits for a result has looked after the workers itself.
      if (ended === undefined) continue;
      const { name, ticket } = ended;
      if (ticket === NO_TASK && this.#state === "open") this.#failedStarts++;
      else this.#failedStarts = 0;
      if (ticket !== NO_TASK && ticket !== RETIRED && ticket !== IDLE) {
        this.#settle(ticket, { error: new WorkerDiedError(`The worker ${name} ended before its task did.`) });
      }
      this.#replace();
    }
  }

  /** Starts the workers that are missing. Where none can be and there is none, nobody would ever do the tasks. */
  #replace(): void {
    while (this.#needsWorker() && this.#failedStarts < FAILED_STARTS) {
      try {
        this.#crew.startWorker();
      } catch (error) {
        this.#startError = error;
        this.#failedStarts++;
        break; // the system may have run out of something: the next task is the next try
      }
    }
    if (this.#crew.workers > 0 || !this.#needsWorker()) return;
    this.#broken = this.#failedStarts >= FAILED_STARTS;
    this.#crew.dropTasks();
    this.#failAll(this.#brokenError());
  }

  #needsWorker(): boolean {
    if (this.#crew.workers >= this.#crew.size) return false;
    return this.#state === "open" || (this.#state === "closed" && this.#crew.waitingTasks > 0);
  }

  #brokenError(): WorkerDiedError {
    const what = this.#broken ? "The pool's workers end before they take a task." : "The pool cannot start a worker.";
    return new WorkerDiedError(what, { cause: this.#startError });
  }

  #failAll(error: WorkerDiedError): void {
    for (const ticket of [...this.#tasks.keys()]) this.#settle(ticket, { error });
  }

  #checkJoin(): void {
    if (this.#state === "open") throw new StateError("Close or terminate the pool before joining it.");
  }

  async #warnOfUnseen(): Promise<void> {
    const { count, errors } = this.unseen;
    if (count === 0) return;
    const what = `${count === 1 ? "A task" : `${count} tasks`} of ${this.#crew.name}`;
    await reportUnseen(`${what} failed and nobody looked at the result`, [...errors], currentThread());
  }
}
