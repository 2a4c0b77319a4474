/** Threads that end in the middle of what the library does for them. */
import { Barrier, Condition, Event, Lock, Queue, RWLock, Semaphore, type Thread, tasks } from "heddle";
import { receive } from "../../runtime/src/channel.js";
import { encode } from "../../runtime/src/codec.js";
import { isolate } from "../../runtime/src/isolate.js";
import { enter } from "../../runtime/src/mutex.js";
import { append } from "../../runtime/src/ring.js";
import { enqueue, notifyFirst } from "../../runtime/src/wait-queue.js";
import { untilAsleep } from "./blocked.js";

/** Puts an item and ends before it has told anybody. */
export function putAndDie(queue: Queue<number>, item: number): void {
  const at = isolate.cells.get(queue)?.at ?? 0;
  enter(at);
  encode(item, (message) => append(at, message));
  process.exit();
}

/** What somebody may wait for that another does. */
export type Awaited = Lock | RWLock | Event | Semaphore | Condition | Barrier | Queue<number>;

/** Does what the sleeper waits for, and ends before it has woken it. */
export function wakeAndDie(object: Awaited, sleeper: Thread, begun: Event): void {
  if (object instanceof Lock) object.acquire();
  if (object instanceof RWLock) object.readLock.acquire();
  if (object instanceof Queue) object.get();
  begun.set();
  untilAsleep(sleeper, object);
  if (object instanceof Condition) object.acquire();
  Atomics.notify = () => process.exit();
  if (object instanceof Lock || object instanceof Semaphore) object.release();
  else if (object instanceof RWLock) object.readLock.release();
  else if (object instanceof Event) object.set();
  else if (object instanceof Condition) object.notify();
  else if (object instanceof Barrier) object.wait();
  else object.taskDone();
}

/** Is told, and ends before it heard, when the other waits, who came later. */
export function hearAndDie(condition: Condition, sleeper: Thread, begun: Event): void {
  const at = isolate.cells.get(condition)?.at ?? 0;
  enqueue(at);
  notifyFirst(at, 1);
  begun.set();
  untilAsleep(sleeper, condition);
  process.exit();
}

/** Waits at the barrier when the other does. */
export function comeLast(barrier: Barrier, sleeper: Thread, begun: Event): void {
  begun.set();
  untilAsleep(sleeper, barrier);
  barrier.wait();
}

export function joinThenSet(queue: Queue<number>, joined: Event): void {
  queue.join();
  joined.set();
}

/** Ends with an item in hand that it has not read. */
export function takeAndDie(queue: Queue<string>): void {
  receive(isolate.cells.get(queue)?.at ?? 0, 10_000);
  process.exit();
}

/** Ends when it would go to sleep because the queue is full. */
export function putOrDie(queue: Queue<string>, item: string): void {
  Atomics.wait = () => process.exit();
  queue.put(item);
}

/** Ends when it would go to sleep because the queue is empty. */
export function getOrDie(queue: Queue<string>): void {
  Atomics.wait = () => process.exit();
  queue.get();
}

tasks(import.meta.url, { putAndDie, wakeAndDie, hearAndDie, comeLast, joinThenSet, takeAndDie, putOrDie, getOrDie });
