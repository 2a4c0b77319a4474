/**
 * The only place that waits, wakes and yields. A recorder and a scheduler plug in here and nowhere else. Indices are
 * words of the arena; every wait names the value it goes to sleep on, so a change in between is never missed.
 */
import { type Abort, orAborted, throwIfAborted } from "./abort.js";
import { KIND, KINDS, words } from "./arena.js";
import { deadlineAfter, timeLeft } from "./deadline.js";
import { BlockingNotAllowedError, InterruptedError } from "./errors.js";
import { isolate } from "./isolate.js";
import { INTERRUPTED, SLEEPS_ON, WAIT_EPOCH, WAITING_FOR } from "./thread-cell.js";

/** As they were when the library was loaded, for what no recorder is to take for the program's. */
const { wait: sleepOn, notify: wakeOn } = Atomics;

/** Rounds of looking before going to sleep: about as long as a short critical section. */
const SPINS = 200;
const LONGEST_TIMER = 2 ** 31 - 1;

/** False in the main thread of a browser's page, where nothing may block. */
export const mayBlock: boolean = isAllowedToBlock();

function isAllowedToBlock(): boolean {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 0);
    return true;
  } catch {
    return false;
  }
}

/** How a sleep ended: by a notify, because the word had changed before it began, or by its timeout. */
export type Waking = "ok" | "not-equal" | "timed-out";

/**
 * Blocks until the word is notified or no longer `expected`. False: `timeout` milliseconds went by first.
 * @throws InterruptedError by `interruptMain`
 * @throws BlockingNotAllowedError it would have to wait, where nothing may block
 */
export function wait(index: number, expected: number, timeout: number): boolean {
  return waitInterruptibly(index, expected, timeout) !== "timed-out";
}

/** `wait` that tells how it ended. */
export function waitInterruptibly(index: number, expected: number, timeout: number): Waking {
  const self = isolate.thread;
  if (!mayBlock) return withoutBlocking(index, expected, timeout);
  // Said before it looks, so that either it sees the interruption or whoever interrupts sees where it sleeps.
  Atomics.store(words, self + SLEEPS_ON, index);
  try {
    throwIfInterrupted(self);
    const waking = waitThrough(index, expected, timeout);
    throwIfInterrupted(self);
    return waking;
  } finally {
    Atomics.store(words, self + SLEEPS_ON, 0);
  }
}

/** Blocks like `wait`, but nothing interrupts it: for what must be finished once begun, and is soon. */
export function waitThrough(index: number, expected: number, timeout: number): Waking {
  if (!mayBlock) return spinThrough(index, expected, timeout);
  // Pairs with notify on the same index, after the waker has changed the word.
  return Atomics.wait(words, index, expected, timeout);
}

/** What the public forms do where nothing may block: they succeed if there is no need to wait. */
function withoutBlocking(index: number, expected: number, timeout: number): Waking {
  if (Atomics.load(words, index) !== expected) return "not-equal";
  if (timeout <= 0) return "timed-out";
  throw blockingNotAllowed(Atomics.load(words, isolate.thread + WAITING_FOR));
}

/** Another thread is inside a short section of the library's own; if it died there, the supervisor changes the word. */
function spinThrough(index: number, expected: number, timeout: number): Waking {
  const end = performance.now() + timeout;
  while (Atomics.load(words, index) === expected) {
    if (performance.now() >= end) return "timed-out";
  }
  return "not-equal";
}

/** Throws if a wait on the cell, which cannot be called off any more once it has begun, would have to block here. */
export function checkMayBlock(at: number): void {
  if (!mayBlock) throw blockingNotAllowed(at);
}

const LOCK_FORMS = "acquireAsync, holdAsync or withLockAsync";
const QUEUE_FORMS = "getAsync, putAsync or joinAsync";
/** What to use instead, by the kind of what the thread would wait for. */
const ASYNC_FORMS: Readonly<Record<number, string>> = {
  [KINDS.thread]: "joinAsync",
  [KINDS.event]: "waitAsync",
  [KINDS.barrier]: "waitAsync",
  [KINDS.condition]: "waitAsync or waitForAsync",
  [KINDS.pool]: "await the result, nextAsync or joinAsync",
  [KINDS.once]: "onceAsync",
  [KINDS.lock]: LOCK_FORMS,
  [KINDS.rLock]: LOCK_FORMS,
  [KINDS.rwLock]: LOCK_FORMS,
  [KINDS.semaphore]: LOCK_FORMS,
  [KINDS.boundedSemaphore]: LOCK_FORMS,
  [KINDS.queue]: QUEUE_FORMS,
  [KINDS.lifoQueue]: QUEUE_FORMS,
  [KINDS.priorityQueue]: QUEUE_FORMS,
  [KINDS.simpleQueue]: QUEUE_FORMS,
};

function blockingNotAllowed(at: number): BlockingNotAllowedError {
  const forms = at === 0 ? "sleepAsync" : ASYNC_FORMS[Atomics.load(words, at + KIND)];
  return new BlockingNotAllowedError(
    `This would have to wait, and the main thread of a page may not block. Use ${forms ?? "the form ending in Async"}, ` +
      "or run it in a Thread.",
  );
}

function throwIfInterrupted(self: number): void {
  if (Atomics.compareExchange(words, self + INTERRUPTED, 1, 0) === 1) {
    throw new InterruptedError("interruptMain() was called while the main thread waited.");
  }
}

/** Milliseconds that a thread may be awake in the midst of a wait. */
const AWAKE = 50;

/**
 * Makes the thread's present sleep end with an InterruptedError. False: it does not sleep where that is possible.
 * Blocks for the moment that takes.
 */
export function interrupt(thread: number): boolean {
  Atomics.store(words, thread + INTERRUPTED, 1);
  for (let looks = 0; ; looks++) {
    const index = Atomics.load(words, thread + SLEEPS_ON);
    // In a wait it may look out without sleeping, or do for a moment what is not to be interrupted.
    const isInWait = (Atomics.load(words, thread + WAIT_EPOCH) & 1) !== 0 && looks < AWAKE;
    if (index === 0 && !isInWait) return Atomics.compareExchange(words, thread + INTERRUPTED, 1, 0) === 0;
    if (Atomics.load(words, thread + INTERRUPTED) === 0) return true;
    // It may be on its way to sleep, so once is not enough; who else sleeps there looks and sleeps on.
    if (index !== 0) notify(index);
    pause(1);
  }
}

/** Wakes up to `count` waiters of the word, blocking and async, in the order in which they came. Says how many. */
export function notify(index: number, count = Number.POSITIVE_INFINITY): number {
  // Pairs with wait and waitAsync on the same index.
  return Atomics.notify(words, index, count);
}

/** `wait` on memory of its own, for at most `timeout` milliseconds; for the recorder, which must not touch the arena. */
export function waitOn(view: Int32Array, index: number, expected: number, timeout: number): void {
  // Pairs with notifyOn on the same index.
  sleepOn(view, index, expected, timeout);
}

export function notifyOn(view: Int32Array, index: number): void {
  // Pairs with waitOn on the same index.
  wakeOn(view, index);
}

/** Looks at the word for a moment without sleeping; true as soon as it differs from `value`. */
export function spinWhile(index: number, value: number): boolean {
  for (let i = 0; i < SPINS; i++) {
    if (Atomics.load(words, index) !== value) return true;
  }
  return false;
}

/** Looks at something that may come at once: for longer than to sleep and be woken takes, where that was of use lately. */
const LONG_LOOK = 8192;
const SHORT_LOOK = 64;
/** Looks in vain after which looks are short; every so many of those is a long one, to see whether it is of use again. */
const IN_VAIN = 32;
let inVain = 0;

/** Milliseconds that a look takes only if the thread lost its core meanwhile, and for which it then rather sleeps. */
const INTERRUPTION = 0.25;
const BUSY = 50;
let busyUntil = 0;

/** Whether other work wants this thread's core: who sleeps is given it soon after it is woken, who looks out is not. */
export function isBusy(now: number): boolean {
  return now < busyUntil;
}

/** Something that is over in a moment took so many milliseconds. */
export function noteLook(took: number, now: number): void {
  if (took > INTERRUPTION) busyUntil = now + BUSY;
}

/**
 * Looks for a while whether `isReady`, without sleeping: going to sleep and being woken takes tens of microseconds, and
 * another thread mostly needs fewer. True as soon as it is. What it asks has to be read with Atomics: the compiler moves
 * a plain read out of the loop. `isOfUse`: something came of it, even if not all that it looked for.
 */
export function lookOut(isReady: () => boolean, isOfUse: () => boolean = isReady): boolean {
  const start = performance.now();
  if (isBusy(start)) return false;
  const looks = inVain < IN_VAIN || inVain % IN_VAIN === 0 ? LONG_LOOK : SHORT_LOOK;
  for (let i = 0; i < looks; i++) {
    if (!isReady()) continue;
    if (looks === LONG_LOOK) inVain = 0;
    const now = performance.now();
    noteLook(now - start, now);
    return true;
  }
  if (isOfUse()) inVain = 0;
  else inVain++;
  const end = performance.now();
  noteLook(end - start, end);
  return false;
}

/**
 * The async form of `wait`, which goes on waiting when it was woken with the word as it was: a notification may be meant
 * for another who sleeps there, as that of `interrupt` is. Rejects with the signal's reason. A pending wait keeps the
 * process alive, which the platform's own does not.
 */
export async function waitAsync(
  index: number,
  expected: number,
  timeout: number = Number.POSITIVE_INFINITY,
  signal?: Abort,
): Promise<boolean> {
  throwIfAborted(signal);
  const deadline = deadlineAfter(timeout);
  keepAlive();
  try {
    for (;;) {
      // Pairs with notify on the same index.
      const result = Atomics.waitAsync(words, index, expected, timeLeft(deadline));
      if (!result.async) return result.value !== "timed-out";
      const outcome = signal === undefined ? await result.value : await orAborted(result.value, signal);
      if (outcome === "timed-out") return false;
      if (Atomics.load(words, index) !== expected) return true;
    }
  } finally {
    letGo();
  }
}

/** A wait that nobody would miss: it does not keep the process alive. */
export function watch(index: number, expected: number, woken: () => void): void {
  // Pairs with notify on the same index.
  const result = Atomics.waitAsync(words, index, expected);
  if (result.async) void result.value.then(woken);
  else queueMicrotask(woken);
}

/** Blocks this thread for `milliseconds`. */
export function pause(milliseconds: number): void {
  const never = new Int32Array(new SharedArrayBuffer(4));
  sleepOn(never, 0, 0, milliseconds);
}

let pending = 0;
let anchor: ReturnType<typeof setInterval> | undefined;

/** Holds the event loop open until `letGo`. */
export function keepAlive(): void {
  if (pending++ === 0) anchor = setInterval(() => {}, LONGEST_TIMER);
}

/** Whether anything waits that the process must not end before. */
export function isKeptAlive(): boolean {
  return pending > 0;
}

export function letGo(): void {
  if (--pending === 0) clearInterval(anchor);
}
