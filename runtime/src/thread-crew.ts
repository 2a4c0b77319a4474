/** The workers of a pool of threads, and the channels in the arena through which tasks and results go. */
import { release, retain, words } from "./arena.js";
import { channelSize, closeChannel, createChannel, drain, send, tryReceive } from "./channel.js";
import { UNTOLD } from "./channel-cell.js";
import { decodeLabelled, encode } from "./codec.js";
import { StateError } from "./errors.js";
import { current, firstTicket } from "./ledger.js";
import { guarded } from "./mutex.js";
import { allocatePool, SLEEPERS, WITHDRAWN } from "./pool-cell.js";
import type { Crew, CrewPlan, Delivered, Ended } from "./pool-dispatch.js";
import { poolWorker, ticketOf, type WorkerPlan } from "./pool-worker.js";
import { END_LISTENER, TICKET } from "./self.js";
import { cellOf, defineKind, holdCell } from "./shared.js";
import { SIGNAL } from "./sweep.js";
import type { PoolResult, PoolTask } from "./task-run.js";
import { writeText } from "./text.js";
import { Thread, terminateThread } from "./thread.js";
import { recorder } from "./trace/hook.js";
import { freeWithdrawn, withdraw } from "./withdrawn.js";

export class ThreadCrew implements Crew<Thread> {
  /** The cell whose SIGNAL changes whenever there is a result or a worker has ended. */
  readonly at: number;
  readonly signal: number;
  readonly size: number;
  readonly name: string;
  readonly #todo = createChannel(UNTOLD);
  readonly #done = createChannel(UNTOLD);
  readonly #plan: CrewPlan;
  #workers: Thread[] = [];
  #started = 0;
  #isFree = false;

  constructor(size: number, name: string, plan: CrewPlan) {
    this.size = size;
    this.name = name;
    this.#plan = plan;
    this.at = allocatePool(size, recorder === undefined ? 0 : writeText(name));
    this.signal = this.at + SIGNAL;
  }

  startWorker(): void {
    this.#started++;
    const plan: WorkerPlan = { pool: this.at, todo: this.#todo, done: this.#done, ...this.#plan };
    const name = `${this.name}-${this.#started}`;
    const worker = new Thread({ target: poolWorker, args: [plan], name, daemon: true });
    retain(this.at); // dropped by the supervisor when it has given the signal
    Atomics.store(words, (cellOf(worker) ?? 0) + END_LISTENER, this.at);
    try {
      worker.start();
    } catch (error) {
      // One that never ran has no end to be told of.
      if (Atomics.exchange(words, (cellOf(worker) ?? 0) + END_LISTENER, 0) !== 0) release(this.at);
      throw error;
    }
    this.#workers.push(worker);
  }

  get workers(): number {
    return this.#workers.length;
  }

  ended(): readonly Thread[] {
    return this.#workers.filter((thread) => !thread.isAlive());
  }

  bury(worker: Thread): Ended | undefined {
    if (!this.#workers.includes(worker)) return undefined;
    this.#workers = this.#workers.filter((thread) => thread !== worker);
    return { name: worker.name, ticket: Atomics.load(words, (cellOf(worker) ?? 0) + TICKET) };
  }

  terminateWorkers(): void {
    for (const worker of this.#workers) terminateThread(worker);
  }

  send(work: PoolTask): number {
    return encode(work, (message) => send(this.#todo, message, Number.POSITIVE_INFINITY)) as number;
  }

  withdraw(ticket: number): boolean {
    return guarded(this.#todo, () => {
      const isWaiting = ((ticket - firstTicket(current(this.#todo))) | 0) >= 0;
      if (isWaiting) withdraw(this.at + WITHDRAWN, ticket);
      return isWaiting;
    });
  }

  receive(): Delivered | undefined {
    const message = tryReceive(this.#done);
    return message instanceof Uint8Array ? { ticket: ticketOf(message), outcome: resultOf(message) } : undefined;
  }

  get waitingTasks(): number {
    return channelSize(this.#todo);
  }

  close(): void {
    closeChannel(this.#todo);
  }

  dropTasks(): void {
    drain(this.#todo);
  }

  expect(): void {
    if (!this.#isFree) Atomics.add(words, this.at + SLEEPERS, 1);
  }

  expectNoMore(): void {
    if (!this.#isFree) Atomics.sub(words, this.at + SLEEPERS, 1);
  }

  hold(): () => void {
    return holdCell(this.at);
  }

  free(): void {
    this.#isFree = true;
    for (const cell of [this.#todo, this.#done, this.at]) release(cell);
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
