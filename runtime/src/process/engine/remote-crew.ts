/** A pool whose workers are other programs: tasks go into one queue of a server, and results come back by another one. */
import type { Crew, Delivered, Ended } from "../../pool-dispatch.js";
import type { PoolResult, PoolTask } from "../../task-run.js";
import { remoteOf } from "../manager/remote.js";

/** What a worker finds in the queue of tasks: how to say what came of it, and the task, which only some can read. */
export interface TaskMessage {
  /** The proxy of a queue of `ResultMessage`. */
  readonly results: object;
  readonly ticket: number;
  /** How many workers may die of it before it fails. */
  readonly retries: number;
  readonly work: Uint8Array;
}

export interface ResultMessage {
  readonly ticket: number;
  /** A `PoolResult`, by itself, as not all that a worker has can be read where the pool is. */
  readonly outcome: Uint8Array;
}

/** What comes of a call, once. */
type Answer = { readonly value: unknown } | { readonly error: unknown };

/** A thread's way to the server. */
export interface TaskClient<Call> {
  /** The word that changes with whatever is heard. */
  readonly signal: number;
  pack(value: unknown): Uint8Array;
  unpack(bytes: Uint8Array): unknown;
  /** Sends a call of an object's method. Does not block. */
  begin(object: number, method: string, args: readonly unknown[]): Call;
  /** The answer to a call, once; undefined as long as there is none. */
  poll(call: Call): Answer | undefined;
  /** Nobody looks for the answer any more. */
  abandon(call: Call): void;
}

/** A queue's proxy. */
interface Closable {
  close(): void;
}

export interface RemoteCrewPlan<Call> {
  readonly client: TaskClient<Call>;
  readonly name: string;
  /** How many workers there are thought to be, for the size of chunks. */
  readonly size: number;
  readonly retries: number;
  readonly tasks: Closable;
  readonly results: Closable;
  /** Reports an item of the results as dealt with. */
  finish(id: unknown): void;
}

/** A result as it is taken. */
interface Taken {
  readonly id: unknown;
  readonly value: Uint8Array;
}

/** How often a task goes out: its workers count themselves, as somebody waits for what came of it. */
export const TASK_DELIVERIES = 2 ** 31 - 1;

/** The name of a pool's queue of tasks. */
export function tasksName(pool: string): string {
  return `pool:${pool}`;
}

/** Results that are asked for at once. */
const ASKED = 16;
const FOR_EVER = Number.POSITIVE_INFINITY;

export class RemoteCrew<Call> implements Crew<never> {
  readonly at = 0;
  readonly signal: number;
  readonly size: number;
  readonly name: string;
  readonly #plan: RemoteCrewPlan<Call>;
  /** Puts whose answers are awaited, by their tickets. */
  readonly #puts = new Map<number, Call>();
  readonly #gets: Call[] = [];
  readonly #left = new Set<number>();
  #tickets = 0;
  #isClosed = false;
  #isOver = false;

  constructor(plan: RemoteCrewPlan<Call>) {
    this.#plan = plan;
    this.signal = plan.client.signal;
    this.size = plan.size;
    this.name = plan.name;
  }

  startWorker(): void {}

  /** As long as there is something to wait for, there may be one. */
  get workers(): number {
    return this.#isOver || (this.#isClosed && this.#left.size === 0) ? 0 : this.size;
  }

  ended(): readonly never[] {
    return [];
  }

  bury(): Ended | undefined {
    return undefined;
  }

  terminateWorkers(): void {
    this.#isOver = true;
  }

  send(work: PoolTask): number {
    const { client, tasks, results, retries } = this.#plan;
    const ticket = ++this.#tickets;
    const message: TaskMessage = { results, ticket, retries, work: client.pack(work) };
    this.#puts.set(ticket, client.begin(numberOf(tasks), "put", [message, FOR_EVER]));
    this.#left.add(ticket);
    while (this.#gets.length < Math.min(ASKED, this.#left.size)) this.#ask();
    return ticket;
  }

  withdraw(): boolean {
    return false;
  }

  receive(): Delivered | undefined {
    const { client } = this.#plan;
    for (const [ticket, put] of this.#puts) {
      const answer = client.poll(put);
      if (answer === undefined) break; // they are answered in order
      this.#puts.delete(ticket);
      if ("error" in answer && this.#left.delete(ticket)) return { ticket, outcome: answer };
    }
    for (const [i, get] of this.#gets.entries()) {
      const answer = client.poll(get);
      if (answer === undefined) continue;
      this.#gets.splice(i, 1);
      const found = "value" in answer ? this.#read(answer.value as Taken) : undefined;
      while (!this.#isOver && this.#gets.length < Math.min(ASKED, this.#left.size)) this.#ask();
      if (found !== undefined) return found;
      return this.receive();
    }
    return undefined;
  }

  /** Undefined: it came twice, or is none. */
  #read({ id, value }: Taken): Delivered | undefined {
    const { client, finish } = this.#plan;
    finish(id);
    const result = resultIn(value, client);
    if (result === undefined || !this.#left.delete(result.ticket)) return undefined;
    try {
      return { ticket: result.ticket, outcome: client.unpack(result.outcome) as PoolResult };
    } catch (error) {
      return { ticket: result.ticket, outcome: { error } };
    }
  }

  #ask(): void {
    const { client, results } = this.#plan;
    this.#gets.push(client.begin(numberOf(results), "receive", [FOR_EVER]));
  }

  get waitingTasks(): number {
    return this.#left.size;
  }

  close(): void {
    this.#isClosed = true;
  }

  dropTasks(): void {
    this.#left.clear();
  }

  // The client's word always changes, and stays.
  expect(): void {}
  expectNoMore(): void {}
  hold(): () => void {
    return () => {};
  }

  free(): void {
    for (const get of this.#gets) this.#plan.client.abandon(get);
    this.#gets.length = 0;
    this.#plan.results.close();
    this.#plan.tasks.close();
  }
}

/** Undefined: whoever may write to the server has put something else there. */
function resultIn(value: Uint8Array, client: Pick<TaskClient<never>, "unpack">): ResultMessage | undefined {
  try {
    const result = client.unpack(value) as ResultMessage;
    return Number.isInteger(result.ticket) && result.outcome instanceof Uint8Array ? result : undefined;
  } catch {
    return undefined;
  }
}

function numberOf(proxy: object): number {
  return remoteOf(proxy)?.id ?? 0;
}
