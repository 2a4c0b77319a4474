/** Queues in a manager's server. An item that a client got and did not see before it ended is the next one again. */
import { Empty, Full, ShutDown, StateError } from "../../errors.js";
import { BrokerQueue, type Store } from "../broker-queue.js";
import { LATER, type Methods, Served } from "./served.js";

/** An item, which may be undefined itself. */
interface Item {
  readonly value: unknown;
}

/** Items leave in the opposite order of their arrival. */
class Stack implements Store<Item> {
  readonly #items: Item[] = [];

  get size(): number {
    return this.#items.length;
  }

  push(item: Item): void {
    this.#items.push(item);
  }

  shift(): Item | undefined {
    return this.#items.pop();
  }

  unshift(item: Item): void {
    this.#items.push(item);
  }
}

type Priority = number | string;

interface Ranked {
  readonly item: Item;
  readonly priority: Priority;
  /** Of equal priorities the first that came leaves first. */
  readonly arrival: number;
}

/** The smallest leaves first: a binary heap. */
class Heap implements Store<Item> {
  readonly #ranked: Ranked[] = [];
  #arrivals = 0;
  #returns = 0;

  get size(): number {
    return this.#ranked.length;
  }

  push(item: Item): void {
    this.#insert(item, ++this.#arrivals);
  }

  unshift(item: Item): void {
    this.#insert(item, --this.#returns);
  }

  shift(): Item | undefined {
    const [first] = this.#ranked;
    const last = this.#ranked.pop();
    if (first === undefined || last === undefined) return undefined;
    if (first !== last) this.#sink(last);
    return first.item;
  }

  #insert(item: Item, arrival: number): void {
    const priority = priorityOf(item.value);
    const all = this.#ranked;
    const ranked: Ranked = { item, priority, arrival };
    let at = all.length;
    for (let parent = (at - 1) >> 1; at > 0 && isBefore(ranked, all[parent] as Ranked); parent = (at - 1) >> 1) {
      all[at] = all[parent] as Ranked;
      at = parent;
    }
    all[at] = ranked;
  }

  /** The last one takes the place of the first, and goes down from there. */
  #sink(last: Ranked): void {
    const all = this.#ranked;
    let at = 0;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= all.length) break;
      if (child + 1 < all.length && isBefore(all[child + 1] as Ranked, all[child] as Ranked)) child++;
      if (!isBefore(all[child] as Ranked, last)) break;
      all[at] = all[child] as Ranked;
      at = child;
    }
    all[at] = last;
  }
}

function isBefore(a: Ranked, b: Ranked): boolean {
  return a.priority === b.priority ? a.arrival < b.arrival : a.priority < b.priority;
}

function priorityOf(value: unknown): Priority {
  return (Array.isArray(value) ? value[0] : value) as Priority;
}

/** In which order items leave. */
const STORES = { queue: undefined, lifoQueue: Stack, priorityQueue: Heap } as const;
export type QueueKind = keyof typeof STORES;

export class ServedQueue extends Served {
  override readonly kind: QueueKind;
  override readonly methods: Methods<ServedQueue> = QUEUE_METHODS;
  readonly queue: BrokerQueue<Item>;
  /** Of a priority queue, since the first item. */
  #priorityType: string | undefined;

  constructor(kind: QueueKind, maxsize: number) {
    super();
    this.kind = kind;
    const store = STORES[kind];
    this.queue = new BrokerQueue<Item>(maxsize, store && new store());
  }

  /**
   * Before an item is anywhere: all that waits or was put back has a place among the others then.
   * @throws TypeError its priority cannot be compared with those of the others
   */
  check(value: unknown): void {
    if (this.kind !== "priorityQueue") return;
    const type = typeof priorityOf(value);
    this.#priorityType ??= type;
    if (type === this.#priorityType) return;
    throw new TypeError("The priorities in one queue are all numbers or all strings.");
  }
}

const QUEUE_METHODS: Methods<ServedQueue> = {
  put(served, call) {
    const [value, timeout] = call.args as [unknown, number];
    served.check(value);
    const giveUp = served.queue.put({ value }, timeout, (outcome) => {
      if (outcome === "in") call.answer(undefined);
      else call.fail(outcome === "late" ? new Full("The queue is full.") : shutDown());
    });
    call.whenGivenUp(() => void giveUp());
    return LATER;
  },
  get({ queue }, call) {
    const [timeout] = call.args as [number];
    const giveUp = queue.get(timeout, (outcome) => {
      if (outcome === "late") return call.fail(new Empty("The queue is empty."));
      if (outcome === "shut") return call.fail(shutDown());
      call.hand(outcome.item.value, () => {
        queue.putBack(outcome.item);
        return () => queue.serve();
      });
    });
    call.whenGivenUp(() => void giveUp());
    return LATER;
  },
  qsize: ({ queue }) => queue.size,
  full: ({ queue }) => queue.maxsize > 0 && queue.size >= queue.maxsize,
  taskDone({ queue }) {
    if (!queue.taskDone()) throw new StateError("taskDone() was called more often than items were put.");
  },
  join({ queue }, call) {
    const giveUp = queue.join(() => call.answer(undefined));
    call.whenGivenUp(() => void giveUp());
    return LATER;
  },
  shutdown: ({ queue }, { args }) => queue.shutDown(args[0] === true),
};

function shutDown(): ShutDown {
  return new ShutDown("The queue was shut down.");
}
