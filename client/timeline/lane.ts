import { ACTIVITY, HOLDING } from "../shared/frame.js";
import { Intervals } from "./intervals.js";
import type { LockState, OpenWait } from "./lock-state.js";
import { MessageTrack } from "./message-track.js";
import type { Pauses } from "./pauses.js";
import { NOTHING, type States } from "./states.js";
import { Track } from "./track.js";

/** Locks that a thread is shown with at once. To give one back from within the stack takes as many segments as lie above. */
const MOST_HELD = 64;

/** A task of a pool that a thread is at. */
export interface OpenSpan {
  readonly number: number;
  readonly label: number;
  /** The pool. */
  readonly object: number;
}

/** A thread: two rows, what overlaps in it, and where it is as far as the events in order have come. */
export class Lane {
  readonly id: number;
  readonly began: number;
  name: string;
  /** Node's `threadId`. */
  worker = 0;
  /** Its own number in its process. */
  ident = 0;
  /** Whose it is: 1 for the program itself. */
  process = 1;
  ended: number | undefined;
  /** Its end is known, and may not have been played yet. */
  isEnding = false;
  dropped = 0;
  readonly activity: Track;
  readonly holding: Track;
  readonly asyncWaits = new Intervals();
  /** Those that came to it. */
  readonly messages = new MessageTrack();
  readonly pauses: Pauses;
  /** Of the last of its events in order. */
  reached: number;
  /** Of the last event of it that came. */
  queued: number;
  wait: OpenWait | undefined;
  /** By number of the event. */
  readonly openAsyncWaits = new Map<number, OpenWait>();
  /** By the moments when waits for locks of servers began: the label that says who had it. */
  readonly heldBy = new Map<number, number>();
  /** What has a name that it does, the one that began last at the end. */
  readonly spans: OpenSpan[] = [];
  #label = 0;
  /** How it looks while it runs: the state is looked up when the label changes. */
  #running = NOTHING;
  #runningLabel = -1;
  #runningWoken = -1;
  /** Who ended its last wait; 0 where that is not known. */
  #wokenBy = 0;
  /** What it holds, since when, from where: the one taken last comes last. */
  readonly held: LockState[] = [];
  readonly #heldSince: number[] = [];
  readonly #heldSites: number[] = [];
  /** Holdings whose segment begins later than they do, by that segment, rising. */
  readonly #resumed: number[] = [];
  readonly #resumedSince: number[] = [];
  readonly #states: States;

  constructor(id: number, name: string, began: number, states: States, pauses: Pauses) {
    this.id = id;
    this.name = name;
    this.began = began;
    this.reached = began;
    this.queued = began;
    this.#states = states;
    this.pauses = pauses;
    this.activity = new Track(states, ACTIVITY.running, [ACTIVITY.waits, ACTIVITY.unknown, ACTIVITY.waitsForLock]);
    this.holding = new Track(states, HOLDING.nothing, [HOLDING.holds, HOLDING.holdsWhileOthersWait]);
    this.runs(began);
    this.holding.append(began, NOTHING, 0);
  }

  /** What it does beside waiting, if that has a name: the task that began last. */
  runs(time: number): void {
    if (this.#label !== this.#runningLabel || this.#wokenBy !== this.#runningWoken) {
      this.#running = this.#states.activity(ACTIVITY.running, 0, this.#label, this.#wokenBy, false);
      this.#runningLabel = this.#label;
      this.#runningWoken = this.#wokenBy;
    }
    this.#becomes(time, this.#running);
  }

  /** The same after a wait, which another thread ended; 0: nobody knows which. */
  goesOn(time: number, wokenBy: number): void {
    this.#wokenBy = wokenBy;
    this.runs(time);
  }

  /** A task begins. While the thread waits, nothing changes. */
  begin(span: OpenSpan, time: number): void {
    this.spans.push(span);
    this.#label = span.label;
    if (this.wait === undefined) this.runs(time);
  }

  /** A task is over; the result is which. Undefined: its beginning was not recorded. */
  end(number: number, time: number): OpenSpan | undefined {
    const index = this.spans.findLastIndex((span) => span.number === number);
    if (index < 0) return undefined;
    const [span] = this.spans.splice(index, 1);
    this.#label = this.spans.at(-1)?.label ?? 0;
    if (this.wait === undefined) this.runs(time);
    return span;
  }

  /** Whatever it did, nobody knows whether it still does. */
  forgetSpans(): void {
    this.spans.length = 0;
    this.#label = 0;
  }

  /** From now on, as far as it is something else than before. */
  does(time: number, activity: number, object: number, other: number, site: number, isTimed: boolean): void {
    this.#becomes(time, this.#states.activity(activity, object, other, site, isTimed));
  }

  #becomes(time: number, code: number): void {
    if (code !== this.activity.lastCode || this.activity.length === 0) this.activity.append(time, code, 0);
  }

  /** False: it has too many to be shown with one more. */
  take(lock: LockState, time: number, site: number): boolean {
    if (this.held.length === MOST_HELD) return false;
    this.held.push(lock);
    this.#heldSince.push(time);
    this.#heldSites.push(site);
    this.showHoldings(time);
    return true;
  }

  /**
   * The rows' segments are the steps of a stack. Taking a lock from within it takes off all above, and puts that back
   * with a note of when it began.
   */
  letGo(lock: LockState, time: number): void {
    const index = this.held.lastIndexOf(lock);
    if (index < 0) return;
    if (index === this.held.length - 1) {
      this.held.pop();
      this.#heldSince.pop();
      this.#heldSites.pop();
      this.showHoldings(time);
      return;
    }
    this.held.splice(index, 1);
    this.#heldSince.splice(index, 1);
    this.#heldSites.splice(index, 1);
    this.holding.append(time, this.#plain(index), index);
    for (let depth = index + 1; depth <= this.held.length; depth++) {
      this.#resumed.push(this.holding.length);
      this.#resumedSince.push(this.#heldSince[depth - 1]!);
      this.holding.append(time, depth === this.held.length ? this.#shown() : this.#plain(depth), depth);
    }
    this.showHoldings(time);
  }

  letAllGo(time: number): void {
    this.held.length = 0;
    this.#heldSince.length = 0;
    this.#heldSites.length = 0;
    this.showHoldings(time);
  }

  /** Looks anew at whether others wait for something it holds. */
  showHoldings(time: number): void {
    const code = this.#shown();
    if (code !== this.holding.lastCode) this.holding.append(time, code, this.held.length);
  }

  /** Since when the lock is held that was taken last in a segment of the holdings. */
  heldSince(segment: number): number {
    let low = 0;
    let high = this.#resumed.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#resumed[middle]! < segment) low = middle + 1;
      else high = middle;
    }
    return this.#resumed[low] === segment ? this.#resumedSince[low]! : this.holding.startOf(segment);
  }

  #shown(): number {
    const depth = this.held.length;
    if (depth === 0) return NOTHING;
    for (let i = depth - 1; i >= 0; i--) {
      const lock = this.held[i]!;
      const waiter = lock.waiterBeside(this);
      if (waiter !== 0) return this.#code(HOLDING.holdsWhileOthersWait, lock.id, waiter, depth);
    }
    return this.#plain(depth);
  }

  /** As if nobody waited, and only the first so many were held. */
  #plain(depth: number): number {
    return depth === 0 ? NOTHING : this.#code(HOLDING.holds, this.held[depth - 1]!.id, 0, depth);
  }

  #code(severity: number, object: number, other: number, depth: number): number {
    const lock = this.held[depth - 1]!;
    const site = this.#heldSites[depth - 1]!;
    if (depth > 1 || other !== 0) return this.#states.holding(severity, object, other, depth, lock.id, site);
    // Most locks are held alone and wanted by nobody.
    const known = site === 0 ? lock.plainCode : (lock.codes.get(site) ?? -1);
    if (known >= 0) return known;
    const code = this.#states.holding(severity, object, 0, 1, lock.id, site);
    if (site === 0) lock.plainCode = code;
    else lock.codes.set(site, code);
    return code;
  }
}
