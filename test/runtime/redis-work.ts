/** What processes of the tests with Redis do. */
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
} from "heddle/process";

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
  queue: DurableQueue<unknown>,
): Promise<void> {
  lock.acquire();
  semaphore.acquire();
  queue.get();
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

tasks(import.meta.url, { connectTo, count, double, Point, takeAndLeave, takeAndStay, waitAt });
