/** The workers of a pool of processes, and the desk in the helper that hands them their tasks (see pool-desk.ts). */
import { MessageChannel, type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import { allocateBlock, words } from "../arena.js";
import type { Crew, CrewPlan, Delivered, Ended } from "../pool-dispatch.js";
import type { PoolResult, PoolTask } from "../task-run.js";
import { halfPipe } from "./connection.js";
import type { Line } from "./line.js";
import { helper } from "./own-processes.js";
import { type DeskNews, TASK_AT, taskMessage } from "./pool-desk.js";
import { poolProcess } from "./pool-process.js";
import { Process } from "./process.js";
import { decodeFromProcess, encodeForProcess } from "./process-codec.js";

let desks = 0;

/** A worker, and the end of its line. */
interface Member {
  readonly process: Process<never>;
  readonly line: Line;
}

/** How tasks go to the workers, and what comes of them back. */
export interface CrewWay<Work> {
  /** The task as bytes, with `before` free ones in front. @throws SerializationError */
  encode(work: Work, before: number): Uint8Array<ArrayBuffer>;
  decode(result: Uint8Array): PoolResult;
  /** Starts a worker's process. */
  start(worker: Process<never>): void;
}

/** From the thread that has the pool. */
export const ONWARD: CrewWay<PoolTask> = {
  encode: encodeForProcess,
  decode(result) {
    try {
      return decodeFromProcess(result) as PoolResult;
    } catch (error) {
      return { error };
    }
  },
  start: (worker) => worker.start(),
};

export class ProcessCrew<Work = PoolTask> implements Crew<number, Work> {
  /** Waits are for no shared object. */
  readonly at = 0;
  readonly signal = allocateBlock(4);
  readonly size: number;
  readonly name: string;
  readonly #plan: CrewPlan;
  readonly #way: CrewWay<Work>;
  readonly #desk = ++desks;
  readonly #port: MessagePort;
  /** By the numbers of their processes. */
  readonly #members = new Map<number, Member>();
  readonly #delivered: Delivered[] = [];
  /** By the numbers of their processes, what they had in hand when they ended. */
  readonly #ended = new Map<number, number>();
  #started = 0;
  #tasks = 0;

  constructor(size: number, name: string, plan: CrewPlan, way: CrewWay<Work>) {
    this.size = size;
    this.name = name;
    this.#plan = plan;
    this.#way = way;
    words[this.signal] = 0;
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    helper().tell({ do: "makeDesk", desk: this.#desk, signal: this.signal, port: port2 }, [port2]);
  }

  startWorker(): void {
    const { line, far } = halfPipe();
    const name = `${this.name}-${++this.#started}`;
    const worker = new Process({ target: poolProcess, args: [far, this.#plan], name, daemon: true });
    try {
      this.#way.start(worker as Process<never>);
    } catch (error) {
      line.close();
      far.close();
      throw error;
    }
    const pid = worker.pid as number;
    this.#members.set(pid, { process: worker as Process<never>, line });
    helper().tell({ do: "employ", desk: this.#desk, end: line.id, pid });
  }

  get workers(): number {
    return this.#members.size;
  }

  ended(): readonly number[] {
    this.#read();
    return [...this.#ended.keys()];
  }

  bury(pid: number): Ended | undefined {
    const member = this.#members.get(pid);
    const ticket = this.#ended.get(pid);
    if (member === undefined || ticket === undefined) return undefined;
    this.#members.delete(pid);
    this.#ended.delete(pid);
    member.line.close();
    return { name: member.process.name, ticket };
  }

  terminateWorkers(): void {
    for (const { process } of this.#members.values()) process.kill();
  }

  send(work: Work): number {
    const message = this.#way.encode(work, TASK_AT);
    const number = ++this.#tasks;
    taskMessage(number, message);
    helper().tell({ do: "task", desk: this.#desk, number, message }, [message.buffer]);
    return number;
  }

  withdraw(number: number): boolean {
    return helper().ask({ do: "withdraw", desk: this.#desk, number }) as boolean;
  }

  receive(): Delivered | undefined {
    this.#read();
    return this.#delivered.shift();
  }

  get waitingTasks(): number {
    return helper().ask({ do: "countTasks", desk: this.#desk }) as number;
  }

  close(): void {
    helper().tell({ do: "closeDesk", desk: this.#desk });
  }

  dropTasks(): void {
    helper().tell({ do: "dropTasks", desk: this.#desk });
  }

  // The helper always wakes, and the word stays.
  expect(): void {}
  expectNoMore(): void {}
  hold(): () => void {
    return () => {};
  }

  free(): void {
    helper().tell({ do: "removeDesk", desk: this.#desk });
    this.#port.close();
  }

  #read(): void {
    for (let found = receiveMessageOnPort(this.#port); found; found = receiveMessageOnPort(this.#port)) {
      const news = found.message as DeskNews;
      if ("ended" in news) this.#ended.set(news.ended, news.number);
      else this.#delivered.push({ ticket: news.number, outcome: this.#way.decode(news.result) });
    }
  }
}
