/** Messages in some order, with waiting: what queues and pools send them through. */
import { type Abort, throwIfAborted } from "./abort.js";
import { allocateBlock, allocateCell, bytes, KIND, KINDS, words } from "./arena.js";
import { freeInHand, handOver, noteBlock, roomForNote } from "./block-in-hand.js";
import { MAXSIZE, UNTOLD } from "./channel-cell.js";
import { discard } from "./codec.js";
import { type Deadline, timeLeft } from "./deadline.js";
import { lookOut, notify, wait, waitAsync } from "./futex.js";
import { count, countSeen, finishOne, LARGEST_INLINE, LEDGER_END, unfinished } from "./ledger.js";
import { enter, guarded, leave } from "./mutex.js";
import { destroyHeap, insertMessage, removeSmallest } from "./priority-heap.js";
import { append, destroyRing, remove } from "./ring.js";
import { self } from "./self.js";
import { holdCell } from "./shared.js";
import { destroyStack, popMessage, pushMessage } from "./stack.js";
import { COUNTED_AT } from "./thread-cell.js";
import { FLAGS } from "./trace/format.js";
import { recorder } from "./trace/hook.js";
import { beginWait, endWait } from "./waiting.js";

/** Words of a channel's cell after the ledger's. A side is four words. */
const GETTERS = LEDGER_END;
const PUTTERS = LEDGER_END + 4;
const CLOSED = LEDGER_END + 9;
const JOINS = LEDGER_END + 10; // changes when the last unfinished message is reported done
const LOOKING = LEDGER_END + 11; // getters that look out for a message before they sleep, and need no wake-up

/** Words of a side: what blocking and async waiters sleep on, and how many of each there may be. */
const BLOCKED_TURN = 0;
const BLOCKED = 1;
const PARKED_TURN = 2;
const PARKED = 3;

// Above the number of blocking waiters stands how many of them were woken and have not noticed so far.
const ONE_WOKEN = 1 << 16;
const WAITERS = ONE_WOKEN - 1;

/** The end of a closed channel. */
export const END = Symbol("end");

/** What a waiter may say. Milliseconds. */
export interface AsyncWait {
  readonly timeout: number;
  readonly signal: Abort | undefined;
}

/** The kinds of cells that are channels; which one says in what order the messages leave. */
export type ChannelKind = "queue" | "lifoQueue" | "priorityQueue" | "simpleQueue";

/** The cell of a new channel for `maxsize` messages, 0 for any number. */
export function createChannel(maxsize: number, kind: ChannelKind = "queue"): number {
  const at = allocateCell();
  words[at + MAXSIZE] = maxsize;
  Atomics.store(words, at + KIND, KINDS[kind]);
  return at;
}

function insert(at: number, message: Uint8Array, stored: number): number {
  const kind = words[at + KIND];
  if (kind === KINDS.lifoQueue) return pushMessage(at, message);
  if (kind === KINDS.priorityQueue) return insertMessage(at, message);
  return append(at, message, stored);
}

/** The next message; its ticket goes to the word `ticket` where messages leave in the order of arrival. */
function extract(at: number, ticket: number): Uint8Array | undefined {
  const kind = words[at + KIND];
  if (kind === KINDS.lifoQueue) return popMessage(at);
  if (kind === KINDS.priorityQueue) return removeSmallest(at);
  return remove(at, ticket);
}

export function channelSize(at: number): number {
  return guarded(at, () => count(at));
}

export function isFull(at: number): boolean {
  const maxsize = words[at + MAXSIZE] ?? 0;
  return maxsize > 0 && channelSize(at) >= maxsize;
}

/** Of a message that was sent, its ticket; END if the channel is closed; undefined if there was no room in time. */
export type Sent = number | typeof END | undefined;

/** Sends if there is room now. */
export function trySend(at: number, message: Uint8Array): Sent {
  const stored = storedFor(at, message);
  return kept(stored, putNow(at, message, stored));
}

function putNow(at: number, message: Uint8Array, stored: number): Sent {
  enter(at);
  try {
    return put(at, message, stored);
  } catch (error) {
    if (stored !== 0) freeInHand(stored);
    throw error;
  } finally {
    leave(at);
  }
}

/** A large message is copied to where it will lie before anybody is kept waiting for it; 0 for others. */
function storedFor(at: number, message: Uint8Array): number {
  const kind = words[at + KIND];
  const isStored = kind !== KINDS.lifoQueue && kind !== KINDS.priorityQueue && message.length > LARGEST_INLINE;
  return isStored ? storedInHand(message) : 0;
}

/** A message in a block, which is this thread's until it puts it somewhere. */
function storedInHand(message: Uint8Array): number {
  const block = allocateBlock(message.length);
  noteBlock(roomForNote(), block);
  bytes.set(message, block * 4);
  return block;
}

/** What came of sending; of what was not sent the block goes. */
function kept(stored: number, sent: Sent): Sent {
  if (stored !== 0 && typeof sent !== "number") freeInHand(stored);
  return sent;
}

/** Blocks until there is room. */
export function send(at: number, message: Uint8Array, deadline: Deadline): Sent {
  const stored = storedFor(at, message);
  const sent = putNow(at, message, stored);
  if (sent !== undefined) return kept(stored, sent);
  try {
    return kept(
      stored,
      block(at, PUTTERS, () => put(at, message, stored), deadline),
    );
  } catch (error) {
    if (stored !== 0) freeInHand(stored);
    throw error;
  }
}

export async function sendAsync(at: number, message: Uint8Array, options: AsyncWait): Promise<Sent> {
  return trySend(at, message) ?? (await park(at, PUTTERS, () => put(at, message, 0), options));
}

/** Receives what is there now; undefined if nothing is. `ticket` is the word that gets the message's number. */
export function tryReceive(at: number, ticket = 0): Uint8Array | undefined {
  enter(at);
  try {
    return removeNext(at, ticket);
  } finally {
    leave(at);
  }
}

/** Blocks until there is a message or the channel is closed and empty. Undefined: not before the deadline. */
export function receive(at: number, deadline: Deadline, ticket = 0): Uint8Array | typeof END | undefined {
  return tryReceive(at, ticket) ?? block(at, GETTERS, () => take(at, ticket), deadline);
}

export async function receiveAsync(at: number, options: AsyncWait): Promise<Uint8Array | typeof END | undefined> {
  return tryReceive(at) ?? (await park(at, GETTERS, () => take(at, 0), options));
}

/** No more messages will be sent: receivers get what is left, then END. */
export function closeChannel(at: number): void {
  guarded(at, () => {
    Atomics.store(words, at + CLOSED, 1);
    wakeEveryone(at);
  });
}

/** Whether no more messages will be sent. */
export function isChannelClosed(at: number): boolean {
  return Atomics.load(words, at + CLOSED) !== 0;
}

/** Drops the messages nobody has received, and counts them as done. */
export function drain(at: number): void {
  for (;;) {
    // Not both in one step: who dies in between leaves a message that was taken and never reported done, as a getter may.
    const message = tryReceive(at);
    if (message === undefined) return;
    discard(message);
    finish(at);
  }
}

/** Gives back all memory. Only when nobody can reach the cell any more. */
export function destroyChannel(at: number): void {
  for (let message = extract(at, 0); message !== undefined; message = extract(at, 0)) discard(message);
  const kind = words[at + KIND];
  if (kind === KINDS.lifoQueue) destroyStack(at);
  else if (kind === KINDS.priorityQueue) destroyHeap(at);
  else destroyRing(at);
}

/** Reports one received message done. False: more were reported than sent. */
export function finish(at: number): boolean {
  return guarded(at, () => {
    const isOne = finishOne(at);
    const left = unfinished(at);
    if (recorder !== undefined && isTold(at)) recorder.taskDone(at, isOne ? left : -1);
    if (isOne && left === 0) wakeJoiners(at);
    return isOne;
  });
}

/** Blocks until every message was reported done. False: not before the deadline. */
export function joinChannel(at: number, deadline: Deadline): boolean {
  beginWait(at, deadline, FLAGS.join);
  let woken = true;
  try {
    for (;;) {
      const seen = Atomics.load(words, at + JOINS);
      if (guarded(at, () => unfinished(at)) === 0) return true;
      woken = wait(at + JOINS, seen, timeLeft(deadline));
      if (!woken) return false;
    }
  } finally {
    endWait(woken);
  }
}

export async function joinChannelAsync(at: number, signal: Abort | undefined): Promise<void> {
  const letGo = holdCell(at);
  const waited = recorder?.waitsAsync(at, FLAGS.join);
  let isDone = false;
  try {
    while (!isDone) {
      const seen = Atomics.load(words, at + JOINS);
      isDone = guarded(at, () => unfinished(at)) === 0;
      if (!isDone) await waitAsync(at + JOINS, seen, Number.POSITIVE_INFINITY, signal);
    }
  } finally {
    waited?.(isDone);
    letGo();
  }
}

function wakeJoiners(at: number): void {
  Atomics.add(words, at + JOINS, 1);
  notify(at + JOINS);
}

/** A thread died that waited, or was in the middle of a change, perhaps with a wake-up in its hands: everyone looks again. */
export function wakeEveryone(at: number): boolean {
  Atomics.store(words, at + LOOKING, 0);
  wakeJoiners(at);
  for (const side of [at + GETTERS, at + PUTTERS]) {
    for (const turn of [BLOCKED_TURN, PARKED_TURN]) {
      Atomics.add(words, side + turn, 1);
      notify(side + turn);
    }
  }
  return true;
}

/** A thread died that waited here. It is counted no more: the waiters would fill their 16 bits some day. */
export function forgetWaiter(at: number, thread: number): boolean {
  const side = Atomics.exchange(words, thread + COUNTED_AT, 0);
  if (side !== 0) countWaiters(side, withoutOne);
  return wakeEveryone(at);
}

function put(at: number, message: Uint8Array, stored: number): Sent {
  if (Atomics.load(words, at + CLOSED) !== 0) return END;
  const maxsize = words[at + MAXSIZE] ?? 0;
  if (maxsize > 0 && count(at) >= maxsize) return undefined;
  if (stored !== 0) handOver(stored);
  const ticket = insert(at, message, stored);
  if (recorder !== undefined) recordLevel(at);
  wakeGetter(at);
  return ticket;
}

/** The next message, for which there is room again now. */
function removeNext(at: number, ticket: number): Uint8Array | undefined {
  const message = extract(at, ticket);
  if (message !== undefined) {
    if (recorder !== undefined) recordLevel(at);
    wake(at + PUTTERS);
  }
  return message;
}

/** Under the mutex, so that what threads tell of a channel comes in the order in which it was so. */
function recordLevel(at: number): void {
  if (isTold(at)) recorder?.level(at, count(at));
}

/** Whether a recording tells of what is in the channel. */
function isTold(at: number): boolean {
  return words[at + MAXSIZE] !== UNTOLD;
}

function take(at: number, ticket: number): Uint8Array | typeof END | undefined {
  const message = removeNext(at, ticket);
  // While it looked out, nobody was woken for the messages that came.
  if (message !== undefined && count(at) > 0) wakeGetter(at);
  return message ?? (Atomics.load(words, at + CLOSED) === 0 ? undefined : END);
}

function wakeGetter(at: number): void {
  wake(at + GETTERS, Atomics.load(words, at + LOOKING) > 0);
}

/**
 * Lets one blocking waiter look again, unless as many as there are will do so or `isSeen` without, and all async ones.
 * Under the mutex: of who dies in here the sweep finds that it had it, and wakes everyone.
 */
function wake(side: number, isSeen = false): void {
  const waiters = isSeen ? 0 : Atomics.load(words, side + BLOCKED);
  if ((waiters & WAITERS) > waiters >>> 16) {
    countWaiters(side, (seen) => ((seen & WAITERS) > seen >>> 16 ? seen + ONE_WOKEN : seen));
    Atomics.add(words, side + BLOCKED_TURN, 1);
    notify(side + BLOCKED_TURN, 1);
  }
  if (Atomics.load(words, side + PARKED) > 0) {
    Atomics.add(words, side + PARKED_TURN, 1);
    notify(side + PARKED_TURN);
  }
}

function countWaiters(side: number, change: (seen: number) => number): void {
  for (;;) {
    const seen = Atomics.load(words, side + BLOCKED);
    if (Atomics.compareExchange(words, side + BLOCKED, seen, change(seen)) === seen) return;
  }
}

/**
 * One waiter less, and one wake-up, whoever it was meant for: a wake-up too many costs little. Of the two numbers that
 * of the woken never is above the other, so one who sleeps and was not woken is always seen to be there.
 */
function withoutOne(seen: number): number {
  const waiters = (seen & WAITERS) - 1;
  return waiters + Math.min(waiters, Math.max(0, (seen >>> 16) - 1)) * ONE_WOKEN;
}

/** Looks out for a message for a while. Counted, because who sleeps need not be woken for what this thread takes. */
function lookForMessage(at: number): void {
  Atomics.add(words, at + LOOKING, 1);
  try {
    lookOut(() => countSeen(at) > 0 || isChannelClosed(at));
  } finally {
    // Not below 0: after a death the count starts over.
    let seen = Atomics.load(words, at + LOOKING);
    while (seen > 0) {
      const found = Atomics.compareExchange(words, at + LOOKING, seen, seen - 1);
      if (found === seen) break;
      seen = found;
    }
  }
}

/** Looks out for a while for room for several messages, or each would be a race for the mutex with a getter. */
function lookForRoom(at: number): void {
  const maxsize = words[at + MAXSIZE] ?? 0;
  const isRoomFor = (more: number): boolean => countSeen(at) + more < maxsize || isChannelClosed(at);
  lookOut(
    () => isRoomFor(maxsize >> 2),
    () => isRoomFor(0),
  );
}

/**
 * Tries under the mutex, and announces itself under the mutex when that fails: whoever changes the ring afterwards sees
 * the announcement. A waiter that dies at the edges of its sleep, or an async one, leaves its count behind, which costs a
 * needless notify and nothing else.
 */
function attempt<T>(at: number, counter: number, turn: number, action: () => T | undefined): T | number {
  return guarded(at, () => {
    const result = action();
    if (result !== undefined) return result;
    Atomics.add(words, counter, 1);
    return Atomics.load(words, turn);
  });
}

function block<T>(at: number, sideOffset: number, action: () => T | undefined, deadline: Deadline): T | undefined {
  const side = at + sideOffset;
  beginWait(at, deadline);
  let woken = true;
  try {
    for (;;) {
      if (sideOffset === GETTERS) lookForMessage(at);
      else lookForRoom(at);
      let done: T | undefined;
      const seen = attempt(at, side + BLOCKED, side + BLOCKED_TURN, () => {
        done = action();
        return done === undefined ? undefined : 0;
      });
      if (done !== undefined) return done;
      Atomics.store(words, self + COUNTED_AT, side);
      try {
        woken = wait(side + BLOCKED_TURN, seen, timeLeft(deadline));
      } finally {
        Atomics.store(words, self + COUNTED_AT, 0);
        countWaiters(side, withoutOne);
      }
      if (!woken) return undefined;
    }
  } catch (error) {
    guarded(at, () => wake(side)); // it may have been woken for what is left to another now
    throw error;
  } finally {
    endWait(woken);
  }
}

async function park<T>(
  at: number,
  sideOffset: number,
  action: () => T | undefined,
  options: AsyncWait,
): Promise<T | undefined> {
  const side = at + sideOffset;
  const { signal, timeout } = options;
  const deadline = timeout === Number.POSITIVE_INFINITY ? timeout : performance.now() + timeout;
  const letGo = holdCell(at);
  try {
    for (;;) {
      throwIfAborted(signal);
      let done: T | undefined;
      const seen = attempt(at, side + PARKED, side + PARKED_TURN, () => {
        done = action();
        return done === undefined ? undefined : 0;
      });
      if (done !== undefined) return done;
      let woken = false;
      try {
        woken = await waitAsync(side + PARKED_TURN, seen, timeLeft(deadline), signal);
      } finally {
        Atomics.sub(words, side + PARKED, 1);
      }
      if (!woken) return undefined;
    }
  } finally {
    letGo();
  }
}
