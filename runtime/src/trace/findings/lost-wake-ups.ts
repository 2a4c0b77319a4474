/**
 * Waits that nobody is left to end: for what nobody ever notified or set, or for an event that was set and cleared while
 * its waiter was on the way to it. A wait for a condition that was notified before proves nothing: the waiter may have
 * looked at what it is about, which leaves no trace.
 */
import { type Found, length } from "./finding.js";
import type { Onlooker, Signal } from "./onlooker.js";
import type { PlayedObject, Wait } from "./played-program.js";
import type { PlayedRun } from "./played-run.js";
import { waitsWithoutEnd } from "./waits-without-end.js";

/** What is known of a condition or event. */
interface Signals {
  /** How often somebody was notified. */
  count: number;
  /** An event was set, and nobody has waited for it since. */
  unseen: Signal | undefined;
  /** And the same thread cleared it. */
  missed: Signal | undefined;
}

/** A wait for an event that was set and cleared when its thread was there already, but had not begun to wait. */
interface Late {
  readonly signal: Signal;
  /** Notifications of the event so far: one that comes later may be for this wait. */
  readonly count: number;
}

export class LostWakeUps implements Onlooker {
  readonly #signals = new Map<PlayedObject, Signals>();
  readonly #late = new Map<Wait, Late>();
  /** Something was not recorded: a notification may be among it, so that nothing is told any more. */
  #isPartial = false;

  notifies(signal: Signal): void {
    if (this.#isPartial) return;
    const { object, thread, count, isCleared } = signal;
    const known = this.#of(object);
    const set = known.unseen;
    known.unseen = undefined;
    known.missed = undefined;
    if (isCleared) {
      if (set !== undefined && set.thread === thread && count === 0) known.missed = set;
      return;
    }
    known.count++;
    if (count === 0) known.unseen = signal;
  }

  begins(wait: Wait): void {
    const known = wait.object?.kind === "event" ? this.#signals.get(wait.object) : undefined;
    if (known?.missed === undefined) return;
    const signal = known.missed;
    // Who waits later waits for the next time.
    known.missed = undefined;
    if (!wait.isTimed && !wait.byTask && wait.thread.began <= signal.time) {
      this.#late.set(wait, { signal, count: known.count });
    }
  }

  ends(wait: Wait, _time: number, _isOver: boolean, cameAbout: boolean): void {
    if (wait.object === undefined || wait.object.isLock) return;
    this.#late.delete(wait);
    const known = this.#signals.get(wait.object);
    // It began before the event was set, and was on its way to sleep.
    if (known !== undefined && cameAbout) known.missed = undefined;
  }

  loses(): void {
    if (this.#isPartial) return;
    this.#isPartial = true;
    this.#late.clear();
    this.#signals.clear();
  }

  /** In processes all of whose threads have waited so long without a timeout: there is nobody left to notify anybody. */
  waiting(run: PlayedRun, time: number, patience: number): readonly Found[] {
    if (this.#isPartial) return [];
    return [...waitsWithoutEnd(run, time, patience)].flatMap((wait) => {
      const { object } = wait;
      if (object === undefined || (object.kind !== "condition" && object.kind !== "event")) return [];
      const count = this.#signals.get(object)?.count ?? 0;
      const late = this.#late.get(wait);
      if (late?.count === count) return [lost(wait, object, late.signal, time)];
      return count === 0 ? [unheard(wait, object, time)] : [];
    });
  }

  #of(object: PlayedObject): Signals {
    let known = this.#signals.get(object);
    if (known === undefined) {
      known = { count: 0, unseen: undefined, missed: undefined };
      this.#signals.set(object, known);
    }
    return known;
  }
}

function unheard({ thread, since, site }: Wait, object: PlayedObject, time: number): Found {
  return {
    kind: "unheard-wait",
    message:
      `${thread.label} waited ${length(time - since)} for ${object.label}, to the last: nobody ever ` +
      `${object.kind === "event" ? "set" : "notified"} it, and all threads that are left wait as well.`,
    places: [{ what: `${thread.label} waits for ${object.label}`, site }],
    ...{ about: `${object.id}`, weight: time - since },
  };
}

function lost({ thread, since, site }: Wait, object: PlayedObject, signal: Signal, time: number): Found {
  return {
    kind: "lost-wake-up",
    message:
      `${thread.label} waited ${length(time - since)} for ${object.label}, to the last: ${signal.thread.label} had set and ` +
      `cleared it ${length(since - signal.time)} before, when nobody waited, and all threads that are left wait as well.`,
    places: [
      { what: `${thread.label} waits for ${object.label}`, site },
      { what: `${signal.thread.label} set it before`, site: signal.site },
    ],
    ...{ about: `${object.id}`, weight: time - since },
  };
}
