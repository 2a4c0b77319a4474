/**
 * Finds deadlocks while they last: threads that wait without a timeout, each for what the next one holds. Who wants to
 * write waits for all that read, and so for each of them. A cycle counts when two samples saw the same waits: who is in it blocked all the time between them, so it released nothing.
 */
import { KIND, KINDS, words } from "../arena.js";
import { isLockKind, ownerOf } from "../owner.js";
import { readingThreads } from "../reader-slots.js";
import {
  FOR_EVER,
  FOR_ITSELF,
  RUNNING,
  STATE,
  TO_WRITE,
  WAIT_CELL,
  WAIT_EPOCH,
  WAIT_HOW,
  WAIT_SITE,
} from "../thread-cell.js";
import { SLOT_LIVE, SLOT_STATE, SLOT_THREAD, slotAt } from "./session.js";
import { slotsUsed } from "./slot.js";

/** Each waits for what the next one has, the last for what the first has. */
export type Deadlock = readonly Waiting[];

/** A thread that waits for ever. All are words of the arena. */
export interface Waiting {
  readonly thread: number;
  readonly epoch: number;
  readonly object: number;
  readonly site: number;
  /** The thread that could end the wait. */
  readonly owner: number;
  /** It is a task of the thread that waits, and the thread itself goes on. */
  readonly isTask?: boolean;
  /** It waits for its turn to write; when that comes it goes on to wait for the same lock, for those who read. */
  readonly toWrite?: boolean;
}

/** The same before it is known which of the threads that must all let go is in the cycle. */
type Blocked = Omit<Waiting, "owner"> & { readonly owners: readonly number[] };

export class DeadlockWatch {
  readonly #session: Int32Array;
  #seen = new Set<string>();
  /** Those that were told and last. */
  #told: readonly Deadlock[] = [];

  constructor(session: SharedArrayBuffer) {
    this.#session = new Int32Array(session);
  }

  /**
   * The deadlocks that were seen last time as well, each once. None shares a thread with one that was told and lasts: what
   * stays when that is solved is told then.
   */
  sample(): readonly Deadlock[] {
    const found = new Map(cycles(this.#waiting()).map((cycle) => [nameOf(cycle), cycle]));
    const told = this.#told.filter(isLasting);
    const inCycle = new Set(told.flatMap((cycle) => cycle.map(({ thread }) => thread)));
    const sure: Deadlock[] = [];
    for (const [name, cycle] of found) {
      if (!this.#seen.has(name) || cycle.some(({ thread }) => inCycle.has(thread))) continue;
      for (const { thread } of cycle) inCycle.add(thread);
      sure.push(cycle);
    }
    this.#seen = new Set(found.keys());
    this.#told = [...told, ...sure];
    return sure;
  }

  #waiting(): ReadonlyMap<number, Blocked> {
    const waiting = new Map<number, Blocked>();
    for (let index = 0; index < slotsUsed(this.#session); index++) {
      const slot = slotAt(index);
      if (Atomics.load(this.#session, slot + SLOT_STATE) !== SLOT_LIVE) continue;
      const thread = this.#session[slot + SLOT_THREAD] ?? 0;
      const wait = waitOf(thread);
      if (wait !== undefined) waiting.set(thread, wait);
    }
    return waiting;
  }
}

/** What the thread waits for without a timeout, if somebody would have to end that. */
function waitOf(thread: number): Blocked | undefined {
  const epoch = Atomics.load(words, thread + WAIT_EPOCH);
  if ((epoch & 1) === 0) return undefined;
  const object = Atomics.load(words, thread + WAIT_CELL);
  const how = Atomics.load(words, thread + WAIT_HOW);
  const site = Atomics.load(words, thread + WAIT_SITE);
  if ((how & FOR_EVER) === 0 || object === 0) return undefined;
  const [toWrite, isOwner] = [(how & TO_WRITE) !== 0, (how & FOR_ITSELF) !== 0];
  // A thread that got its lock and has not yet said so would seem to wait for itself.
  const owners = whoEnds(object, thread, toWrite, isOwner).filter((owner) => owner !== thread || isOwner);
  if (owners.length === 0 || Atomics.load(words, thread + WAIT_EPOCH) !== epoch) return undefined;
  return { thread, epoch, object, site, toWrite, owners };
}

/** The threads that must all let go, or end, before this one goes on. */
function whoEnds(object: number, thread: number, toWrite: boolean, isOwner: boolean): readonly number[] {
  const kind = Atomics.load(words, object + KIND);
  if (isLockKind(kind)) {
    const owner = ownerOf(object);
    if (owner === 0) return [];
    if (kind !== KINDS.rwLock) return [owner];
    const owners = owner === thread ? [] : [owner];
    // Whoever has the right to write next waits for those who read, and who wants it afterwards for the same. A reader that
    // has the mutex, and has not yet said so, only passes through.
    return toWrite || (isOwner && owner === thread) ? [...owners, ...readersBeside(object, thread)] : owners;
  }
  return kind === KINDS.thread && Atomics.load(words, object + STATE) === RUNNING ? [object] : [];
}

function readersBeside(object: number, thread: number): readonly number[] {
  return readingThreads(object).filter((reader) => reader !== thread);
}

/** For each thread that is in one a shortest; the shortest first. */
function cycles(waiting: ReadonlyMap<number, Blocked>): readonly Deadlock[] {
  const all: Deadlock[] = [];
  const waitedFor = new Set<number>();
  for (const { owners } of waiting.values()) for (const owner of owners) waitedFor.add(owner);
  /** In a cycle in which each waits for one only, so that it is in no other. */
  const done = new Set<number>();
  for (const first of waiting.keys()) {
    if (done.has(first) || !waitedFor.has(first)) continue;
    const cycle = wayBack(waiting, first);
    if (cycle === undefined) continue;
    all.push(fromLowest(cycle));
    if (cycle.every(({ thread }) => waiting.get(thread)?.owners.length === 1)) {
      for (const { thread } of cycle) done.add(thread);
    }
  }
  return all.sort((a, b) => a.length - b.length || a[0]!.thread - b[0]!.thread);
}

/** Whether all of them are there and wait still. A writer whose turn has come waits anew, and for the same. */
function isLasting(cycle: Deadlock): boolean {
  return cycle.every(({ thread, epoch, object, toWrite }) => {
    if (Atomics.load(words, thread + STATE) !== RUNNING) return false;
    const changes = (Atomics.load(words, thread + WAIT_EPOCH) - epoch) | 0;
    return changes === 0 || (toWrite === true && changes > 0 && changes <= 2 && ownerOf(object) === thread);
  });
}

/** From a thread to one that waits for it, by way of who waits for whom, and of such ways a shortest. */
function wayBack(waiting: ReadonlyMap<number, Blocked>, first: number): Deadlock | undefined {
  /** Whom each was come to from. */
  const from = new Map<number, number>();
  const next = [first];
  for (const at of next) {
    for (const owner of waiting.get(at)?.owners ?? []) {
      if (owner === first) return wayTo(waiting, from, at, first);
      if (from.has(owner) || !waiting.has(owner)) continue;
      from.set(owner, at);
      next.push(owner);
    }
  }
  return undefined;
}

function wayTo(
  waiting: ReadonlyMap<number, Blocked>,
  from: ReadonlyMap<number, number>,
  last: number,
  first: number,
): Deadlock {
  const way: Waiting[] = [];
  let owner = first;
  for (let at: number | undefined = last; at !== undefined; at = from.get(at)) {
    const { owners: _, ...step } = waiting.get(at)!;
    way.push({ ...step, owner });
    owner = at;
  }
  return way.reverse();
}

/** Begins with the same thread wherever the walk came into the cycle. */
function fromLowest(cycle: Deadlock): Deadlock {
  const lowest = cycle.reduce((least, { thread }) => Math.min(least, thread), Number.POSITIVE_INFINITY);
  const start = cycle.findIndex(({ thread }) => thread === lowest);
  return [...cycle.slice(start), ...cycle.slice(0, start)];
}

/** The same for the same waits. */
function nameOf(cycle: Deadlock): string {
  return cycle.map(({ thread, epoch, object }) => `${thread}:${epoch}:${object}`).join(" ");
}
