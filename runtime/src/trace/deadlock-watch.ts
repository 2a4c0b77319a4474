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
}

/** The same before it is known which of the threads that must all let go is in the cycle. */
type Blocked = Omit<Waiting, "owner"> & { readonly owners: readonly number[] };

export class DeadlockWatch {
  readonly #session: Int32Array;
  #seen = new Set<string>();
  readonly #reported = new Set<string>();

  constructor(session: SharedArrayBuffer) {
    this.#session = new Int32Array(session);
  }

  /** The deadlocks that were seen last time as well, each once. */
  sample(): readonly Deadlock[] {
    const found = new Map(cycles(this.#waiting()).map((cycle) => [nameOf(cycle), cycle]));
    const sure = [...found].filter(([name]) => this.#seen.has(name) && !this.#reported.has(name));
    this.#seen = new Set(found.keys());
    for (const [name] of sure) this.#reported.add(name);
    return sure.map(([, cycle]) => cycle);
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
  // A thread that got its lock and has not yet said so would seem to wait for itself.
  const owners = whoEnds(object, thread, (how & TO_WRITE) !== 0).filter(
    (owner) => owner !== thread || (how & FOR_ITSELF) !== 0,
  );
  if (owners.length === 0 || Atomics.load(words, thread + WAIT_EPOCH) !== epoch) return undefined;
  return { thread, epoch, object, site, owners };
}

/** The threads that must all let go, or end, before this one goes on. */
function whoEnds(object: number, thread: number, toWrite: boolean): readonly number[] {
  const kind = Atomics.load(words, object + KIND);
  if (isLockKind(kind)) {
    const owner = ownerOf(object);
    if (owner === 0) return [];
    const owners = owner === thread && kind === KINDS.rwLock ? [] : [owner];
    // Whoever has the right to write next waits for those who read, and who wants it afterwards for the same.
    return owners.length === 0 || toWrite ? [...owners, ...readersBeside(object, thread)] : owners;
  }
  return kind === KINDS.thread && Atomics.load(words, object + STATE) === RUNNING ? [object] : [];
}

function readersBeside(object: number, thread: number): readonly number[] {
  return readingThreads(object).filter((reader) => reader !== thread);
}

/** The shortest first, and none that shares a thread with one before: what stays when that is solved is told then. */
function cycles(waiting: ReadonlyMap<number, Blocked>): readonly Deadlock[] {
  const all: Deadlock[] = [];
  for (const first of waiting.keys()) {
    const cycle = wayBack(waiting, first);
    if (cycle !== undefined) all.push(fromLowest(cycle));
  }
  all.sort((a, b) => a.length - b.length || a[0]!.thread - b[0]!.thread);
  const inCycle = new Set<number>();
  return all.filter((cycle) => {
    if (cycle.some(({ thread }) => inCycle.has(thread))) return false;
    for (const { thread } of cycle) inCycle.add(thread);
    return true;
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
    way.unshift({ ...step, owner });
    owner = at;
  }
  return way;
}

/** Begins with the same thread wherever the walk came into the cycle. */
function fromLowest(cycle: Deadlock): Deadlock {
  const lowest = Math.min(...cycle.map(({ thread }) => thread));
  const start = cycle.findIndex(({ thread }) => thread === lowest);
  return [...cycle.slice(start), ...cycle.slice(0, start)];
}

/** The same for the same waits. */
function nameOf(cycle: Deadlock): string {
  return cycle.map(({ thread, epoch, object }) => `${thread}:${epoch}:${object}`).join(" ");
}
