/** A pool whose workers are other programs: tasks go into one queue in Redis, and results come back by another one. */
import type { Crew, Delivered, Ended } from "../../pool-dispatch.js";
import type { PoolResult, PoolTask } from "../../task-run.js";
import { remoteOf } from "../manager/remote.js";
import type { DurableQueue } from "./durable-queue.js";
import type { Handed, OwnedQueue } from "./owned.js";
import type { Begun, RedisClient } from "./redis-client.js";

/** What a worker finds in the queue of tasks: how to say what came of it, and the task, which only some can read. */
export interface TaskMessage {
  readonly results: DurableQueue<ResultMessage>;
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

export interface RedisCrewPlan {
  readonly client: RedisClient;
  readonly name: string;
  /** How many workers there are thought to be, for the size of chunks. */
  readonly size: number;
  readonly retries: number;
  readonly tasks: DurableQueue<TaskMessage>;
  readonly results: DurableQueue<ResultMessage>;
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

export class RedisCrew implements Crew<never> {
  readonly at = 0;
  readonly signal: number;
  readonly size: number;
  readonly name: string;
  readonly #plan: RedisCrewPlan;
  /** Puts whose answers are awaited, by their tickets. */
  readonly #puts = new Map<number, Begun>();
  readonly #gets: Begun[] = [];
  readonly #left = new Set<number>();
  #tickets = 0;
  #isClosed = false;
  #isOver = false;

  constructor(plan: RedisCrewPlan) {
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
    const { client, results } = this.#plan;
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
      const found = "value" in answer ? this.#read(answer.value as Handed, client, results) : undefined;
      while (!this.#isOver && this.#gets.length < Math.min(ASKED, this.#left.size)) this.#ask();
      if (found !== undefined) return found;
      return this.receive();
    }
    return undefined;
  }

  /** Undefined: it came twice, or is none. */
  #read({ id, value }: Handed, client: RedisClient, results: DurableQueue<ResultMessage>): Delivered | undefined {
    (client.owned(numberOf(results)) as OwnedQueue).finish(id);
    const found = resultOf(client, value);
    if (found === undefined || !this.#left.delete(found.ticket)) return undefined;
    const { ticket, outcome } = found;
    try {
      return { ticket, outcome: client.unpack(outcome) as PoolResult };
    } catch (error) {
      return { ticket, outcome: { error } };
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

/** Undefined: somebody else has put it there. */
function resultOf(client: RedisClient, value: Uint8Array): ResultMessage | undefined {
  try {
    const { ticket, outcome } = client.unpack(value) as Partial<ResultMessage>;
    return Number.isInteger(ticket) && outcome instanceof Uint8Array
      ? { ticket: ticket as number, outcome }
      : undefined;
  } catch {
    return undefined;
  }
}

function numberOf(proxy: object): number {
  return remoteOf(proxy)?.id ?? 0;
}
