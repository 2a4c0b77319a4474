/** What the threads of the tests of locks run. */
import {
  AbandonedLockError,
  type Condition,
  type Event,
  type Lock,
  type Lockable,
  lockAll,
  once,
  type Queue,
  type RLock,
  type RWLock,
  type Semaphore,
  SharedValue,
  StateError,
  sleep,
  synchronized,
  tasks,
} from "heddle";

const WAIT = { timeout: 30_000 };

/** Which lock of an RWLock, since the sides do not travel without it. */
export type Side = "readLock" | "writeLock";

/** Holds a lock until told to let go. */
export function hold(lock: Lockable | Condition, held: Event, letGo: Event): void {
  lock.withLock(() => {
    held.set();
    letGo.wait(WAIT);
  });
}

export function holdSide(lock: RWLock, side: Side, held: Event, letGo: Event): void {
  hold(lock[side], held, letGo);
}

/** Ends while it holds the lock; `how` says by what. */
export function dieWith(lock: RLock, held: Event, how: "return" | "throw" | "exit"): void {
  lock.acquire();
  lock.acquire();
  held.set();
  end(how);
}

export function dieWithSide(lock: RWLock, side: Side, held: Event, how: "return" | "throw" | "exit"): void {
  lock[side].acquire();
  held.set();
  end(how);
}

export function dieWithPermit(semaphore: Semaphore, how: "return" | "throw" | "exit"): void {
  semaphore.acquire();
  end(how);
}

function end(how: "return" | "throw" | "exit"): void {
  if (how === "throw") throw new Error("dies on purpose");
  if (how === "exit") process.exit(0);
}

/** Whether the lock can be had at once; gives it back. */
export function tryIt(lock: Lockable | Semaphore, results: Queue<boolean>): void {
  const taken = lock.tryAcquire();
  if (taken) lock.release();
  results.put(taken);
}

/** What a release by this thread, which does not hold the lock, throws. */
export function releaseForeign(lock: Lockable, results: Queue<string>): void {
  try {
    lock.release();
    results.put("released");
  } catch (error) {
    results.put(error instanceof StateError ? "StateError" : String(error));
  }
}

export function releaseForeignSide(lock: RWLock, side: Side, results: Queue<string>): void {
  releaseForeign(lock[side], results);
}

export function addWithPermit(semaphore: Semaphore, total: SharedValue<"i32">, times: number): void {
  for (let i = 0; i < times; i++) {
    semaphore.acquire();
    total.value += 1;
    semaphore.release();
  }
}

export function addUnder(lock: Lockable | Condition, total: SharedValue<"i32">, times: number): void {
  for (let i = 0; i < times; i++) {
    lock.withLock(() => {
      total.value += 1;
    });
  }
}

/** Takes the lock at two depths. */
export function addTwice(lock: RLock, total: SharedValue<"i32">, times: number): void {
  for (let i = 0; i < times; i++)
    addUnder(
      lock,
      total,
      lock.withLock(() => 1),
    );
}

/** Adds to both halves as a writer. */
export function write(lock: RWLock, halves: [SharedValue<"i32">, SharedValue<"i32">], times: number): void {
  for (let i = 0; i < times; i++) {
    lock.writeLock.withLock(() => {
      halves[0].value += 1;
      halves[1].value += 1;
    });
  }
}

/** Counts how often the halves differ, or fewer were read than should be possible. */
export function read(
  lock: RWLock,
  halves: [SharedValue<"i32">, SharedValue<"i32">],
  times: number,
  torn: SharedValue<"i32">,
): void {
  for (let i = 0; i < times; i++) {
    lock.readLock.withLock(() => {
      if (halves[0].value !== halves[1].value) torn.add(1);
    });
  }
}

/** Holds the lock while another reader does too; false if that cannot be. */
export function meetReading(lock: RWLock, inside: SharedValue<"i32">, both: Event): void {
  lock.readLock.withLock(() => {
    if (inside.add(1) === 1) both.set();
    both.wait(WAIT);
  });
}

export function writeSoon(lock: RWLock, order: Queue<string>): void {
  lock.writeLock.withLock(() => order.put("writer"));
}

export function readSoon(lock: RWLock, order: Queue<string>): void {
  lock.readLock.withLock(() => order.put("reader"));
}

/** Takes a permit and notes how many have one at the same time. */
export function useSemaphore(
  semaphore: Semaphore,
  inside: SharedValue<"i32">,
  most: SharedValue<"i32">,
  times: number,
): void {
  for (let i = 0; i < times; i++) {
    using _ = semaphore.hold();
    const now = inside.add(1) + 1;
    if (now > most.value) most.value = now;
    inside.add(-1);
  }
}

export function acquireForever(semaphore: Semaphore, done: Event): void {
  semaphore.acquire();
  done.set();
}

export function dieNotifying(condition: Condition): void {
  condition.acquire();
  condition.notify();
  process.exit(0);
}

/** Waits for the condition and tells how that ended. */
export function waitOn(condition: Condition, ready: Semaphore, results: Queue<string>, timeout?: number): void {
  condition.withLock(() => {
    ready.release();
    const notified = condition.wait(timeout === undefined ? undefined : { timeout });
    results.put(notified ? "notified" : "timeout");
  });
}

/** Takes the reentrant lock three times, and says how often it still could release after waiting. */
export function waitDeep(condition: Condition, ready: Semaphore, results: Queue<string>): void {
  for (let i = 0; i < 3; i++) condition.acquire();
  ready.release();
  condition.wait(WAIT);
  let depth = 0;
  try {
    for (; ; depth++) condition.release();
  } catch (error) {
    results.put(`${depth} ${error instanceof StateError}`);
  }
}

export function waitForNumber(
  condition: Condition,
  number: SharedValue<"i32">,
  wanted: number,
  results: Queue<number>,
): void {
  condition.withLock(() => {
    results.put(condition.waitFor(() => (number.value >= wanted ? number.value : 0), WAIT));
  });
}

/** Passes a turn to and fro: the thread whose number comes up adds one and tells the other. */
export function takeTurns(condition: Condition, turn: SharedValue<"i32">, mine: number, times: number): void {
  condition.withLock(() => {
    for (let i = 0; i < times; i++) {
      if (!condition.waitFor(() => turn.value % 2 === mine, WAIT)) throw new Error("the turn did not come");
      turn.value += 1;
      condition.notify();
    }
  });
}

/** Takes the locks of two accounts at once and moves money. */
export function transfer(
  from: Lock,
  to: Lock,
  balances: [SharedValue<"i32">, SharedValue<"i32">],
  times: number,
): void {
  for (let i = 0; i < times; i++) {
    using _ = lockAll([from, to]);
    balances[0].value -= 1;
    balances[1].value += 1;
  }
}

export const makes = new SharedValue("i32", 0, { name: "lock-work:makes" });

/** What all threads make once: a shared number and the maker's note. */
export function makeOnce(): { readonly number: SharedValue<"i32">; readonly note: string } {
  return once("lock-work:once", () => {
    makes.add(1);
    sleep(5);
    return { number: new SharedValue("i32", 7), note: "made" };
  });
}

export function useOnce(results: Queue<string>): void {
  const { number, note } = makeOnce();
  number.add(1);
  results.put(`${note} ${makeOnce().number === number}`);
}

export function dieMaking(begun: Event): void {
  once("lock-work:died", () => {
    begun.set();
    process.exit(0);
  });
}

const stock = new SharedValue("i32", 0, { name: "lock-work:stock" });

export const addToStock = synchronized("lock-work:stock-lock")((amount: number): number => {
  stock.value += amount;
  return stock.value;
});

export function addMuch(times: number): void {
  for (let i = 0; i < times; i++) addToStock(1);
}

/** Notes its number each time it gets the lock. */
export function noteTurns(lock: Lockable, turns: Queue<number>, number: number, times: number): void {
  for (let i = 0; i < times; i++) {
    lock.withLock(() => turns.put(number));
  }
}

/** Churns through all kinds of locks until it is ended from outside. */
export function churnLocks(
  rlock: RLock,
  rwlock: RWLock,
  condition: Condition,
  semaphore: Semaphore,
  begun: Event,
): void {
  for (let i = 0; ; i++) {
    for (const lock of [rlock, rwlock.readLock, rwlock.writeLock]) {
      insist(() => lock.acquire());
      lock.release();
    }
    insist(() => condition.acquire());
    try {
      condition.wait({ timeout: 0.2 });
    } catch (error) {
      if (!(error instanceof AbandonedLockError)) throw error;
    }
    condition.notify();
    condition.release();
    semaphore.acquire({ timeout: 0.2 });
    semaphore.release();
    if (i === 5) begun.set();
  }
}

function insist(acquire: () => unknown): void {
  try {
    acquire();
  } catch (error) {
    if (!(error instanceof AbandonedLockError)) throw error;
  }
}

tasks(import.meta.url, {
  acquireForever,
  addMuch,
  addTwice,
  addUnder,
  addWithPermit,
  churnLocks,
  dieMaking,
  dieNotifying,
  dieWith,
  dieWithPermit,
  dieWithSide,
  hold,
  holdSide,
  meetReading,
  noteTurns,
  read,
  readSoon,
  releaseForeign,
  releaseForeignSide,
  takeTurns,
  transfer,
  tryIt,
  useOnce,
  useSemaphore,
  waitDeep,
  waitForNumber,
  waitOn,
  write,
  writeSoon,
});
