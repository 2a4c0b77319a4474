/** A queue in its broker: items in order, and who waits for one, for room, or for all to be done. */
import { Deque } from "./deque.js";

/** A message that the broker does not look into. */
export type Item = Uint8Array;

/** Somebody who waits. */
interface Waiting {
  /** The wait is over: it got what it waits for. */
  readonly serve: () => void;
  readonly timer: ReturnType<typeof setTimeout> | undefined;
}

interface Putting extends Waiting {
  readonly item: Item;
}

interface Getting extends Omit<Waiting, "serve"> {
  readonly serve: (item: Item) => void;
}

const LONGEST_TIMER = 2 ** 31 - 1;

export class BrokerQueue {
  readonly #maxsize: number;
  readonly #items = new Deque<Item>();
  readonly #putting = new Set<Putting>();
  readonly #getting = new Set<Getting>();
  readonly #joining = new Set<() => void>();
  #unfinished = 0;

  /** 0: as many items as come. */
  constructor(maxsize: number) {
    this.#maxsize = maxsize;
  }

  get size(): number {
    return this.#items.size;
  }

  /** Adds the item when there is room, and tells whether there was any in time. The result gives the wait up. */
  put(item: Item, timeout: number, answer: (isIn: boolean) => void): () => void {
    if (this.#hasRoom()) {
      this.#add(item);
      answer(true);
      return nothing;
    }
    if (!(timeout > 0)) {
      answer(false);
      return nothing;
    }
    const putting: Putting = {
      item,
      serve: () => answer(true),
      timer: timerOf(timeout, () => {
        this.#putting.delete(putting);
        answer(false);
      }),
    };
    this.#putting.add(putting);
    return () => {
      clearTimeout(putting.timer);
      this.#putting.delete(putting);
    };
  }

  /** Takes the next item when there is one; undefined: not in time. The result gives the wait up. */
  get(timeout: number, answer: (item: Item | undefined) => void): () => void {
    const item = this.#items.shift();
    if (item !== undefined) {
      this.#refill();
      answer(item);
      return nothing;
    }
    if (!(timeout > 0)) {
      answer(undefined);
      return nothing;
    }
    const getting: Getting = {
      serve: answer,
      timer: timerOf(timeout, () => {
        this.#getting.delete(getting);
        answer(undefined);
      }),
    };
    this.#getting.add(getting);
    return () => {
      clearTimeout(getting.timer);
      this.#getting.delete(getting);
    };
  }

  /** An item that somebody got and never saw: it is the next one again, for those whom `serve` gives it. */
  putBack(item: Item): void {
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
    if (--this.#unfinished > 0) return true;
    for (const answer of this.#joining) answer();
    this.#joining.clear();
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

  #hasRoom(): boolean {
    return this.#maxsize === 0 || this.#items.size < this.#maxsize;
  }

  #add(item: Item): void {
    this.#unfinished++;
    if (!this.#hand(item)) this.#items.push(item);
  }

  /** Gives the item to who has waited longest, if anybody does. */
  #hand(item: Item): boolean {
    const [first] = this.#getting;
    if (first === undefined) return false;
    this.#getting.delete(first);
    clearTimeout(first.timer);
    first.serve(item);
    return true;
  }

  #refill(): void {
    const [first] = this.#putting;
    if (first === undefined || !this.#hasRoom()) return;
    this.#putting.delete(first);
    clearTimeout(first.timer);
    this.#add(first.item);
    first.serve();
  }
}

function timerOf(timeout: number, end: () => void): ReturnType<typeof setTimeout> | undefined {
  return timeout === Number.POSITIVE_INFINITY ? undefined : setTimeout(end, Math.min(timeout, LONGEST_TIMER));
}

function nothing(): void {}
