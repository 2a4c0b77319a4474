import { type Abort, throwIfAborted } from "./abort.js";
import { acquire, acquireAsync, tryAcquire } from "./acquire.js";
import { allocateCell, FIELDS, KIND, KINDS, MUTEX, words } from "./arena.js";
import { type Deadline, deadlineAfter, timeLeft } from "./deadline.js";
import { StateError } from "./errors.js";
import { notify, wait, waitAsync } from "./futex.js";
import { Lockable } from "./lockable.js";
import { give, isByTask, isTakenBy, type Outcome } from "./mutex.js";
import type { NameOptions } from "./names.js";
import { ownerOf } from "./owner.js";
import { hasReaders } from "./reader-slots.js";
import { changeReaders, freeSlots, ownSlot, readersOf, removeReader } from "./readers.js";
import { self } from "./self.js";
import { adopted, cellNamed, checkOpen, defineKind, holdCell, join, leaveCell } from "./shared.js";
import { TO_WRITE } from "./thread-cell.js";
import { recorder } from "./trace/hook.js";
import { waiting } from "./waiting.js";

/**
 * The cell's mutex is the writer's, who takes it first and then waits until the readers are gone; who comes meanwhile
 * stands behind it, so that readers cannot keep a writer out for ever. A reader enters beside the mutex when that is
 * free, and otherwise passes through it.
 */
const WRITER = FIELDS; // what the holder of the mutex is: NONE is a reader passing through
const LEFT = FIELDS + 1; // changes when a thread's last reader leaves; the writer sleeps on it

const NONE = 0;
const WAITS = 1;
const WRITES = 2;

/** Milliseconds that a reader may take to pass through the mutex, if it is not run for a while. */
const PASSING = 5;

/**
 * Many readers or one writer. A writer that waits goes before readers that come after it. A thread that reads may begin to
 * read again, however many writers wait; reading does not turn into writing or back. When a writer ends without releasing,
 * the next acquirer, reader or writer, gets the lock with an AbandonedLockError; a reader that ends just leaves.
 * @see Python has none.
 */
export class RWLock implements Disposable {
  #at: number;
  /** Held together with other readers. */
  readonly readLock: ReadLock;
  /** Held alone. */
  readonly writeLock: WriteLock;

  /** A new lock; with `name`, the program's lock of that name. */
  constructor(options?: NameOptions) {
    this.#at = adopted() || cellNamed(options, "RWLock", createRWLock);
    const side = { cell: () => this.#at, close: () => this.close() };
    this.readLock = new ReadLock(side);
    this.writeLock = new WriteLock(side);
    join(this, this.#at);
  }

  /** Gives up this object's share of the lock. The lock itself goes when nobody has it any more. */
  close(): void {
    this.#at = leaveCell(this);
  }

  /** `close()`, at the end of a block with `using`. */
  [Symbol.dispose](): void {
    this.close();
  }
}

/** What the two sides know of their lock. */
interface Whole {
  cell(): number;
  close(): void;
}

abstract class Side extends Lockable {
  readonly #whole: Whole;

  constructor(whole: Whole) {
    super();
    this.#whole = whole;
  }

  /** Closes the whole lock. */
  override close(): void {
    this.#whole.close();
  }

  protected override rank(): number {
    return this.cell();
  }

  protected cell(): number {
    const at = this.#whole.cell();
    checkOpen(at);
    return at;
  }
}

/**
 * Held by any number of readers, and by none while a writer has or awaits its turn.
 * @see Python has none.
 */
export class ReadLock extends Side {
  override release(): void {
    const at = this.cell();
    const slot = ownSlot(at);
    if (readersOf(slot) === 0) throw new StateError("release() of a read lock that this thread does not hold.");
    recorder?.releases(at);
    changeReaders(slot, -1);
    if (readersOf(slot) === 0) readerLeft(at);
  }

  /** Whether somebody reads at this moment. */
  override locked(): boolean {
    return hasReaders(this.cell());
  }

  protected override take(deadline: Deadline): Outcome {
    const at = this.cell();
    if (enterBeside(at, true)) return "taken";
    if (deadline === Number.POSITIVE_INFINITY && isTakenBy(at, self)) {
      throw new StateError("This thread holds the write lock, so waiting for its end could never end.");
    }
    return passThrough(at, acquire(at, deadline));
  }

  protected override tryTake(): Outcome {
    const at = this.cell();
    if (enterBeside(at, true)) return "taken";
    // Who only passes through is no reason to fail.
    const passes = Atomics.load(words, at + WRITER) === NONE;
    return passThrough(at, passes ? acquire(at, deadlineAfter(PASSING)) : tryAcquire(at));
  }

  protected override async takeAsync(timeout: number, signal: Abort | undefined): Promise<Outcome> {
    const at = this.cell();
    throwIfAborted(signal);
    if (enterBeside(at, false)) return "taken";
    const letGo = holdCell(at);
    try {
      return passThrough(at, await acquireAsync(at, timeout, signal));
    } finally {
      letGo();
    }
  }
}

/**
 * Held by one writer, while nobody reads.
 * @see Python has none.
 */
export class WriteLock extends Side {
  override release(): void {
    const at = this.cell();
    if (!isTakenBy(at, self) || Atomics.load(words, at + WRITER) !== WRITES) {
      throw new StateError("release() of a write lock that this thread does not hold.");
    }
    Atomics.store(words, at + WRITER, NONE);
    recorder?.releases(at);
    give(at);
  }

  /** Whether somebody writes at this moment. */
  override locked(): boolean {
    return Atomics.load(words, this.cell() + WRITER) === WRITES;
  }

  protected override take(deadline: Deadline): Outcome {
    const at = this.cell();
    checkUpgrade(at, deadline);
    const outcome = acquire(at, deadline, true, TO_WRITE);
    return outcome === "timeout" ? outcome : drained(at, outcome, () => waitForReaders(at, deadline));
  }

  protected override tryTake(): Outcome {
    const at = this.cell();
    const outcome = tryAcquire(at);
    return outcome === "timeout" ? outcome : drained(at, outcome, () => !hasReaders(at));
  }

  protected override async takeAsync(timeout: number, signal: Abort | undefined): Promise<Outcome> {
    const at = this.cell();
    const deadline = deadlineAfter(timeout);
    const letGo = holdCell(at);
    try {
      const outcome = await acquireAsync(at, timeout, signal);
      if (outcome === "timeout") return outcome;
      return await drainedAsync(at, outcome, deadline, signal);
    } finally {
      letGo();
    }
  }
}

/** A reader among readers. A thread that reads already may: a writer that waits, waits for it. */
function enterBeside(at: number, mayRepeat: boolean): boolean {
  const slot = ownSlot(at);
  const reads = readersOf(slot) > 0;
  if (!reads && Atomics.load(words, at + MUTEX) !== 0) return false;
  // Said before looking again: a writer either finds the reader or is found by it.
  changeReaders(slot, 1);
  if ((reads && mayRepeat) || Atomics.load(words, at + MUTEX) === 0) {
    recorder?.acquired(at, !mayRepeat, false);
    return true;
  }
  changeReaders(slot, -1);
  readerLeft(at);
  return false;
}

/** Becomes a reader while nobody can write. */
function passThrough(at: number, outcome: Outcome): Outcome {
  if (outcome === "timeout") return outcome;
  changeReaders(ownSlot(at), 1);
  give(at);
  return outcome;
}

/** The writer has the mutex, and the lock when `isClear` says so. */
function drained(at: number, outcome: Outcome, isClear: () => boolean): Outcome {
  let isOurs = false;
  Atomics.store(words, at + WRITER, WAITS);
  try {
    isOurs = isClear();
  } finally {
    settle(at, outcome, isOurs);
  }
  return isOurs ? outcome : "timeout";
}

async function drainedAsync(
  at: number,
  outcome: Outcome,
  deadline: Deadline,
  signal: Abort | undefined,
): Promise<Outcome> {
  let isOurs = false;
  Atomics.store(words, at + WRITER, WAITS);
  try {
    for (let mayWait = true; mayWait; ) {
      const seen = Atomics.load(words, at + LEFT);
      isOurs = !hasReaders(at);
      mayWait = !isOurs && (await waitAsync(at + LEFT, seen, timeLeft(deadline), signal));
    }
  } finally {
    settle(at, outcome, isOurs);
  }
  return isOurs ? outcome : "timeout";
}

function settle(at: number, outcome: Outcome, isOurs: boolean): void {
  Atomics.store(words, at + WRITER, isOurs ? WRITES : NONE);
  if (isOurs) return;
  recorder?.releases(at);
  give(at, outcome === "abandoned");
}

function waitForReaders(at: number, deadline: Deadline): boolean {
  if (!hasReaders(at)) return true;
  return waiting(at, deadline, () => {
    for (;;) {
      const seen = Atomics.load(words, at + LEFT);
      if (!hasReaders(at)) return true;
      if (!wait(at + LEFT, seen, timeLeft(deadline))) return !hasReaders(at);
    }
  });
}

/** A writer may wait for this reader's thread to leave. */
function readerLeft(at: number): void {
  if (ownerOf(at) === 0) return;
  Atomics.add(words, at + LEFT, 1);
  notify(at + LEFT);
}

function checkUpgrade(at: number, deadline: Deadline): void {
  if (deadline !== Number.POSITIVE_INFINITY) return;
  if (readersOf(ownSlot(at)) > 0) {
    throw new StateError("This thread holds the read lock, so waiting until nobody reads could never end.");
  }
  if (isTakenBy(at, self) && !isByTask(at)) {
    throw new StateError("This thread holds the write lock, so waiting for it again could never end.");
  }
}

function createRWLock(): number {
  const at = allocateCell();
  Atomics.store(words, at + KIND, KINDS.rwLock);
  return at;
}

defineKind("rwLock", "RWLock", () => new RWLock(), {
  destroy: freeSlots,
  threadEnded: (at, thread) => {
    if (removeReader(at, thread)) readerLeft(at);
    return true;
  },
  isAbandoned: (at) => Atomics.exchange(words, at + WRITER, NONE) === WRITES,
});
