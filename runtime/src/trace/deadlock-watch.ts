/**
 * Finds deadlocks while they last: threads that wait without a timeout, each for what the next one holds. A cycle
 * counts when two samples saw the same waits: who is in it blocked all the time between them, so it released nothing.
 */
import { KIND, KINDS, words } from "../arena.js";
import { ownerOf } from "../owner.js";
import { FOR_EVER, FOR_ITSELF, RUNNING, STATE, WAIT_CELL, WAIT_EPOCH, WAIT_HOW, WAIT_SITE } from "../thread-cell.js";
import { SLOT_LIVE, SLOT_STATE, SLOT_THREAD, SLOTS, slotAt } from "./session.js";

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
}

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

  #waiting(): ReadonlyMap<number, Waiting> {
    const waiting = new Map<number, Waiting>();
    for (let index = 0; index < SLOTS; index++) {
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
function waitOf(thread: number): Waiting | undefined {
  const epoch = Atomics.load(words, thread + WAIT_EPOCH);
  if ((epoch & 1) === 0) return undefined;
  const object = Atomics.load(words, thread + WAIT_CELL);
  const how = Atomics.load(words, thread + WAIT_HOW);
  const site = Atomics.load(words, thread + WAIT_SITE);
  if ((how & FOR_EVER) === 0 || object === 0) return undefined;
  const owner = whoEnds(object);
  // A thread that got its lock and has not yet said so would seem to wait for itself.
  if (owner === 0 || (owner === thread && (how & FOR_ITSELF) === 0)) return undefined;
  if (Atomics.load(words, thread + WAIT_EPOCH) !== epoch) return undefined;
  return { thread, epoch, object, site, owner };
}

function whoEnds(object: number): number {
  const kind = Atomics.load(words, object + KIND);
  if (kind === KINDS.lock) return ownerOf(object);
  if (kind === KINDS.thread && Atomics.load(words, object + STATE) === RUNNING) return object;
  return 0;
}

/** Everyone waits for one other at most, so each walk ends, or closes one cycle. */
function cycles(waiting: ReadonlyMap<number, Waiting>): readonly Deadlock[] {
  const found: Deadlock[] = [];
  const done = new Set<number>();
  for (const first of waiting.values()) {
    const path: Waiting[] = [];
    let at: Waiting | undefined = first;
    while (at !== undefined && !done.has(at.thread)) {
      done.add(at.thread);
      path.push(at);
      at = waiting.get(at.owner);
    }
    const start = path.findIndex(({ thread }) => thread === at?.thread);
    if (start >= 0) found.push(fromLowest(path.slice(start)));
  }
  return found;
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
