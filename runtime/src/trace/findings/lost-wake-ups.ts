/**
 * Waits that no notification reached: it came before anybody waited, and is forgotten; or there is none, and nobody left
 * who could give it.
 */
import { FLAGS } from "../decode.js";
import { type Found, length } from "./finding.js";
import {
  few,
  type Onlooker,
  type PlayedObject,
  type PlayedRun,
  type PlayedThread,
  type Signal,
  type Wait,
} from "./played-run.js";

const MOST_KEPT = 1000;

/** What is known of a condition or event. */
interface Signals {
  /** How often somebody was notified. */
  count: number;
  /** The last notification, if it reached nobody, and of the locks its thread held then, how often each had been taken. */
  unheard: { readonly signal: Signal; readonly takings: ReadonlyMap<PlayedObject, number> } | undefined;
  /** An event was set and cleared by one thread, and nobody saw it. */
  missed: Signal | undefined;
}

/** A wait that may be in vain. */
interface Late {
  readonly signal: Signal;
  /** Notifications of the object so far: one that comes later may be for this wait. */
  readonly count: number;
}

export class LostWakeUps implements Onlooker {
  readonly #signals = new Map<PlayedObject, Signals>();
  readonly #late = new Map<Wait, Late>();
  readonly #found: Found[] = [];
  /** Something was not recorded: a notification may be among it. */
  #isPartial = false;

  notifies(signal: Signal): void {
    const { object, thread, count, isCleared } = signal;
    const known = this.#of(object);
    if (isCleared) {
      const set = known.unheard?.signal;
      known.missed = set !== undefined && set.thread === thread && count === 0 ? set : undefined;
      known.unheard = undefined;
      return;
    }
    known.count++;
    known.missed = undefined;
    known.unheard = undefined;
    if (count > 0) return;
    const takings = new Map<PlayedObject, number>();
    for (const { lock } of few(thread.held())) takings.set(lock, lock.takings);
    known.unheard = { signal, takings };
  }

  begins(wait: Wait): void {
    const { object } = wait;
    if (object === undefined || !isSignalled(object)) return;
    const known = this.#signals.get(object);
    if (known === undefined) return;
    const signal = object.kind === "event" ? known.missed : unheardBy(wait, known);
    if (signal !== undefined && this.#late.size < MOST_KEPT) this.#late.set(wait, { signal, count: known.count });
  }

  ends(wait: Wait, time: number, isOver: boolean, cameAbout: boolean): void {
    const { object } = wait;
    const late = this.#late.get(wait);
    this.#late.delete(wait);
    if (object === undefined) return;
    const known = this.#signals.get(object);
    if (known === undefined) return;
    // It began before the event was set, and was on its way to sleep.
    if (cameAbout && object.kind === "event") known.missed = undefined;
    if (!isOver || cameAbout || !wait.isTimed || late?.count !== known.count) return;
    if (this.#found.length < MOST_KEPT) this.#found.push(lost(wait, late.signal, time, "until its time was over"));
  }

  loses(): void {
    this.#isPartial = true;
    this.#late.clear();
    for (const known of this.#signals.values()) {
      known.unheard = undefined;
      known.missed = undefined;
    }
  }

  /** What is over. */
  found(): readonly Found[] {
    return this.#found;
  }

  /** The waits without a timeout that nobody will end, and that have lasted so long. */
  waiting(run: PlayedRun, time: number, patience: number): readonly Found[] {
    const found: Found[] = [];
    for (const [wait, { signal, count }] of this.#late) {
      if (wait.isTimed || time - wait.since < patience || this.#of(signal.object).count !== count) continue;
      found.push(lost(wait, signal, time, "to the last"));
    }
    if (!this.#isPartial) found.push(...this.#unheard(run, time, patience));
    return found;
  }

  /** In processes all of whose threads wait without a timeout: there is nobody left to notify anybody. */
  *#unheard(run: PlayedRun, time: number, patience: number): Generator<Found> {
    for (const threads of byProcess(run.threads.values()).values()) {
      const waits = threads.flatMap(({ wait }) => (wait === undefined || wait.isTimed ? [] : [wait]));
      if (waits.length < threads.length || waits.some(({ since }) => time - since < patience)) continue;
      for (const { object, thread, since, site } of waits) {
        if (object === undefined || !isSignalled(object) || (this.#signals.get(object)?.count ?? 0) > 0) continue;
        yield {
          kind: "unheard-wait",
          message:
            `${thread.label} waited ${length(time - since)} for ${object.label}, to the last: nobody ever ` +
            `${object.kind === "event" ? "set" : "notified"} it, and all threads that are left wait as well.`,
          places: [{ what: `${thread.label} waits for ${object.label}`, site }],
          ...{ about: `${object.id}`, weight: time - since },
        };
      }
    }
  }

  #of(object: PlayedObject): Signals {
    let known = this.#signals.get(object);
    if (known === undefined) {
      known = { count: 0, unheard: undefined, missed: undefined };
      this.#signals.set(object, known);
    }
    return known;
  }
}

function isSignalled({ kind }: PlayedObject): boolean {
  return kind === "condition" || kind === "event";
}

/**
 * The notification that the wait came too late for: nobody else took the condition's lock in between, which the waiter
 * gave back just now, so what it was about is as it was. Whoever had a look at that would not wait.
 */
function unheardBy({ thread, flags }: Wait, { unheard }: Signals): Signal | undefined {
  const { released } = thread;
  if (unheard === undefined || released === undefined || (flags & FLAGS.checked) !== 0) return undefined;
  const before = unheard.takings.get(released);
  return before !== undefined && released.takings === before + 1 ? unheard.signal : undefined;
}

function lost(wait: Wait, signal: Signal, time: number, until: string): Found {
  const { thread, since, site } = wait;
  const { object } = signal;
  const when = length(since - signal.time);
  const how =
    object.kind === "event"
      ? `${signal.thread.label} had set and cleared it ${when} before, when nobody waited`
      : `${signal.thread.label} had notified it ${when} before, when nobody waited, and what is notified then is forgotten`;
  return {
    kind: "lost-wake-up",
    message: `${thread.label} waited ${length(time - since)} for ${object.label}, ${until}: ${how}.`,
    places: [
      { what: `${thread.label} waits for ${object.label}`, site },
      { what: `${signal.thread.label} ${object.kind === "event" ? "set" : "notified"} it before`, site: signal.site },
    ],
    ...{ about: `${object.id}`, weight: time - since },
  };
}

/** The threads that have not ended. */
function byProcess(threads: Iterable<PlayedThread>): ReadonlyMap<number, readonly PlayedThread[]> {
  const all = new Map<number, PlayedThread[]>();
  for (const thread of threads) {
    if (thread.ended < Number.POSITIVE_INFINITY) continue;
    const known = all.get(thread.process) ?? [];
    known.push(thread);
    all.set(thread.process, known);
  }
  return all;
}
