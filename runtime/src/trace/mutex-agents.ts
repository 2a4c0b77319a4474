/**
 * Which code of a thread runs because it got which mutex: a thread's tasks have no names by which one could ask. Whatever
 * goes on behind the `await` of an acquire, and what that calls, belongs to that acquire; Node.js tells which promise
 * goes on behind which. Waits that nobody can end any more are found with it.
 */
import process from "node:process";
import { setTimeout } from "node:timers";
import { promiseHooks } from "node:v8";

/** Milliseconds until waits are looked at, and between two looks at most. */
const FIRST_LOOK = 100;
const LONGEST_PAUSE = 2000;

/** What keeps a process alive without ever going on by itself with what it has begun. */
const IDLE: ReadonlySet<string> = new Set(["TTYWrap", "PipeWrap", "TCPServerWrap", "PipeServerWrap", "SignalWrap"]);
/** Of these, what calls the program when somebody comes: who waits for itself may wait for that. */
const CALLING: ReadonlySet<string> = new Set(["TCPServerWrap", "PipeServerWrap", "SignalWrap"]);

/** Of a promise: the acquire that it is the result of, and the one that its reactions go on from. */
const RESULT_OF = Symbol("heddle.resultOf");
const AGENT = Symbol("heddle.agent");
/** Of a promise: what is to be done when it is resolved or rejected, before anybody hears of it. */
const SETTLED = Symbol("heddle.settled");
type Tagged = object & {
  [RESULT_OF]?: Agent | undefined;
  [AGENT]?: Agent | undefined;
  [SETTLED]?: (() => void) | undefined;
};

/** An acquire, and with it what goes on behind it. */
export class Agent {
  /** The one that asked for it while it had a mutex itself. */
  #outer: Agent | undefined;
  /** It has what it asked for. Once it has given that back, it never has anything again. */
  holds = false;

  constructor() {
    const outer = current?.holding;
    this.#outer = outer;
    // Else who takes the next one before giving back the last would make a chain without end.
    if (outer !== undefined) outer.#outer = outer.#outer?.holding;
  }

  /** This one, or the next outer one that has something. */
  get holding(): Agent | undefined {
    let agent: Agent | undefined = this;
    while (agent !== undefined && !agent.holds) agent = agent.#outer;
    return agent;
  }

  isWithin(other: Agent): boolean {
    let agent: Agent | undefined = this;
    while (agent !== undefined && agent !== other) agent = agent.#outer;
    return agent !== undefined;
  }
}

/** A task that waits for a mutex without a timeout. */
export interface MutexWait {
  /** The one that waits, which goes on within those that asked for it. */
  readonly agent: Agent;
  /** Who has the mutex; undefined where that is not known. */
  readonly holder: () => Agent | undefined;
}

/** The one that the running code belongs to. */
let current: Agent | undefined;
let isFollowed = false;

/** From here on it is known what belongs to whom. */
export function followPromises(): void {
  if (isFollowed) return;
  isFollowed = true;
  promiseHooks.createHook({
    init(promise: Tagged, parent: Tagged) {
      const agent = parent?.[RESULT_OF] ?? current?.holding;
      if (agent !== undefined) promise[AGENT] = agent;
    },
    before(promise: Tagged) {
      current = promise[AGENT];
    },
    after() {
      current = undefined;
    },
    settled(promise: Tagged) {
      promise[SETTLED]?.();
    },
  });
}

/** What goes on behind the promise belongs to the acquire. */
export function isResultOf(promise: object, agent: Agent): void {
  (promise as Tagged)[RESULT_OF] = agent;
}

/** Calls back when the promise is resolved or rejected. Unlike `then`, it leaves a rejection unhandled if it is. */
export function onceSettled(promise: object, then: () => void): void {
  (promise as Tagged)[SETTLED] = then;
}

/** Waits of this thread, and which of them are for ever. */
export class MutexWaits<W extends MutexWait> {
  readonly #waits = new Set<W>();
  readonly #told = new WeakSet<W>();
  readonly #tell: (cycle: readonly W[]) => void;
  #isPlanned = false;
  #pause = FIRST_LOOK;

  /** `tell` hears of waits each of which is for what the next one's task has, the last for what the first one's has. */
  constructor(tell: (cycle: readonly W[]) => void) {
    this.#tell = tell;
    // Nothing goes on any more, and soon nobody is there to look.
    process.on("beforeExit", () => this.#look(true));
  }

  add(wait: W): void {
    this.#waits.add(wait);
    this.#pause = FIRST_LOOK;
    this.#plan();
  }

  delete(wait: W): void {
    this.#waits.delete(wait);
  }

  #plan(): void {
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    const look = (): void => {
      this.#isPlanned = false;
      this.#look();
      this.#pause = Math.min(2 * this.#pause, LONGEST_PAUSE);
      if (this.#waits.size > 0) this.#plan();
    };
    setTimeout(look, this.#pause).unref();
  }

  /** As long as anything is under way, it may be what the task that has the mutex really waits for. */
  #look(isOver = false): void {
    const active = process.getActiveResourcesInfo();
    if (active.some((kind) => !IDLE.has(kind))) return;
    const mayBeCalled = !isOver && active.some((kind) => CALLING.has(kind));
    for (const wait of this.#waits) {
      if (this.#told.has(wait)) continue;
      const cycle = this.#cycleFrom(wait);
      // A mutex that its holder wants again may be a gate, which a handler opens.
      if (cycle === undefined || (cycle.length === 1 && mayBeCalled)) continue;
      for (const each of cycle) this.#told.add(each);
      this.#tell(cycle);
    }
  }

  #cycleFrom(first: W): readonly W[] | undefined {
    const seen = new Set<W>();
    const search = (wait: W): W[] | undefined => {
      const holder = wait.holder();
      if (holder === undefined || seen.has(wait)) return undefined;
      seen.add(wait);
      if (first.agent.isWithin(holder)) return [wait];
      for (const next of this.#waits) {
        const rest = next.agent.isWithin(holder) ? search(next) : undefined;
        if (rest !== undefined) return [wait, ...rest];
      }
      return undefined;
    };
    return search(first);
  }
}
