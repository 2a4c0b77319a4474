/** What processes of the manager's tests do. */
import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { AuthenticationError, ConnectionClosedError, tasks } from "heddle";
import {
  type DictProxy,
  type ListProxy,
  Manager,
  type ManagerBarrier,
  type ManagerCondition,
  type ManagerEvent,
  type ManagerLock,
  type ManagerSemaphore,
  type QueueProxy,
} from "heddle/process";

/** A class of the program, whose instances live in the server. */
export class Counter {
  #count: number;

  constructor(start: number) {
    if (start < 0) throw new RangeError("A count is from 0 up.");
    this.#count = start;
  }

  add(by: number): number {
    this.#count += by;
    return this.#count;
  }

  async later(): Promise<string> {
    await Promise.resolve();
    return `count ${this.#count}`;
  }

  fail(): never {
    throw new CounterError("no", { code: 7 });
  }

  /** Where it runs. */
  pid(): number {
    return process.pid;
  }

  _hidden(): string {
    return "hidden";
  }
}

/** An error of the program, whose class arrives. */
export class CounterError extends Error {
  readonly details: object;

  constructor(message: string, details: object) {
    super(message);
    this.details = details;
  }
}

/** Ends with the length of the list. */
export function lengthOf(list: ListProxy<unknown>): void {
  process.exitCode = list.length;
}

/** Works jobs off until there is none left. */
export function double(jobs: QueueProxy<number>, results: ListProxy<number>): void {
  for (let job = jobs.get(); job >= 0; job = jobs.get()) {
    results.push(job * 2);
    jobs.taskDone();
  }
}

/** Adds under a lock, in two steps. */
export function count(lock: ManagerLock, totals: DictProxy<string, number>, times: number): void {
  for (let i = 0; i < times; i++) {
    using _held = lock.hold();
    totals.set("total", (totals.get("total") ?? 0) + 1);
  }
}

/** Takes all it is given, says so, and stays until it is killed. */
export async function takeAndStay(taken: ManagerEvent, lock: ManagerLock, semaphore: ManagerSemaphore): Promise<void> {
  lock.acquire();
  semaphore.acquire();
  taken.set();
  await new Promise<void>(() => setInterval(() => {}, 1000));
}

/** Asks for an item, says so, and never sees it. */
export function getAndStay(queue: QueueProxy<unknown>, asked: ManagerEvent): void {
  void queue.getAsync();
  asked.set();
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

/** Asks for two items, says so, and never sees them. */
export function getTwoAndStay(queue: QueueProxy<unknown>, asked: ManagerEvent): void {
  void queue.getAsync();
  getAndStay(queue, asked);
}

/** Asks for so much, and sends so much, that both sides could wait for each other; then blocks. */
export async function askBeforeReading(
  large: DictProxy<string, string>,
  list: ListProxy<string>,
  lock: ManagerLock,
): Promise<void> {
  lock.acquire();
  const text = large.get("large") ?? "";
  const reads = Array.from({ length: 24 }, () => large.getAsync("large"));
  const writes = Array.from({ length: 12 }, () => list.pushAsync(text));
  await setImmediate();
  lock.release();
  await Promise.all([...reads, ...writes]);
}

/** Takes two items that cannot be read any more, and holds something until the server knows that this has ended. */
export async function getUnreadable(queue: QueueProxy<unknown>, semaphore: ManagerSemaphore): Promise<void> {
  semaphore.acquire();
  assert.throws(() => queue.get(), ConnectionClosedError);
  await assert.rejects(queue.getAsync(), ConnectionClosedError);
}

/** Gives a wait up when it is told to, and stays until it is killed. */
export async function abortWait(
  condition: ManagerCondition,
  semaphore: ManagerSemaphore,
  ...[waits, aborts, hasAborted]: readonly [ManagerEvent, ManagerEvent, ManagerEvent]
): Promise<void> {
  semaphore.acquire();
  condition.acquire();
  const gone = new AbortController();
  condition.waitAsync({ signal: gone.signal }).catch(() => {});
  waits.set();
  await aborts.waitAsync();
  gone.abort();
  await setImmediate(); // the wait hears of it
  hasAborted.set();
  await new Promise<void>(() => setInterval(() => {}, 1000));
}

/** Waits at a barrier, and stays there. */
export function waitAt(barrier: ManagerBarrier): void {
  barrier.wait();
}

/** Waits for what `changed` says. */
export function waitFor(condition: ManagerCondition, state: DictProxy<string, unknown>): void {
  using _held = condition.hold();
  state.set("waiting", true);
  condition.notifyAll();
  condition.waitFor(() => state.get("go"));
  state.set("gone", true);
  condition.notifyAll();
}

/** What came of connecting to a manager. */
export function visit(address: string, authkey: string): string {
  try {
    const manager = Manager.connect(address, { authkey });
    const list = manager.list<number>([], { name: "guests" });
    list.push(process.pid);
    return `${list.length}`;
  } catch (error) {
    if (error instanceof AuthenticationError || error instanceof ConnectionClosedError) return error.name;
    throw error;
  }
}

/** Puts one item after the other. */
export function putAll(queue: QueueProxy<unknown>, items: readonly unknown[]): void {
  for (const item of items) queue.put(item);
}

/** The first thing of a pool's worker. */
export function checkIn(guests: ListProxy<number>): void {
  guests.push(process.pid);
}

/** Which process it is whose child does this. */
export function parentOf(): number {
  return process.ppid;
}

/** Says who does this, and does it until it is told the result. */
export function workUntilTold(started: QueueProxy<number>, told: QueueProxy<number>): number {
  started.put(process.pid);
  return told.get();
}

/** Throws an error of the program's own. */
export function failWith(message: string): never {
  throw new CounterError(message, { code: 7 });
}

export function squareOf(n: number): number {
  return n * n;
}

export function sumOf(a: number, b: number): number {
  return a + b;
}

tasks(import.meta.url, {
  abortWait,
  askBeforeReading,
  checkIn,
  failWith,
  getUnreadable,
  Counter,
  CounterError,
  count,
  double,
  getAndStay,
  getTwoAndStay,
  lengthOf,
  parentOf,
  putAll,
  squareOf,
  sumOf,
  takeAndStay,
  visit,
  waitAt,
  waitFor,
  workUntilTold,
});
