/** The half of a pool that has workers and tasks under way: sends tasks, settles results, looks after the workers. */
import { host } from "#host";
import { release, retain, words } from "./arena.js";
import { type AsyncResult, type Settle, settleResult, type Unseen } from "./async-result.js";
import { channelSize, closeChannel, createChannel, drain, send, tryReceive } from "./channel.js";
import { UNTOLD } from "./channel-cell.js";
import { decodeLabelled, encode } from "./codec.js";
import { timeLeft } from "./deadline.js";
import { StateError, WorkerDiedError } from "./errors.js";
import { reportUnseen } from "./excepthook.js";
import { isBusy, isKeptAlive, lookOut, noteLook, wait, waitAsync, watch } from "./futex.js";
import { current, firstTicket } from "./ledger.js";
import { guarded } from "./mutex.js";
import { allocatePool, SLEEPERS, WITHDRAWN } from "./pool-cell.js";
import {
  NO_TASK,
  type PoolResult,
  type PoolTask,
  poolWorker,
  RETIRED,
  ticketOf,
  type WorkerPlan,
} from "./pool-worker.js";
import { END_LISTENER, TICKET } from "./self.js";
import { cellOf, defineKind, holdCell } from "./shared.js";
import { SIGNAL } from "./sweep.js";
import { taskNameOf, unregistered } from "./tasks.js";
import { writeText } from "./text.js";
import { currentThread, Thread, terminateThread } from "./thread.js";
import { recorder } from "./trace/hook.js";
import { waiting } from "./waiting.js";
import { freeWithdrawn, withdraw } from "./withdrawn.js";

/** What all workers of a pool have in common. */
export interface Crew {
  readonly size: number;
  readonly name: string;
  readonly plan: Pick<WorkerPlan, "initializer" | "initargs" | "maxTasks">;
}

const FAILED_STARTS = 3;
/** Milliseconds since the last result in which the next one is awaited awake. */
const NEAR = 0.1;

/** Belongs to the thread that made it. It does not keep its pool, so that a pool that is forgotten can be noticed. */
export class PoolDispatch {
  /** The cell whose SIGNAL changes whenever there is a result or a worker has ended. */
  readonly #at: number;
  readonly #todo = createChannel(UNTOLD);
  readonly #done = createChannel(UNTOLD);
  readonly #crew: Crew;
  #workers: Thread[] = [];
  #started = 0;
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

  constructor(crew: Crew) {
    this.#crew = crew;
    this.#at = allocatePool(crew.size, recorder === undefined ? 0 : writeText(crew.name));
    for (let i = 0; i < crew.size; i++) this.#startWorker();
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
  submit<T>(work: PoolTask, settle: Settle | AsyncResult<T>): number {
    const ticket = encode(work, (message) => send(this.#todo, message, Number.POSITIVE_INFINITY)) as number;
    this.#tasks.set(ticket, settle as Settle | AsyncResult<unknown>);
    this.#arm();
    return ticket;
  }

  /** Takes a task back, unless a worker has begun it. */
  withdraw(ticket: number, error: unknown): boolean {
    if (this.#released || !this.#tasks.has(ticket)) return false;
    const waits = guarded(this.#todo, () => {
      const isWaiting = ((ticket - firstTicket(current(this.#todo))) | 0) >= 0;
      if (isWaiting) withdraw(this.#at + WITHDRAWN, ticket);
      return isWaiting;
    });
    if (waits) this.#settle(ticket, { error });
    return waits;
  }

  close(): void {
    if (this.#state !== "open") return;
    for (const finish of [...this.closing]) finish();
    this.#state = "closed";
    closeChannel(this.#todo);
    this.#arm();
  }

  terminate(): void {
    if (this.#state === "terminated") return;
    this.#collect();
    this.#state = "terminated";
    if (this.#released) return;
    drain(this.#todo);
    closeChannel(this.#todo);
    for (const worker of this.#workers) terminateThread(worker);
    this.#failAll(new WorkerDiedError("The pool was terminated before the task was done."));
    this.#arm();
  }

  join(): void {
    this.#checkJoin();
    this.pump(() => this.#workers.length === 0, Number.POSITIVE_INFINITY);
  }

  async joinAsync(): Promise<void> {
    this.#checkJoin();
    while (this.#workers.length > 0) {
      const seen = this.#expect();
      try {
        this.#pumpOnce();
        if (this.#workers.length > 0) await waitAsync(this.#at + SIGNAL, seen);
      } finally {
        this.#expectNoMore();
      }
    }
  }

  /** Blocks until `done` says so, handling what arrives. False: not before the deadline. */
  readonly pump = (done: () => boolean, deadline: number): boolean => {
    for (;;) {
      const before = Atomics.load(words, this.#at + SIGNAL);
      this.#pumpOnce();
      if (done()) return true;
      if (deadline > 0 && lookOut(() => Atomics.load(words, this.#at + SIGNAL) !== before)) continue;
      const seen = this.#expect();
      try {
        this.#pumpOnce();
        if (done()) return true;
        if (!waiting(this.#at, deadline, () => wait(this.#at + SIGNAL, seen, timeLeft(deadline)))) return false;
      } finally {
        this.#expectNoMore();
      }
    }
  };

  #startWorker(): void {
    this.#started++;
    const plan: WorkerPlan = { pool: this.#at, todo: this.#todo, done: this.#done, ...this.#crew.plan };
    const worker = new Thread({
      target: poolWorker,
      args: [plan],
      name: `${this.#crew.name}-${this.#started}`,
      daemon: true,
    });
    retain(this.#at); // dropped by the supervisor when it has given the signal
    Atomics.store(words, (cellOf(worker) ?? 0) + END_LISTENER, this.#at);
    worker.start();
    this.#workers.push(worker);
  }

  /** Without blocking: the same as `pump` whenever the signal changes, as long as there is something to expect. */
  #arm(): void {
    if (this.#watching) return;
    this.#watching = true;
    const letCellGo = holdCell(this.#at);
    const before = Atomics.load(words, this.#at + SIGNAL);
    this.#pumpOnce();
    const now = performance.now();
    if (this.#tasks.size > 0 && !isBusy(now)) host.nextTurn(() => this.#poll(letCellGo, before, now));
    else if (this.#isToWatch()) this.#watch(letCellGo);
    else this.#disarm(letCellGo);
  }

  /** Looks each turn of the event loop, as long as the next result may be near: to be woken takes longer. */
  #poll(letCellGo: () => void, before: number, since: number): void {
    const signal = Atomics.load(words, this.#at + SIGNAL);
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
    watch(this.#at + SIGNAL, seen, () => {
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
    return this.#tasks.size > 0 || (this.#state !== "open" && this.#workers.length > 0);
  }

  /**
   * Counts a wait, and reads the signal to wait on, both before looking: what arrived by now is found then, and what
   * comes later changes the word and wakes whoever sleeps on it.
   */
  #expect(): number {
    if (!this.#released) Atomics.add(words, this.#at + SLEEPERS, 1);
    return Atomics.load(words, this.#at + SIGNAL);
  }

  /** The wait is over. What it found may have been the end, and the cell another's by now. */
  #expectNoMore(): void {
    if (!this.#released) Atomics.sub(words, this.#at + SLEEPERS, 1);
  }

  #pumpOnce(): void {
    this.#collect();
    this.#bury();
    if (this.#state === "open" || this.#workers.length > 0 || this.#released) return;
    this.#released = true;
    for (const cell of [this.#todo, this.#done, this.#at]) release(cell);
    host.nextTurn(() => void this.#warnOfUnseen()); // not at once: who joins a pool may look at its results next
  }

  /** Settles what results have arrived. */
  #collect(): void {
    if (this.#released) return;
    for (let message = tryReceive(this.#done); message !== undefined; message = tryReceive(this.#done)) {
      const ticket = ticketOf(message);
      const outcome = resultOf(message);
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
    for (const worker of this.#workers.filter((thread) => !thread.isAlive())) {
      this.#collect(); // a result it sent before it ended counts
      // A callback that waits for a result has looked after the workers itself.
      if (!this.#workers.includes(worker)) continue;
      this.#workers = this.#workers.filter((thread) => thread !== worker);
      const ticket = Atomics.load(words, (cellOf(worker) ?? 0) + TICKET);
      if (ticket === 0 && this.#state === "open") this.#failedStarts++;
      else this.#failedStarts = 0;
      this.#replace();
      if (ticket === 0 || ticket === RETIRED) continue;
      this.#settle(ticket, { error: new WorkerDiedError(`The worker ${worker.name} ended before its task did.`) });
    }
  }

  #replace(): void {
    const needed = this.#state === "open" || (this.#state === "closed" && channelSize(this.#todo) > 0);
    if (!needed) return;
    if (this.#failedStarts < FAILED_STARTS) {
      this.#startWorker();
    } else if (this.#workers.length === 0) {
      this.#broken = true;
      drain(this.#todo);
      this.#failAll(this.#brokenError());
    }
  }

  #brokenError(): WorkerDiedError {
    return new WorkerDiedError("The pool's workers end before they take a task.", { cause: this.#startError });
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

function resultOf(message: Uint8Array): PoolResult {
  try {
    return decodeLabelled(message) as PoolResult;
  } catch (error) {
    return { error };
  }
}

defineKind(
  "pool",
  "Pool",
  () => {
    throw new StateError("A pool cannot go to another thread.");
  },
  { destroy: (at) => freeWithdrawn(at + WITHDRAWN) },
);
