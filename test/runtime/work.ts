/** What the threads of these tests run. A module of its own, because a thread loads the module of its target. */
import {
  AbandonedLockError,
  activeCount,
  attach,
  type Barrier,
  BrokenBarrierError,
  currentThread,
  type Event,
  enumerate,
  getIdent,
  Lock,
  mainThread,
  type Queue,
  RawArray,
  RawValue,
  SharedArray,
  type SharedContent,
  type SharedList,
  type SharedMap,
  SharedValue,
  ShutDown,
  sleep,
  Thread,
  ThreadLocal,
  tasks,
} from "heddle";

export const namedLock = new Lock({ name: "test:lock" });
export const namedTotal = new SharedValue("i32", 0, { name: "test:total" });
export const namedNumbers = new SharedArray("i32", [1, 2, 3], { name: "test:numbers" });

export function nothing(): void {}

export function setEvent(event: Event): void {
  event.set();
}

export function nameAndArguments(results: Queue<string>, ...args: unknown[]): void {
  results.put([currentThread().name, ...args].join(" "));
}

/** The names of all threads as this one sees them. */
export function listThreads(results: Queue<string[]>): void {
  results.put(enumerate().map((thread) => thread.name));
  results.put([String(activeCount())]);
}

export function add(total: SharedValue<"i32">, lock: Lock, times: number): void {
  for (let i = 0; i < times; i++) {
    lock.acquire();
    total.value += 1;
    lock.release();
  }
}

export function addAtOnce(total: SharedValue<"i32">, times: number): void {
  for (let i = 0; i < times; i++) total.add(1);
}

export function addNamed(times: number): void {
  for (let i = 0; i < times; i++) {
    namedLock.withLock(() => {
      namedTotal.value += 1;
    });
  }
  namedNumbers[0] = 42;
}

export async function addAsync(total: SharedValue<"i32">, lock: Lock, times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    await lock.withLockAsync(() => {
      total.value += 1;
    });
  }
}

export function releaseIt(lock: Lock): void {
  lock.release();
}

/** Holds the lock until told to let go. */
export function holdUntil(lock: Lock, held: Event, letGo: Event): void {
  lock.withLock(() => {
    held.set();
    letGo.wait();
  });
}

/** Ends while it holds the lock. `how` says by what. */
export function dieHolding(lock: Lock, held: Event, how: "return" | "throw" | "exit" | "wait"): void {
  lock.acquire();
  held.set();
  if (how === "throw") throw new Error("dies on purpose");
  if (how === "exit") process.exit(0);
  if (how === "wait") sleep(60_000);
}

export function waitFor(event: Event, ready: Barrier, results: Queue<boolean>): void {
  ready.wait();
  results.put(event.wait({ timeout: 10_000 }));
}

export function passBarrier(barrier: Barrier, results: Queue<number | string>, timeout?: number): void {
  try {
    results.put(barrier.wait(timeout === undefined ? undefined : { timeout }));
  } catch (error) {
    results.put(error instanceof BrokenBarrierError ? "broken" : String(error));
  }
}

export function waitForever(barrier: Barrier): void {
  barrier.wait();
}

/** Starts a thread that waits at the barrier, and ends with it: Node ends workers with the one that started them. */
export function startWaiterAndExit(barrier: Barrier): void {
  const others = barrier.waiting;
  new Thread({ target: waitForever, args: [barrier], daemon: true }).start();
  while (barrier.waiting === others);
}

export function fail(message: string): never {
  throw new RangeError(message);
}

export function countAction(): void {
  namedTotal.add(1);
}

export interface Report {
  readonly name: string;
  readonly ident: number;
  readonly isCurrent: boolean;
  readonly mainName: string;
  readonly daemonOfChild: boolean;
}

export function report(results: Queue<Report>): void {
  const thread = currentThread();
  results.put({
    name: thread.name,
    ident: getIdent(),
    isCurrent: thread.ident === getIdent(),
    mainName: mainThread().name,
    daemonOfChild: new Thread({ target: nothing }).daemon,
  });
}

export class Counter extends Thread {
  readonly total: SharedValue<"i32">;
  private readonly amount: number;

  constructor(total: SharedValue<"i32">, amount: number) {
    super({ name: "counter" });
    this.total = total;
    this.amount = amount;
    total.add(1000); // visible if the constructor ran again in the thread
  }

  override run(): void {
    if (currentThread() === this && this.name === "counter") this.total.add(this.amount);
  }
}

/** Not registered with tasks. */
export class Unregistered extends Thread {}

/** Joins a thread that it starts itself. */
export function nested(total: SharedValue<"i32">): void {
  const child = new Thread({ target: addAtOnce, args: [total, 5] });
  child.start();
  child.join();
  total.add(child.isAlive() ? 100 : 1);
}

export function startAndLeave(total: SharedValue<"i32">, gate: Event): void {
  new Thread({ target: addAfter, args: [total, gate], daemon: false }).start();
}

export function addAfter(total: SharedValue<"i32">, gate: Event): void {
  gate.wait({ timeout: 10_000 });
  total.add(1);
}

export async function addLater(total: SharedValue<"i32">): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 5));
  total.add(1);
}

/** Passes items on, up to and including `last`. */
export function echo(from: Queue<unknown>, to: Queue<unknown>, last: unknown = null): void {
  for (;;) {
    const item = from.get();
    to.put(item);
    if (item === last) return;
  }
}

export function putUntilShutDown(queue: Queue<number>, outcomes: Queue<string>): void {
  endsWithShutDown(() => queue.put(1), outcomes);
}

export function getUntilShutDown(queue: Queue<number>, outcomes: Queue<string>): void {
  endsWithShutDown(() => queue.get(), outcomes);
}

function endsWithShutDown(step: () => unknown, outcomes: Queue<string>): void {
  try {
    for (;;) step();
  } catch (error) {
    outcomes.put(error instanceof ShutDown ? "shut down" : String(error));
  }
}

/** Puts the numbers from 0, with `id` in a pair if it is given. */
export function putAll(queue: Queue<number> | Queue<[number, number]>, count: number, id?: number): void {
  for (let i = 0; i < count; i++) (queue as Queue<unknown>).put(id === undefined ? i : [id, i]);
}

export function takeOneThenExit(queue: Queue<number>, taken: Event): void {
  queue.get();
  taken.set();
  process.exit(0);
}

/** Exits while a put of its own waits for room. */
export function fillThenExit(queue: Queue<number>): void {
  queue.put(0);
  queue.put(1);
  void queue.putAsync(2);
  process.exit(0);
}

/** Puts what it can say about a pair of shared objects that travelled together. */
export function inspectTravellers(
  box: { lock: Lock; again: [Lock]; map: Map<string, SharedArray<"i32">> },
  results: Queue<unknown>,
): void {
  const array = box.map.get("numbers");
  if (array !== undefined) array[0] = (array[0] ?? 0) + 1;
  results.put({
    sameLock: box.lock === box.again[0],
    isLock: box.lock instanceof Lock,
    locked: box.lock.locked(),
    isArray: array instanceof SharedArray,
    box,
  });
}

export class Point {
  readonly x: number;
  readonly y: number;

  constructor(x: number, y: number) {
    this.x = x;
    this.y = y;
  }

  length(): number {
    return Math.hypot(this.x, this.y);
  }
}

export class CustomError extends Error {
  readonly detail = { at: 7 };
}

export function throwCustom(): never {
  throw new CustomError("custom");
}

export function square(n: number): number {
  return n * n;
}

export async function squareAsync(n: number): Promise<number> {
  await new Promise(setImmediate);
  return n * n;
}

export function failOdd(seen: SharedValue<"i32">, n: number): number {
  seen.add(1);
  if (n % 2 === 1) throw new RangeError(`odd ${n}`);
  return n;
}

/** The items of map are single arguments. */
export function failOddPair([seen, n]: [SharedValue<"i32">, number]): number {
  return failOdd(seen, n);
}

export function hypot(x: number, y: number): number {
  return Math.hypot(x, y);
}

export function identOf(_item: unknown): number {
  return getIdent();
}

export function echoed(value: unknown): unknown {
  return value;
}

/** The number, when the event is set. */
export function waitForTurn([turn, n]: readonly [Event | undefined, number]): number {
  turn?.wait({ timeout: 10_000 });
  return n;
}

export function unsendableOdd(n: number): unknown {
  return n % 2 === 1 ? () => n : n;
}

/** Counts up an element and a key under the containers' locks, and adds one element and one key of its own per turn. */
export function fillContainers(
  list: SharedList<number>,
  map: SharedMap<string, number>,
  id: number,
  times: number,
): void {
  for (let i = 0; i < times; i++) {
    list.getLock().withLock(() => list.set(0, list.get(0) + 1));
    map.getLock().withLock(() => map.set("total", (map.get("total") ?? 0) + 1));
    list.push(id * times + i);
    map.set(`${id}:${i}`, i);
    if (i % 3 === 0) map.delete(`${id}:${i}`);
  }
}

/** Changes containers over and over until it is ended from outside: whatever it is in the middle of then. */
export function churnContainers(list: SharedList<unknown>, map: SharedMap<number, unknown>, begun: Event): void {
  const inside = new Lock();
  for (let i = 0; ; i++) {
    list.push(i, [inside]);
    if (i % 2 === 0) list.splice(1, 3);
    if (i % 5 === 0) list.reverse();
    map.set(i % 50, { i, inside });
    map.delete((i * 7) % 50);
    if (i % 100 === 99) map.clear();
    if (i % 100 === 99) list.clear();
    if (i === 500) begun.set();
  }
}

export function attachAndAdd(handle: SharedContent): number {
  const { total } = attach<{ total: SharedValue<"i32"> }>(handle);
  return total.add(5);
}

let prepared = 0;

/** A pool's initializer. */
export function prepare(start: number, count: SharedValue<"i32">): void {
  prepared += start;
  count.add(1);
}

export function preparedValue(): number {
  return prepared;
}

export function loopForEver(begun: Event): never {
  begun.set();
  for (;;);
}

export function exhaustHeap(): number {
  const kept: unknown[] = [];
  for (;;) kept.push(new Array(1000).fill(kept.length));
}

export function exitWorker(): void {
  process.exit(0);
}

export function crashWorkerLater(): Promise<never> {
  setImmediate(() => {
    throw new Error("outside of any task");
  });
  return new Promise(() => {});
}

export function waitForEvent(event: Event): string {
  return event.wait({ timeout: 10_000 }) ? "set" : "timeout";
}

/** Uses everything over and over until it is ended from outside: whatever it is in the middle of then. */
export function churn(lock: Lock, queue: Queue<number>, total: SharedValue<"i32">, begun: Event): void {
  for (let i = 0; ; i++) {
    try {
      lock.acquire();
    } catch (error) {
      if (!(error instanceof AbandonedLockError)) throw error;
    }
    total.value += 1;
    lock.release();
    if (i % 2 === 0) queue.put(i);
    else queue.get();
    new Lock().close();
    if (i === 10) begun.set();
  }
}

export function unsendable(): () => void {
  return () => {};
}

export function point(x: number, y: number): Point {
  return new Point(x, y);
}

export function setRaw(box: { value: RawValue<"i32">; inside: [RawArray<"f64">] }): void {
  if (box.value instanceof RawValue && box.inside[0] instanceof RawArray) box.value.value = 7;
  box.inside[0][0] = 1.5;
}

const local = new ThreadLocal<string>();
const identOfReader = new ThreadLocal(() => {
  namedTotal.add(1);
  return getIdent();
});

/** Whether the value that this thread made is its own, both times it asks. */
export function readLocal(results: Queue<boolean>): void {
  results.put(identOfReader.value === getIdent() && identOfReader.value === getIdent());
}

export function useLocal(name: string, met: Barrier, results: Queue<string>): void {
  if (local.has()) results.put("had a value before");
  local.value = name;
  met.wait({ timeout: 10_000 }); // both have set theirs
  results.put(local.value);
}

tasks(import.meta.url, {
  add,
  addAfter,
  addAsync,
  addAtOnce,
  addLater,
  addNamed,
  attachAndAdd,
  churn,
  churnContainers,
  Counter,
  countAction,
  crashWorkerLater,
  CustomError,
  dieHolding,
  echo,
  echoed,
  exhaustHeap,
  exitWorker,
  fail,
  failOdd,
  failOddPair,
  fillContainers,
  fillThenExit,
  listThreads,
  nameAndArguments,
  setEvent,
  getUntilShutDown,
  holdUntil,
  hypot,
  identOf,
  inspectTravellers,
  loopForEver,
  nested,
  nothing,
  passBarrier,
  Point,
  point,
  prepare,
  preparedValue,
  putAll,
  readLocal,
  putUntilShutDown,
  releaseIt,
  report,
  setRaw,
  square,
  squareAsync,
  startWaiterAndExit,
  startAndLeave,
  takeOneThenExit,
  throwCustom,
  unsendable,
  unsendableOdd,
  useLocal,
  waitFor,
  waitForEvent,
  waitForever,
  waitForTurn,
});
