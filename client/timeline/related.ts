/**
 * Which threads have to do with each other or with an object, for those who want to see no others. It stands in the rows
 * already: they are gone through when somebody asks, and next time from there on, so that nobody pays who never asks.
 */
import { isWait, wokenBy } from "./arrows.js";
import type { Lane } from "./lane.js";
import { NOTHING, SEVERITY_MASK } from "./states.js";
import type { Timeline } from "./timeline.js";

/** Which threads are asked for; where it says several things, those that fit all. */
export interface RelatedTo {
  /** The thread that they waited for, or that waited for them; 0 for any. */
  readonly thread: number;
  /** What they used: a lock that they had or waited for, a queue that they put into or took from; 0 for any. */
  readonly object: number;
  /** Nanoseconds of the shortest wait that counts. 0: any, and to use something without a wait counts as well. */
  readonly least: number;
}

/** The longest wait of one thread for one object that one other ended, or else had; 0 for nobody. */
interface LongestWait {
  readonly object: number;
  readonly by: number;
  length: number;
}

/** What is known of one thread, as far as its rows were gone through. */
class Known {
  /** What stands before these was. */
  activity = 0;
  holding = 0;
  asyncWaits = 0;
  readonly used = new Set<number>();
  readonly waits: LongestWait[] = [];
  readonly #holdings = new Set<number>();
  /** By object and then by who ended them. */
  readonly #byObject = new Map<number, Map<number, LongestWait>>();

  /** A state of the row of what it holds. */
  holds(code: number, lockOf: (code: number) => number): void {
    if (code === NOTHING || this.#holdings.has(code)) return;
    this.#holdings.add(code);
    this.used.add(lockOf(code));
  }

  waited(object: number, by: number, length: number): void {
    let waits = this.#byObject.get(object);
    if (waits === undefined) {
      waits = new Map();
      this.#byObject.set(object, waits);
    }
    const known = waits.get(by);
    if (known === undefined) {
      const wait = { object, by, length };
      waits.set(by, wait);
      this.waits.push(wait);
    } else if (length > known.length) known.length = length;
  }
}

export class Related {
  readonly timeline: Timeline;
  readonly #known = new Map<Lane, Known>();

  constructor(timeline: Timeline) {
    this.timeline = timeline;
  }

  /**
   * Ids of threads, rising. A wait that lasts counts as long as it does at the moment `now`. Sleeps are no waits here: nobody
   * ends them.
   */
  threads({ thread, object, least }: RelatedTo, now: number): readonly number[] {
    const found = new Set<number>(thread === 0 ? [] : [thread]);
    const users = new Set<number>(least === 0 ? this.timeline.counters.byObject.get(object)?.users : []);
    for (const lane of this.timeline.lanes.values()) {
      const known = this.#look(lane);
      if (least === 0 && known.used.has(object)) users.add(lane.id);
      for (const wait of [...known.waits, ...this.#lasting(lane, now)]) {
        if (wait.length < least) continue;
        if (object === 0 || wait.object === object) {
          users.add(lane.id);
          if (wait.by !== 0) users.add(wait.by);
        }
        if (wait.by === thread && thread !== 0) found.add(lane.id);
        if (lane.id === thread && wait.by !== 0) found.add(wait.by);
      }
    }
    const ofBoth = thread === 0 ? users : object === 0 ? found : [...found].filter((id) => users.has(id));
    return [...ofBoth].sort((a, b) => a - b);
  }

  #look(lane: Lane): Known {
    let known = this.#known.get(lane);
    if (known === undefined) {
      known = new Known();
      this.#known.set(lane, known);
    }
    const { states } = this.timeline;
    const { holding, activity, asyncWaits } = lane;
    const lockOf = (code: number): number => states.top(code);
    for (; known.holding < holding.length; known.holding++) known.holds(holding.codeOf(known.holding), lockOf);
    // How the last one ends is not known yet.
    for (; known.activity + 1 < activity.length; known.activity++) {
      const at = known.activity;
      const code = activity.codeOf(at);
      const object = isWait(code & SEVERITY_MASK) ? states.object(code) : 0;
      if (object === 0) continue;
      const by = wokenBy(states, activity.codeOf(at + 1)) || states.other(code);
      known.waited(object, by, this.timeline.lengthOf(activity.startOf(at), activity.startOf(at + 1)));
    }
    for (; known.asyncWaits < asyncWaits.length; known.asyncWaits++) {
      const { from, to, code } = asyncWaits.get(known.asyncWaits);
      if (to === Number.POSITIVE_INFINITY) break;
      known.waited(states.object(code), states.other(code), this.timeline.lengthOf(from, to));
    }
    return known;
  }

  /** Waits that last, and those of tasks that began later than one that does. */
  #lasting(lane: Lane, now: number): readonly LongestWait[] {
    const { states } = this.timeline;
    const { activity, asyncWaits } = lane;
    const wait = (code: number, from: number, to: number): LongestWait => {
      const length = this.timeline.lengthOf(from, Math.max(from, Math.min(to, now)));
      return { object: states.object(code), by: states.other(code), length };
    };
    const waits: LongestWait[] = [];
    if (isWait(activity.lastCode & SEVERITY_MASK)) waits.push(wait(activity.lastCode, activity.lastStart, now));
    for (let i = this.#known.get(lane)?.asyncWaits ?? 0; i < asyncWaits.length; i++) {
      const { from, to, code } = asyncWaits.get(i);
      waits.push(wait(code, from, to));
    }
    return waits.filter(({ object }) => object !== 0);
  }
}
