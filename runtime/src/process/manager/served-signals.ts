/** Semaphores, events and barriers in a manager's server. */
import { BrokenBarrierError, StateError } from "../../errors.js";
import { nothing, timerOf } from "../broker-queue.js";
import { type Abandonable, type Call, LATER, type Methods, Served, type ServedClient } from "./served.js";

/** Calls that wait for the same, in order of arrival, each with its timeout. */
class Waiters {
  readonly #timers = new Map<Call, ReturnType<typeof setTimeout> | undefined>();

  get size(): number {
    return this.#timers.size;
  }

  /** `late` says what becomes of the call when its time is up, `left` what follows when it is given up. */
  add(call: Call, timeout: number, late: () => void, left: () => void = nothing): typeof LATER {
    const end = (then: () => void): void => {
      if (this.#remove(call)) then();
    };
    this.#timers.set(
      call,
      timerOf(timeout, () => end(late)),
    );
    call.whenGivenUp(() => void end(left));
    return LATER;
  }

  /** Ends the waits of the first `count` calls. */
  end(count: number, how: (call: Call) => void): void {
    for (const call of [...this.#timers.keys()].slice(0, count)) if (this.#remove(call)) how(call);
  }

  #remove(call: Call): boolean {
    clearTimeout(this.#timers.get(call));
    return this.#timers.delete(call);
  }
}

const ALL = Number.POSITIVE_INFINITY;

/**
 * Permits have no owner, but a client that ends gives back as many as it had: those that it took and that nobody gave
 * back since, be it another client.
 */
export class ServedSemaphore extends Served implements Abandonable {
  override readonly kind: string;
  override readonly methods: Methods<ServedSemaphore> = SEMAPHORE_METHODS;
  #value: number;
  readonly #limit: number;
  readonly #waiting = new Waiters();
  /** How many permits clients have, in the order in which they began to have some. */
  readonly #taken = new Map<ServedClient, number>();

  constructor(value: number, isBounded: boolean) {
    super();
    this.kind = isBounded ? "boundedSemaphore" : "semaphore";
    this.#value = value;
    this.#limit = isBounded ? value : ALL;
  }

  get value(): number {
    return this.#value;
  }

  acquire(call: Call): unknown {
    const [timeout] = call.args as [number];
    if (this.#value > 0) return this.#give(call.client);
    if (!(timeout > 0)) return false;
    return this.#waiting.add(call, timeout, () => call.answer(false));
  }

  release(call: Call): void {
    const [count] = call.args as [number];
    if (this.#value + count > this.#limit) {
      throw new StateError(`More permits were given back than ${this.#limit}, the most there may be.`);
    }
    for (let left = count; left > 0 && this.#taken.size > 0; ) {
      const [first] = this.#taken.keys();
      const client = this.#taken.has(call.client) ? call.client : (first as ServedClient);
      left -= this.#takeBack(client, left);
    }
    this.#add(count);
  }

  abandon(client: ServedClient): void {
    this.#add(this.#takeBack(client, ALL));
  }

  #give(client: ServedClient): true {
    this.#value--;
    this.#taken.set(client, (this.#taken.get(client) ?? 0) + 1);
    client.held.add(this);
    return true;
  }

  /** The client has up to `most` permits less; how many. */
  #takeBack(client: ServedClient, most: number): number {
    const had = this.#taken.get(client) ?? 0;
    if (had > most) {
      this.#taken.set(client, had - most);
      return most;
    }
    this.#taken.delete(client);
    client.held.delete(this);
    return had;
  }

  #add(count: number): void {
    this.#value += count;
    this.#waiting.end(this.#value, (call) => call.answer(this.#give(call.client)));
  }
}

const SEMAPHORE_METHODS: Methods<ServedSemaphore> = {
  acquire: (semaphore, call) => semaphore.acquire(call),
  release: (semaphore, call) => semaphore.release(call),
  value: (semaphore) => semaphore.value,
};

export class ServedEvent extends Served {
  override readonly kind = "event";
  override readonly methods: Methods<ServedEvent> = EVENT_METHODS;
  readonly #waiting = new Waiters();
  isSet = false;

  set(): void {
    this.isSet = true;
    this.#waiting.end(ALL, (call) => call.answer(true));
  }

  wait(call: Call): unknown {
    const [timeout] = call.args as [number];
    if (this.isSet || !(timeout > 0)) return this.isSet;
    return this.#waiting.add(call, timeout, () => call.answer(false));
  }
}

const EVENT_METHODS: Methods<ServedEvent> = {
  set: (event) => event.set(),
  clear(event) {
    event.isSet = false;
  },
  isSet: (event) => event.isSet,
  wait: (event, call) => event.wait(call),
};

/** What a barrier's last party runs before all go on. */
export type BarrierAction = () => unknown;

export class ServedBarrier extends Served {
  override readonly kind = "barrier";
  override readonly methods: Methods<ServedBarrier> = BARRIER_METHODS;
  readonly parties: number;
  readonly #action: BarrierAction | undefined;
  readonly #timeout: number;
  readonly #waiting = new Waiters();
  #isBroken = false;
  /** In which order the calls that wait came. */
  readonly #places = new WeakMap<Call, number>();
  /** While the last one's action runs nobody can join in. */
  #isActing = false;

  constructor(parties: number, action: BarrierAction | undefined, timeout: number) {
    super();
    this.parties = parties;
    this.#action = action;
    this.#timeout = timeout;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  get isBroken(): boolean {
    return this.#isBroken;
  }

  wait(call: Call): unknown {
    const [timeout = this.#timeout] = call.args as [number | undefined];
    if (this.#isBroken) throw broken();
    if (this.#isActing)
      throw new StateError(`More than ${this.parties} threads wait at a barrier for ${this.parties}.`);
    const place = this.#waiting.size;
    if (place + 1 === this.parties) {
      return this.#action === undefined ? this.#pass(place) : this.#act(this.#action, place);
    }
    if (!(timeout > 0)) {
      this.abort();
      throw broken();
    }
    this.#places.set(call, place);
    const late = (): void => {
      this.abort();
      call.fail(broken());
    };
    return this.#waiting.add(call, timeout, late, () => this.abort());
  }

  abort(): void {
    this.#isBroken = true;
    this.#fail();
  }

  reset(): void {
    this.#fail();
    this.#isBroken = false;
  }

  async #act(action: BarrierAction, place: number): Promise<number> {
    this.#isActing = true;
    try {
      await action();
    } catch (error) {
      this.abort();
      throw error;
    } finally {
      this.#isActing = false;
    }
    if (this.#isBroken) throw broken(); // by a timeout meanwhile
    return this.#pass(place);
  }

  #pass(place: number): number {
    this.#waiting.end(ALL, (call) => call.answer(this.#places.get(call)));
    return place;
  }

  #fail(): void {
    this.#waiting.end(ALL, (call) => call.fail(broken()));
  }
}

function broken(): BrokenBarrierError {
  return new BrokenBarrierError("The barrier is broken: somebody left it, or it was aborted or reset.");
}

const BARRIER_METHODS: Methods<ServedBarrier> = {
  wait: (barrier, call) => barrier.wait(call),
  abort: (barrier) => barrier.abort(),
  reset: (barrier) => barrier.reset(),
  parties: (barrier) => barrier.parties,
  waiting: (barrier) => barrier.waiting,
  broken: (barrier) => barrier.isBroken,
};
