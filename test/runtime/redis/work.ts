/** What processes of the tests with Redis do. */
import assert from "node:assert/strict";
import { StateError, tasks } from "heddle";
import {
  type DictProxy,
  type DurableQueue,
  type LeasedLock,
  type LeasedSemaphore,
  type ListProxy,
  Manager,
  type ManagerBarrier,
  type ManagerEvent,
  Pipe,
  type Queue,
  type QueueProxy,
} from "heddle/process";

/** Uses what it finds in Redis, where somebody else has put proxies that give instances of a class that is in another file. */
export async function useFinds(finds: ListProxy<QueueProxy<unknown> & Queue<unknown>>): Promise<void> {
  const isRefused = { name: "SerializationError", message: /not loaded here/ };
  for (const queue of finds.slice()) {
    await assert.rejects(queue.getAsync(), isRefused);
    assert.throws(() => queue.get(), isRefused);
    assert.equal(await queue.getAsync(), "plain");
    // It stays a stranger's on its way through processes of the program.
    const [sending, receiving] = Pipe();
    sending.send(queue);
    const passed = (await receiving.recvAsync()) as typeof queue;
    await assert.rejects(passed.getAsync(), isRefused);
    // What a stranger's queue holds is a stranger's, too.
    const nested = (await passed.getAsync()) as typeof queue;
    await assert.rejects(nested.getAsync(), isRefused);
  }
}

/** A class of the program, whose instances travel. */
export class Point {
  readonly x: number;

  constructor(x: number) {
    this.x = x;
  }
}

/** Adds under a lock, in two steps. */
export function count(lock: LeasedLock, totals: DictProxy<string, number>, times: number): void {
  for (let i = 0; i < times; i++) {
    using _held = lock.hold();
    totals.set("total", (totals.get("total") ?? 0) + 1);
  }
}

/** Takes all it is given, says so, and stays until it is killed. */
export async function takeAndStay(
  taken: ManagerEvent,
  lock: LeasedLock,
  semaphore: LeasedSemaphore,
  ...queues: readonly DurableQueue<unknown>[]
): Promise<void> {
  lock.acquire();
  semaphore.acquire();
  for (const queue of queues) queue.get();
  taken.set();
  await new Promise<void>(() => setInterval(() => {}, 1000));
}

/** Has a lock and an item at its end. */
export function takeAndLeave(lock: LeasedLock, queue: DurableQueue<unknown>): void {
  lock.acquire();
  queue.get();
}

/** Works jobs off until there is none left. */
export function double(jobs: DurableQueue<number>, results: ListProxy<number>): void {
  for (let job = jobs.get(); job >= 0; job = jobs.get()) {
    results.push(job * 2);
    jobs.taskDone();
  }
  jobs.taskDone();
}

/** Waits at a barrier, and stays there. */
export function waitAt(barrier: ManagerBarrier): void {
  barrier.wait();
}

/** Ends with 3 if the server is refused for its version. */
export function connectTo(url: string): void {
  try {
    Manager.connect(url).lock();
  } catch (error) {
    const isRefused = error instanceof StateError && /Redis 6\.2 or newer .* has 6\.0\.16/.test(error.message);
    process.exitCode = isRefused ? 3 : 4;
  }
}

tasks(import.meta.url, { connectTo, count, double, Point, takeAndLeave, takeAndStay, useFinds, waitAt });
