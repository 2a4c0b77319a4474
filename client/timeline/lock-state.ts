import type { Waits } from "./contention.js";

/** A thread, as a lock knows it. */
export interface LockUser {
  readonly id: number;
  /** It has the lock no more. */
  letGo(lock: LockState, time: number): void;
  /** Others have come to wait for what it holds, or have ceased to. */
  showHoldings(time: number): void;
}

/** A wait that lasts. */
export class OpenWait {
  readonly lane: LockUser;
  readonly since: number;
  readonly object: number;
  readonly site: number;
  /** Who had it or was to end it at the beginning; 0 for none. */
  readonly holder: number;
  /** Of a task's wait its number among the lane's; -1 where the lane blocks. */
  readonly interval: number;
  /** Its neighbours among the waiters of a lock. */
  before: OpenWait | undefined;
  after: OpenWait | undefined;

  constructor(lane: LockUser, since: number, object: number, site: number, holder: number, interval = -1) {
    this.lane = lane;
    this.since = since;
    this.object = object;
    this.site = site;
    this.holder = holder;
    this.interval = interval;
  }
}

/**
 * A lock, as far as the events in order have come. Most are held and wanted by few, and each event changes that: lists
 * cost a fraction of what sets do. Thousands of tasks may wait, so waiters are linked, and each leaves at once.
 */
export class LockState {
  readonly id: number;
  /** Several may have it at once: those that read. */
  readonly isShared: boolean;
  /**
   * Who took it and has not given it back, the one that took it first first. Of a lock that is not shared more than one
   * only because clocks differ by a little, and records may be missing.
   */
  readonly holders: LockUser[] = [];
  /** How often those that took a shared lock took it again. */
  readonly repeats = new Map<LockUser, number>();
  /** How it looks when it is all that is held, by the place where it was taken; and most often that is not known. */
  readonly codes = new Map<number, number>();
  plainCode = -1;
  /** What was waited for it, by the place. */
  readonly waits = new Map<number, Waits>();
  /** Who gave it back last, and when; 0 for none. */
  releasedBy = 0;
  releasedAt = -1;
  /** It is worth a line in a table. */
  wasWaitedFor = false;
  /** The one that began first. */
  #first: OpenWait | undefined;
  #last: OpenWait | undefined;
  #count = 0;
  /** How many of those that wait are tasks of each lane. */
  readonly #tasks = new Map<LockUser, number>();

  constructor(id: number, isShared: boolean) {
    this.id = id;
    this.isShared = isShared;
  }

  isHeldBy(lane: LockUser): boolean {
    return this.holders.includes(lane);
  }

  /** The lane has it no more. */
  letGo(lane: LockUser, time: number): void {
    this.forget(lane);
    lane.letGo(this, time);
  }

  /** The same without a change of what is shown. */
  forget(lane: LockUser): void {
    const index = this.holders.indexOf(lane);
    if (index === this.holders.length - 1) this.holders.pop();
    else if (index >= 0) this.holders.splice(index, 1);
  }

  /** The lane has it already: it is to be given back once more, or was. */
  repeat(lane: LockUser, change: 1 | -1): void {
    const times = (this.repeats.get(lane) ?? 0) + change;
    if (times === 0) this.repeats.delete(lane);
    else this.repeats.set(lane, times);
  }

  /** Who keeps the lane waiting. Who is the next to write has the lock's mutex, and waits for those who read. */
  keeperOf(lane: LockUser, holder: number): number {
    if (!this.isShared || holder !== lane.id) return holder;
    return this.holders.find((other) => other !== lane)?.id ?? holder;
  }

  queueUp(wait: OpenWait, time: number): void {
    wait.before = this.#last;
    if (this.#last === undefined) this.#first = wait;
    else this.#last.after = wait;
    this.#last = wait;
    this.#count++;
    if (wait.interval >= 0) this.#countTask(wait.lane, 1);
    this.wasWaitedFor = true;
    this.#show(time);
  }

  leaveQueue(wait: OpenWait, time: number): void {
    const { before, after } = wait;
    if (before !== undefined) before.after = after;
    else if (this.#first === wait) this.#first = after;
    // It was none of them.
    else return this.#show(time);
    if (after !== undefined) after.before = before;
    else this.#last = before;
    wait.before = undefined;
    wait.after = undefined;
    this.#count--;
    if (wait.interval >= 0) this.#countTask(wait.lane, -1);
    this.#show(time);
  }

  /** The first other lane that waits for it; 0: none does, or only tasks of the lane itself. */
  waiterBeside(lane: LockUser): number {
    if (this.#count === 0) return 0;
    const tasks = this.#tasks.size === 0 ? 0 : (this.#tasks.get(lane) ?? 0);
    // Tens of thousands of them may be of the lane that holds it.
    if (this.#count === tasks) return 0;
    for (let wait = this.#first; wait !== undefined; wait = wait.after) if (wait.lane !== lane) return wait.lane.id;
    return 0;
  }

  #countTask(lane: LockUser, change: 1 | -1): void {
    const count = (this.#tasks.get(lane) ?? 0) + change;
    if (count === 0) this.#tasks.delete(lane);
    else this.#tasks.set(lane, count);
  }

  #show(time: number): void {
    for (const lane of this.holders) lane.showHoldings(time);
  }
}
