import assert from "node:assert/strict";
import {
  AbandonedLockError,
  Condition,
  Event,
  Lock,
  type Lockable,
  lockAll,
  Pool,
  RLock,
  RWLock,
  Semaphore,
  SharedValue,
  Thread,
} from "heddle";
import { addUnder, addWithPermit, churnLocks, transfer, write } from "../runtime/lock-work.js";
import { nothing } from "../runtime/work.js";
import { Random } from "../support/random.js";

const WAIT = { timeout: 60_000 };
/** The pool is ended on purpose, and so are its tasks. */
const errorCallback = (): void => {};

interface Tally {
  threads: number;
  additions: number;
  kills: number;
}

type Scene = (random: Random, tally: Tally) => void;

/**
 * Threads that count under all kinds of locks, threads that are killed in the middle of anything, and threads that only
 * start and stop. Every count must be exact, every lock be had again, and nothing hang.
 * @throws AssertionError with seed and round for the first that is not
 */
export function soakRuntimeLocks(rounds: number, seed: number): object {
  const random = new Random(seed);
  const tally: Tally = { threads: 0, additions: 0, kills: 0 };
  const scenes: readonly Scene[] = [count, countWithPermits, countAsWriters, moveMoney, kill, startAndStop];
  for (let round = 0; round < rounds; round++) {
    const scene = scenes[round % scenes.length] ?? count;
    try {
      scene(random, tally);
    } catch (error) {
      throw new Error(`seed ${seed}, round ${round}, ${scene.name}`, { cause: error });
    }
  }
  return { rounds, ...tally, rssMegabytes: Math.round(process.memoryUsage().rss / 1024 / 1024) };
}

function run(tally: Tally, threads: readonly Thread[]): void {
  tally.threads += threads.length;
  for (const thread of threads) thread.start();
  for (const thread of threads) {
    thread.join(WAIT);
    assert.equal(thread.isAlive(), false, `${thread.name} hangs`);
  }
}

/** As many threads as `make` is called. */
function some(random: Random, make: () => Thread): Thread[] {
  return Array.from({ length: 2 + random.below(3) }, make);
}

function count(random: Random, tally: Tally): void {
  const locks: readonly (() => Lockable | Condition)[] = [
    () => new Lock(),
    () => new Lock({ fair: true }),
    () => new RLock(),
    () => new RLock({ fair: true }),
    () => new Condition(),
    () => new Condition(new Lock()),
  ];
  using lock = (locks[random.below(locks.length)] as () => Lockable | Condition)();
  using total = new SharedValue("i32", 0);
  const times = 1 + random.below(3000);
  const threads = some(random, () => new Thread({ target: addUnder, args: [lock, total, times] }));
  run(tally, threads);
  assert.equal(total.value, threads.length * times);
  tally.additions += total.value;
}

function countWithPermits(random: Random, tally: Tally): void {
  using semaphore = new Semaphore(1);
  using total = new SharedValue("i32", 0);
  const times = 1 + random.below(3000);
  const threads = some(random, () => new Thread({ target: addWithPermit, args: [semaphore, total, times] }));
  run(tally, threads);
  assert.deepEqual([total.value, semaphore.value], [threads.length * times, 1]);
  tally.additions += total.value;
}

function countAsWriters(random: Random, tally: Tally): void {
  using lock = new RWLock();
  const halves: [SharedValue<"i32">, SharedValue<"i32">] = [new SharedValue("i32", 0), new SharedValue("i32", 0)];
  const times = 1 + random.below(2000);
  const threads = some(random, () => new Thread({ target: write, args: [lock, halves, times] }));
  run(tally, threads);
  for (const half of halves) assert.equal(half.value, threads.length * times);
  tally.additions += halves[0].value;
}

function moveMoney(random: Random, tally: Tally): void {
  const [a, b] = [new Lock(), new Lock({ fair: random.below(2) === 0 })];
  const money: [SharedValue<"i32">, SharedValue<"i32">] = [new SharedValue("i32", 0), new SharedValue("i32", 0)];
  const [there, back] = [random.below(2000), random.below(2000)];
  run(tally, [
    new Thread({ target: transfer, args: [a, b, money, there] }),
    new Thread({ target: transfer, args: [b, a, [money[1], money[0]], back] }),
  ]);
  lockAll([a, b])[Symbol.dispose]();
  assert.deepEqual([money[0].value, money[1].value], [back - there, there - back]);
  tally.additions += there + back;
}

function kill(random: Random, tally: Tally): void {
  using rlock = new RLock();
  using rwlock = new RWLock();
  using condition = new Condition(new Lock({ fair: random.below(2) === 0 }));
  using semaphore = new Semaphore(100);
  const pool = new Pool(2 + random.below(2));
  const begun = [new Event(), new Event()];
  for (const event of begun)
    pool.applyAsync(churnLocks, [rlock, rwlock, condition, semaphore, event], { errorCallback });
  for (const event of begun) assert.ok(event.wait(WAIT), "the workers hang");
  for (let i = random.below(200_000); i > 0; i--) semaphore.value;
  pool.terminate();
  pool.join();
  tally.kills += begun.length;
  for (const lock of [rlock, rwlock.readLock, rwlock.writeLock, condition]) {
    try {
      assert.ok(lock.acquire(WAIT), `${lock.constructor.name} is lost`);
    } catch (error) {
      if (!(error instanceof AbandonedLockError)) throw error;
    }
    lock.release();
  }
  assert.ok(semaphore.value >= 98, "a dead thread took more than the permit it had");
}

function startAndStop(_: Random, tally: Tally): void {
  run(
    tally,
    [false, true, false].map((daemon) => new Thread({ target: nothing, daemon })),
  );
}
