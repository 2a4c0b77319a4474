/**
 * The desk of a pool of processes, in the helper of its thread: hands tasks to workers, one at a time, also while the
 * thread computes, and passes on what comes of them.
 */
import type { MessagePort } from "node:worker_threads";
import { IDLE, NO_TASK, RETIRED } from "../pool-ticket.js";
import { BYTES } from "./frames.js";

/** To the pool: what came of a task, or of the beginning of a worker; or that a worker has ended. */
export type DeskNews =
  | { readonly number: number; readonly result: Uint8Array }
  /** By its process's number, with the task that it had in hand, or in place of one what the pool knows too. */
  | { readonly ended: number; readonly number: number };

/** Where a report begins: after the kind of the message, the task's number, and whether the worker takes another one. */
export const NUMBER_AT = 1;
export const READY_AT = 5;
export const REPORT_AT = 6;

/** The way to a worker. */
interface WorkerLine {
  send(message: Uint8Array): void;
}

export class PoolDesk {
  readonly #port: MessagePort;
  readonly #changed: () => void;
  /** What no worker has begun, in order. */
  readonly #todo = new Map<number, Uint8Array>();
  readonly #idle = new Set<Seat>();
  #isClosed = false;

  /** `changed` wakes who waits for news, after they were posted. */
  constructor(port: MessagePort, changed: () => void) {
    this.#port = port;
    this.#changed = changed;
  }

  get waiting(): number {
    return this.#todo.size;
  }

  add(number: number, message: Uint8Array): void {
    const [seat] = this.#idle;
    if (seat === undefined) {
      this.#todo.set(number, message);
      return;
    }
    this.#idle.delete(seat);
    seat.take(number, message);
  }

  /** Takes a task back. False: a worker has begun it. */
  withdraw(number: number): boolean {
    return this.#todo.delete(number);
  }

  dropTasks(): void {
    this.#todo.clear();
  }

  close(): void {
    this.#isClosed = true;
    for (const seat of this.#idle) seat.dismiss();
    this.#idle.clear();
  }

  /** A new worker, which says itself when it is ready. */
  employ(line: WorkerLine, pid: number): Seat {
    return new Seat(line, {
      ready: (seat) => this.#serve(seat),
      report: (number, result) => this.#tell({ number, result }),
      leaves: (seat) => void this.#idle.delete(seat),
      ended: (number) => this.#tell({ ended: pid, number }),
    });
  }

  #serve(seat: Seat): void {
    const [next] = this.#todo;
    if (next !== undefined) {
      const [number, message] = next;
      this.#todo.delete(number);
      seat.take(number, message);
    } else if (this.#isClosed) {
      seat.dismiss();
    } else {
      this.#idle.add(seat);
    }
  }

  #tell(news: DeskNews): void {
    this.#port.postMessage(news);
    this.#changed();
  }
}

interface Desk {
  ready(seat: Seat): void;
  report(number: number, result: Uint8Array): void;
  /** It takes no more tasks. */
  leaves(seat: Seat): void;
  ended(number: number): void;
}

/** A process and a line. */
const ENDS = 2;

/** A worker at the desk. It has ended when both its process has and all that it sent was read. */
export class Seat {
  readonly #line: WorkerLine;
  readonly #desk: Desk;
  #number = NO_TASK;
  #left = ENDS;

  constructor(line: WorkerLine, desk: Desk) {
    this.#line = line;
    this.#desk = desk;
  }

  take(number: number, message: Uint8Array): void {
    this.#number = number;
    this.#line.send(message);
  }

  /** There is nothing more to do. */
  dismiss(): void {
    this.#line.send(taskMessage(NO_TASK, new Uint8Array(TASK_AT)));
  }

  /** What the worker sent. */
  hear(message: Uint8Array): void {
    const number = new DataView(message.buffer, message.byteOffset).getInt32(NUMBER_AT, true);
    const isReady = message[READY_AT] === 1;
    if (isReady) this.#number = IDLE;
    else this.#number = number === NO_TASK ? NO_TASK : RETIRED;
    if (message.length > REPORT_AT) this.#desk.report(number, message.subarray(REPORT_AT));
    // Its process may have ended since it sent that: a task given to it now would never begin.
    if (isReady && this.#left === ENDS) this.#desk.ready(this);
  }

  /** Its process, or its line, has ended. */
  end(): void {
    this.#desk.leaves(this);
    if (--this.#left === 0) this.#desk.ended(this.#number);
  }
}

/** Where a task begins in its message. */
export const TASK_AT = 5;

/** `message` has the task from TASK_AT on. */
export function taskMessage(number: number, message: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  message[0] = BYTES;
  new DataView(message.buffer).setInt32(NUMBER_AT, number, true);
  return message;
}
