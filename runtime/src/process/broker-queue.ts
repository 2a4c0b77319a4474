/** A queue in its broker or manager: items in order, and who waits for one, for room, or for all to be done. */
import { Deque } from "./deque.js";

/** What keeps the items of a queue. */
export interface Store<T> {
  readonly size: number;
  push(item: T): void;
  /** The item that is to leave next, if there is one. */
  shift(): T | undefined;
  /** Takes back an item that has left: it is the next one again. */
  unshift(item: T): void;
}

/** What became of a `put`: no room in time, or no queue that takes items any more. */
export type PutOutcome = "in" | "late" | "shut";
/** What became of a `get`. */
export type GetOutcome<T> = { readonly item: T } | "late" | "shut";

/** Somebody who waits. */
interface Waiting<O> {
  /** The wait is over. */
  readonly end: (outcome: O) => void;
  readonly timer: ReturnType<typeof setTimeout> | undefined;
}

interface Putting<T> extends Waiting<PutOutcome> {
  readonly item: T;
}

export class BrokerQueue<T extends NonNullable<unknown>> {
  readonly maxsize: number;
  readonly #items: Store<T>;
  readonly #putting = new Set<Putting<T>>();
  readonly #getting = new Set<Waiting<GetOutcome<T>>>();
  readonly #joining = new Set<() => void>();
  #unfinished = 0;
  #isShut = false;

  /** 0: as many items as come. */
  constructor(maxsize: number, items: Store<T> = new Deque<T>()) {
    this.maxsize = maxsize;
    this.#items = items;
  }

  get size(): number {
    return this.#items.size;
  }

  /** Adds the item when there is room, and tells what became of it. The result gives the wait up. */
  put(item: T, timeout: number, answer: (outcome: PutOutcome) => void): () => void {
    if (this.#isShut) return answered(answer, "shut");
    if (this.#hasRoom()) {
      this.#add(item);
      return answered(answer, "in");
    }
    if (!(timeout > 0)) return answered(answer, "late");
    return wait(this.#putting, timeout, answer, { item });
  }

  /** Takes the next item when there is one. The result gives the wait up. */
  get(timeout: number, answer: (outcome: GetOutcome<T>) => void): () => void {
    const item = this.#items.shift();
    if (item !== undefined) {
      this.#refill();
      return answered(answer, { item });
    }
    if (this.#isShut) return answered(answer, "shut");
    if (!(timeout > 0)) return answered(answer, "late");
    return wait(this.#getting, timeout, answer, {});
  }

  /** An item that somebody got and never saw: it is the next one again, for those whom `serve` gives it. */
  putBack(item: T): void {
    this.#items.unshift(item);
  }

  /** Gives items that were put back to those who wait. */
  serve(): void {
    while (this.#getting.size > 0) {
      const item = this.#items.shift();
      if (item === undefined) return;
      this.#hand(item);
    }
  }

  /** One item was dealt with. False: more often than items were put. */
  taskDone(): boolean {
    if (this.#unfinished === 0) return false;
    if (--this.#unfinished === 0) this.#endJoins();
    return true;
  }

  /** Answers when all items were dealt with. The result gives the wait up. */
  join(answer: () => void): () => void {
    if (this.#unfinished === 0) {
      answer();
      return nothing;
    }
    this.#joining.add(answer);
    return () => void this.#joining.delete(answer);
  }

  /** Takes no more items; with `isImmediate`, drops those that are there, which then count as dealt with. */
  shutDown(isImmediate: boolean): void {
    this.#isShut = true;
    for (const putting of this.#putting) end(this.#putting, putting, "shut");
    if (isImmediate) {
      while (this.#items.shift() !== undefined) this.#unfinished--;
      if (this.#unfinished === 0) this.#endJoins();
    }
    for (const getting of this.#getting) end(this.#getting, getting, "shut");
  }

  #endJoins(): void {
    for (const answer of this.#joining) answer();
    this.#joining.clear();
  }

  #hasRoom(): boolean {
    return this.maxsize === 0 || this.#items.size < this.maxsize;
  }

  #add(item: T): void {
    if (!this.#hand(item)) this.#items.push(item);
    this.#unfinished++;
  }

  /** Gives the item to who has waited longest, if anybody does. */
  #hand(item: T): boolean {
    const [first] = this.#getting;
    if (first === undefined) return false;
    end(this.#getting, first, { item });
    return true;
  }

  #refill(): void {
    const [first] = this.#putting;
    if (first === undefined || !this.#hasRoom()) return;
    this.#add(first.item);
    end(this.#putting, first, "in");
  }
}

/** Waits among those for `answer`. The result gives the wait up. */
function wait<O, R>(
  among: Set<Waiting<O | "late"> & R>,
  timeout: number,
  answer: (outcome: O | "late") => void,
  rest: R,
): () => void {
  const timer = timerOf(timeout, () => {
    among.delete(waiting);
    answer("late");
  });
  const waiting = { ...rest, end: answer, timer };
  among.add(waiting);
  return () => {
    clearTimeout(timer);
    among.delete(waiting);
  };
}

function end<W extends Waiting<never>>(among: Set<W>, waiting: W, outcome: Parameters<W["end"]>[0]): void {
  among.delete(waiting);
  clearTimeout(waiting.timer);
  waiting.end(outcome as never);
}

function answered<O>(answer: (outcome: O) => void, outcome: O): () => void {
  answer(outcome);
  return nothing;
}

const LONGEST_TIMER = 2 ** 31 - 1;

/** Calls `end` after so many milliseconds, of which `Infinity` never go by. */
export function timerOf(timeout: number, end: () => void): ReturnType<typeof setTimeout> | undefined {
  return timeout === Number.POSITIVE_INFINITY ? undefined : setTimeout(end, Math.min(timeout, LONGEST_TIMER));
}

export function nothing(): void {}
