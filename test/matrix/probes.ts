/** What the matrix asks of each host: every primitive, between two threads. One file and erasable syntax, for all loaders. */
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
  main,
  once,
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

export function dieHolding(lock: Lock): void {
  lock.acquire();
  process.exit(0);
}

export function square(n: number): number {
  return n * n;
}

export function exit(): void {
  process.exit(0);
}

export function attached(handle: { heddle: ReturnType<typeof share>["heddle"] }): void {
  attach<SharedValue<"i32">>(handle).add(5);
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
  attached,
  countIn,
  countUnder,
  countWriting,
  dieHolding,
  exit,
  fill,
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
  async "async forms"() {
    const [lock, queue, event] = [new Lock(), new Queue<number>(), new Event()];
    await lock.acquireAsync();
    const [again, item, set] = [lock.acquireAsync(PATIENCE), queue.getAsync(PATIENCE), event.waitAsync(PATIENCE)];
    lock.release();
    queue.put(4);
    event.set();
    check((await again) && (await item) === 4 && (await set));
  },
  async Pool() {
    const pool = new Pool(2); // without `using`, which Node 22 does not read
    try {
      check(pool.map(square, [1, 2, 3]).join() === "1,4,9");
      check((await pool.applyAsync(square, [4])) === 16);
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

main(import.meta.url, async () => {
  const skipped = new Set((process.env.HEDDLE_MATRIX_SKIP ?? "").split(";"));
  for (const [name, probe] of Object.entries(probes)) {
    if (skipped.has(name)) continue;
    console.log(JSON.stringify({ begun: name }));
    try {
      await probe();
      console.log(JSON.stringify({ probe: name, result: "ok" }));
    } catch (error) {
      console.log(JSON.stringify({ probe: name, result: `${(error as Error).name}: ${(error as Error).message}` }));
    }
  }
  process.exit(0);
});
