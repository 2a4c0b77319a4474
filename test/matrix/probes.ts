/**
 * What the matrix asks of each host: every primitive, between two threads, by its blocking and by its async form. One
 * file and erasable syntax, for all loaders.
 */
import {
  AbandonedLockError,
  attach,
  Barrier,
  BoundedSemaphore,
  Condition,
  currentThread,
  Event,
  LifoQueue,
  Lock,
  lockAll,
  lockAllAsync,
  main,
  once,
  onceAsync,
  Pool,
  PriorityQueue,
  Queue,
  RawArray,
  RawValue,
  RLock,
  RWLock,
  Semaphore,
  SharedArray,
  SharedList,
  SharedMap,
  SharedValue,
  SimpleQueue,
  share,
  synchronized,
  TaskLocal,
  Thread,
  ThreadLocal,
  Timer,
  tasks,
  WorkerDiedError,
} from "heddle";

/** What a browser has and Node.js has not, and the other way round. */
interface Scope {
  readonly location?: { readonly search: string };
  readonly process?: typeof process;
  close(): void;
}

const scope = globalThis as unknown as Scope;
const PATIENCE = { timeout: 10_000 };
const TIMES = 500;

interface Guard {
  acquire(): unknown;
  release(): unknown;
}

export function countUnder(guard: Guard, value: RawValue<"i32">): void {
  for (let i = 0; i < TIMES; i++) {
    guard.acquire();
    value.value += 1;
    guard.release();
  }
}

export function countWriting(lock: RWLock, value: RawValue<"i32">): void {
  countUnder(lock.writeLock, value);
}

export function waitOn(event: Event, answer: Event): void {
  if (event.wait(PATIENCE)) answer.set();
}

export function meet(barrier: Barrier): void {
  barrier.wait(PATIENCE);
}

export function passOn(from: Queue<unknown>, to: Queue<unknown>): void {
  to.put(from.get(PATIENCE));
}

export function notifyOne(condition: Condition, flag: SharedValue<"bool">): void {
  condition.acquire();
  flag.value = true;
  condition.notify();
  condition.release();
}

export function fill(value: SharedValue<"i32">, array: Int32Array, list?: SharedList<string>): void {
  value.value = 7;
  array[1] = 8;
  list?.push("from the thread");
}

export function countIn(map: SharedMap<string, number>): void {
  map.set("thread", (map.get("main") ?? 0) + 1);
}

const local = new ThreadLocal<string>();

export function ownValue(result: SimpleQueue<boolean>): void {
  result.put(local.has());
}

export async function dieHolding(lock: Lock): Promise<void> {
  lock.acquire();
  await exit();
}

export function square(n: number): number {
  return n * n;
}

/** Ends the thread in the middle of what it does. In a browser that happens when it next returns to its event loop. */
export function exit(): Promise<never> {
  if (scope.process !== undefined) scope.process.exit(0);
  scope.close();
  return new Promise(() => {});
}

export function attached(handle: { heddle: ReturnType<typeof share>["heddle"] }): void {
  attach<SharedValue<"i32">>(handle).add(5);
}

/** Makes an array after this thread has started, where the other side could not know it before. */
export function makeArray(to: SimpleQueue<SharedArray<"i32">>, seen: Event): void {
  to.put(new SharedArray("i32", [5]));
  seen.wait(PATIENCE);
}

export class Worker extends Thread {
  result: SimpleQueue<string>;

  constructor(result: SimpleQueue<string>) {
    super({ name: "worker" });
    this.result = result;
  }

  override run(): void {
    this.result.put(currentThread().name);
  }
}

tasks(import.meta.url, {
  answer,
  attached,
  countIn,
  countUnder,
  countWriting,
  dieHolding,
  exit,
  fill,
  makeArray,
  meet,
  notifyOne,
  ownValue,
  passOn,
  square,
  waitOn,
  Worker,
});

function check(holds: boolean): void {
  if (!holds) throw new Error("gave something else");
}

/** Runs the function in a thread, and `meanwhile` here. */
function beside<A extends readonly unknown[]>(target: (...args: A) => unknown, args: A, meanwhile?: () => void): void {
  const thread = new Thread({ target, args });
  thread.start();
  meanwhile?.();
  thread.join(PATIENCE);
  if (thread.isAlive()) throw new Error("the thread does not end");
}

function counts(guard: Guard): void {
  const value = new RawValue("i32");
  beside(countUnder, [guard, value], () => countUnder(guard, value));
  check(value.value === 2 * TIMES);
}

function passes(from: Queue<unknown>, to: Queue<unknown>): void {
  beside(passOn, [from, to], () => {
    from.put([1, { deep: "item" }]);
    check(JSON.stringify(to.get(PATIENCE)) === '[1,{"deep":"item"}]');
  });
}

const probes: Readonly<Record<string, () => unknown>> = {
  Thread() {
    const result = new SimpleQueue<string>();
    const worker = new Worker(result);
    worker.start();
    check(result.get(PATIENCE) === "worker");
    worker.join(PATIENCE);
  },
  Timer() {
    const [go, answer] = [new Event(), new Event()];
    go.set();
    const timer = new Timer(1, waitOn, [go, answer]);
    timer.start();
    check(answer.wait(PATIENCE));
    timer.join(PATIENCE);
  },
  Lock: () => counts(new Lock()),
  RLock: () => counts(new RLock()),
  Semaphore: () => counts(new Semaphore(1)),
  BoundedSemaphore: () => counts(new BoundedSemaphore(1)),
  RWLock() {
    const [lock, value] = [new RWLock(), new RawValue("i32")];
    beside(countWriting, [lock, value], () => countWriting(lock, value));
    check(value.value === 2 * TIMES);
  },
  Condition() {
    const condition = new Condition();
    const flag = new SharedValue("bool");
    condition.acquire();
    beside(notifyOne, [condition, flag], () => {
      check(condition.waitFor(() => flag.value, PATIENCE) === true);
      condition.release();
    });
  },
  Event() {
    const [event, answer] = [new Event(), new Event()];
    beside(waitOn, [event, answer], () => event.set());
    check(answer.isSet());
  },
  Barrier() {
    const barrier = new Barrier(2);
    beside(meet, [barrier], () => barrier.wait(PATIENCE));
  },
  lockAll() {
    const locks = [new Lock(), new Lock()];
    lockAll(locks)[Symbol.dispose]();
    check(!locks.some((lock) => lock.locked()));
  },
  once: () => check(once("matrix:once", () => 5) === 5),
  synchronized: () => check(synchronized(new Lock())((n: number) => n + 1)(1) === 2),
  Queue: () => passes(new Queue(1), new Queue(1)),
  LifoQueue: () => passes(new LifoQueue(1), new LifoQueue(1)),
  PriorityQueue: () => passes(new PriorityQueue() as Queue<unknown>, new PriorityQueue() as Queue<unknown>),
  SimpleQueue: () =>
    passes(new SimpleQueue() as unknown as Queue<unknown>, new SimpleQueue() as unknown as Queue<unknown>),
  "SharedValue, SharedArray, SharedList"() {
    const [value, array, list] = [new SharedValue("i32"), new SharedArray("i32", 2), new SharedList<string>()];
    beside(fill, [value, array as unknown as Int32Array, list]);
    check(value.value === 7 && array[1] === 8 && list.at(0) === "from the thread");
  },
  "RawValue, RawArray"() {
    const [value, array] = [new RawValue("i32"), new RawArray("i32", 2)];
    beside(fill, [value as unknown as SharedValue<"i32">, array as unknown as Int32Array]);
    check(value.value === 7 && array[1] === 8);
  },
  "a SharedArray made later"() {
    const [arrays, seen] = [new SimpleQueue<SharedArray<"i32">>(), new Event()];
    beside(makeArray, [arrays, seen], () => {
      try {
        check(arrays.get(PATIENCE)[0] === 5);
      } finally {
        seen.set();
      }
    });
  },
  SharedMap() {
    const map = new SharedMap<string, number>([["main", 1]]);
    beside(countIn, [map]);
    check(map.get("thread") === 2);
  },
  ThreadLocal() {
    const result = new SimpleQueue<boolean>();
    local.value = "main's";
    beside(ownValue, [result]);
    check(result.get(PATIENCE) === false && local.value === "main's");
  },
  async TaskLocal() {
    const task = new TaskLocal<number>();
    const later = async (): Promise<number> => {
      await Promise.resolve();
      return task.value;
    };
    check((await task.run(3, later)) === 3);
  },
  "share, attach"() {
    const value = new SharedValue("i32", 1);
    beside(attached, [{ heddle: share(value).heddle }]);
    check(value.value === 6);
  },
  Pool() {
    const pool = new Pool(2); // without `using`, which Node 22 does not read
    try {
      check(pool.map(square, [1, 2, 3]).join() === "1,4,9");
      check([...pool.imap(square, [5])].join() === "25");
    } finally {
      pool.terminate();
    }
  },
  AbandonedLockError() {
    const lock = new Lock();
    beside(dieHolding, [lock]);
    try {
      lock.acquire(PATIENCE);
    } catch (error) {
      check(error instanceof AbandonedLockError);
      return;
    }
    throw new Error("nobody told");
  },
  WorkerDiedError() {
    const pool = new Pool(1);
    try {
      pool.applyAsync(exit).get(PATIENCE);
    } catch (error) {
      if (error instanceof WorkerDiedError) return;
      throw error;
    } finally {
      pool.terminate();
    }
    throw new Error("nobody told");
  },
};

/** `beside` without blocking. */
async function besideAsync<A extends readonly unknown[]>(
  target: (...args: A) => unknown,
  args: A,
  meanwhile?: () => Promise<void>,
): Promise<void> {
  const thread = new Thread({ target, args });
  thread.start();
  await meanwhile?.();
  await thread.joinAsync(PATIENCE);
  if (thread.isAlive()) throw new Error("the thread does not end");
}

interface AsyncGuard extends Guard {
  acquireAsync(): Promise<unknown>;
}

async function countUnderAsync(guard: AsyncGuard, value: RawValue<"i32">): Promise<void> {
  for (let i = 0; i < TIMES; i++) {
    await guard.acquireAsync();
    value.value += 1;
    guard.release();
  }
}

async function countsAsync(guard: AsyncGuard): Promise<void> {
  const value = new RawValue("i32");
  await besideAsync(countUnder, [guard, value], () => countUnderAsync(guard, value));
  check(value.value === 2 * TIMES);
}

async function passesAsync(from: Queue<unknown>, to: Queue<unknown>): Promise<void> {
  await besideAsync(passOn, [from, to], async () => {
    await from.putAsync([1, { deep: "item" }]);
    check(JSON.stringify(await to.getAsync(PATIENCE)) === '[1,{"deep":"item"}]');
  });
}

const asyncProbes: Readonly<Record<string, () => Promise<unknown>>> = {
  async Thread() {
    const result = new SimpleQueue<string>();
    const worker = new Worker(result);
    worker.start();
    check((await result.getAsync(PATIENCE)) === "worker");
    await worker.joinAsync(PATIENCE);
  },
  async Timer() {
    const [go, answer] = [new Event(), new Event()];
    go.set();
    const timer = new Timer(1, waitOn, [go, answer]);
    timer.start();
    check(await answer.waitAsync(PATIENCE));
    await timer.joinAsync(PATIENCE);
  },
  Lock: () => countsAsync(new Lock()),
  RLock: () => countsAsync(new RLock()),
  async "RLock.withLockAsync"() {
    const lock = new RLock();
    check((await lock.withLockAsync(() => lock.withLockAsync(() => 3))) === 3);
  },
  Semaphore: () => countsAsync(new Semaphore(1)),
  BoundedSemaphore: () => countsAsync(new BoundedSemaphore(1)),
  async RWLock() {
    const [lock, value] = [new RWLock(), new RawValue("i32")];
    await besideAsync(countWriting, [lock, value], () => countUnderAsync(lock.writeLock, value));
    check(value.value === 2 * TIMES);
  },
  async Condition() {
    const condition = new Condition();
    const flag = new SharedValue("bool");
    await condition.acquireAsync();
    await besideAsync(notifyOne, [condition, flag], async () => {
      check((await condition.waitForAsync(() => flag.value, PATIENCE)) === true);
      condition.release();
    });
  },
  async Event() {
    const [event, answer] = [new Event(), new Event()];
    await besideAsync(waitOn, [event, answer], async () => event.set());
    check(await answer.waitAsync(PATIENCE));
  },
  async Barrier() {
    const barrier = new Barrier(2);
    await besideAsync(meet, [barrier], async () => void (await barrier.waitAsync(PATIENCE)));
  },
  async lockAll() {
    const locks = [new Lock(), new Lock()];
    (await lockAllAsync(locks))[Symbol.dispose]();
    check(!locks.some((lock) => lock.locked()));
  },
  async once() {
    check((await onceAsync("matrix:onceAsync", async () => 5)) === 5);
  },
  Queue: () => passesAsync(new Queue(1), new Queue(1)),
  LifoQueue: () => passesAsync(new LifoQueue(1), new LifoQueue(1)),
  PriorityQueue: () => passesAsync(new PriorityQueue() as Queue<unknown>, new PriorityQueue() as Queue<unknown>),
  SimpleQueue: () =>
    passesAsync(new SimpleQueue() as unknown as Queue<unknown>, new SimpleQueue() as unknown as Queue<unknown>),
  async "SharedValue, SharedArray, SharedList"() {
    const [value, array, list] = [new SharedValue("i32"), new SharedArray("i32", 2), new SharedList<string>()];
    await besideAsync(fill, [value, array as unknown as Int32Array, list]);
    check(value.value === 7 && array[1] === 8 && list.at(0) === "from the thread");
  },
  async "RawValue, RawArray"() {
    const [value, array] = [new RawValue("i32"), new RawArray("i32", 2)];
    await besideAsync(fill, [value as unknown as SharedValue<"i32">, array as unknown as Int32Array]);
    check(value.value === 7 && array[1] === 8);
  },
  async "a SharedArray made later"() {
    const [arrays, seen] = [new SimpleQueue<SharedArray<"i32">>(), new Event()];
    await besideAsync(makeArray, [arrays, seen], async () => {
      check((await arrays.getAsync(PATIENCE))[0] === 5);
      seen.set();
    });
  },
  async SharedMap() {
    const map = new SharedMap<string, number>([["main", 1]]);
    await besideAsync(countIn, [map]);
    check(map.get("thread") === 2);
  },
  async ThreadLocal() {
    const result = new SimpleQueue<boolean>();
    local.value = "main's";
    await besideAsync(ownValue, [result]);
    check((await result.getAsync(PATIENCE)) === false && local.value === "main's");
  },
  async TaskLocal() {
    const task = new TaskLocal<number>();
    const later = async (): Promise<number> => {
      await Promise.resolve();
      return task.value;
    };
    check((await task.run(3, later)) === 3);
  },
  async "share, attach"() {
    const value = new SharedValue("i32", 1);
    await besideAsync(attached, [{ heddle: share(value).heddle }]);
    check(value.value === 6);
  },
  async Pool() {
    const pool = new Pool(2);
    try {
      check((await pool.applyAsync(square, [4])) === 16);
      check((await pool.mapAsync(square, [1, 2, 3])).join() === "1,4,9");
      check((await pool.imap(square, [5]).nextAsync()).value === 25);
    } finally {
      pool.terminate();
    }
    await pool.joinAsync();
  },
  async AbandonedLockError() {
    const lock = new Lock();
    await besideAsync(dieHolding, [lock]);
    try {
      await lock.acquireAsync(PATIENCE);
    } catch (error) {
      check(error instanceof AbandonedLockError);
      return;
    }
    throw new Error("nobody told");
  },
  async WorkerDiedError() {
    const pool = new Pool(1);
    try {
      await pool.applyAsync(exit);
    } catch (error) {
      if (error instanceof WorkerDiedError) return;
      throw error;
    } finally {
      pool.terminate();
    }
    throw new Error("nobody told");
  },
};

/** What is said about each probe, one line of JSON after the other. */
type Say = (line: { readonly begun?: string; readonly probe?: string; readonly result?: string }) => void;

async function ask(skipped: readonly string[], say: Say): Promise<void> {
  const all: [string, () => unknown][] = [
    ...Object.entries(asyncProbes).map(([name, probe]): [string, () => unknown] => [`${name}, async`, probe]),
    // Last, because where the program may not block their threads go on without it.
    ...Object.entries(probes),
  ];
  for (const [name, probe] of all) {
    if (skipped.includes(name)) continue;
    say({ begun: name });
    try {
      await probe();
      say({ probe: name, result: "ok" });
    } catch (error) {
      say({ probe: name, result: `${(error as Error).name}: ${(error as Error).message}` });
    }
  }
}

/** All of it in a thread, where blocking is allowed wherever the program runs. */
export async function answer(skipped: readonly string[], said: SimpleQueue<string>): Promise<void> {
  await ask(skipped, (line) => said.put(JSON.stringify(line)));
  said.put("");
}

async function inThread(skipped: readonly string[]): Promise<void> {
  const said = new SimpleQueue<string>();
  new Thread({ target: answer, args: [skipped, said], daemon: true }).start();
  for (let line = await said.getAsync(); line !== ""; line = await said.getAsync()) console.log(line);
}

main(import.meta.url, async () => {
  const options = new URLSearchParams(scope.location?.search);
  const skipped = (scope.process?.env.HEDDLE_MATRIX_SKIP ?? options.get("skip") ?? "").split(";");
  if (options.has("thread")) await inThread(skipped);
  else await ask(skipped, (line) => console.log(JSON.stringify(line)));
  console.log("{}");
  scope.process?.exit(0);
});
