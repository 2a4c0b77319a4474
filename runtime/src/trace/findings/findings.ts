/** What went wrong in a recorded program, or only went well by luck. Without Node, for terminal and editor alike. */
import type {
  TraceDeadlock,
  TraceEnd,
  TraceEvent,
  TraceObject,
  TraceProcessEnd,
  TraceSite,
  TraceThread,
  TraceThreadEnd,
} from "../decode.js";
import { EventQueue } from "../event-queue.js";
import { BlockedMain } from "./blocked-main.js";
import { type FindingKind, type Found, RULES, type TraceFinding } from "./finding.js";
import { type SeenLockOrder, seenLockOrder } from "./lock-classes.js";
import { ringsOfLocks, toldRing } from "./lock-order.js";
import { LockWaits } from "./lock-waits.js";
import { LockWays } from "./lock-ways.js";
import { LostWakeUps } from "./lost-wake-ups.js";
import { ENDED, PlayedRun } from "./played-run.js";
import { QueueItems } from "./queue-items.js";
import { type EndedWaits, Wakers } from "./wakers.js";

/** Events that may wait for the recorder to say that all before them came. */
const MOST_QUEUED = 1 << 20;
/** Nanoseconds after which a wait in a program that runs is one that nobody will end. */
const PATIENCE = 1e9;
const KINDS = Object.keys(RULES) as readonly FindingKind[];

/** Is told a trace as it is decoded, and looks for findings in it. */
export class Findings {
  readonly #ways = new LockWays();
  readonly #waits = new LockWaits();
  readonly #main = new BlockedMain();
  readonly #wakeUps = new LostWakeUps();
  readonly #items = new QueueItems();
  readonly #wakers = new Wakers();
  readonly #run = new PlayedRun([this.#ways, this.#waits, this.#main, this.#wakeUps, this.#items, this.#wakers]);
  readonly #queue = new EventQueue();
  readonly #play = this.#run.play.bind(this.#run);
  /** Locks and threads of deadlocks: what waits for those is no finding of its own. */
  readonly #deadlocked = new Set<number>();
  /** How long what waits when the recording ends must have done so; undefined: it may be left to wait. */
  #patience: number | undefined = PATIENCE;
  /** What waited for ever, as it was when the recording ended. */
  #stuck: readonly Found[] | undefined;

  thread({ id, name, process, worker, began }: TraceThread): void {
    const thread = this.#run.thread(id);
    thread.name = name;
    thread.process = process;
    thread.worker = worker;
    thread.began = began;
  }

  object(object: TraceObject): void {
    this.#run.define(object);
  }

  deadlock({ parties }: TraceDeadlock): void {
    for (const { object } of parties) this.#deadlocked.add(object);
  }

  event({ time, thread, kind, flags, object, site, first, second }: TraceEvent): void {
    this.#queue.add(time, thread, kind, flags, object, site, first, second);
    if (this.#queue.length > MOST_QUEUED) this.drained(Number.POSITIVE_INFINITY);
  }

  threadEnded({ id, time }: TraceThreadEnd): void {
    this.#queue.add(time, id, ENDED, 0, 0, 0, 0, 0);
  }

  processEnded({ id, time }: TraceProcessEnd): void {
    for (const thread of this.#run.threads.values()) {
      if (thread.process === id && thread.ended === Number.POSITIVE_INFINITY) {
        this.threadEnded({ id: thread.id, time, dropped: 0 });
      }
    }
  }

  /** The program came to its end: whatever waited was no harm. */
  end({ reason }: TraceEnd): void {
    this.#patience = reason === "deadlock" ? 0 : undefined;
  }

  drained(time: number): void {
    this.#queue.drain(time, this.#play);
  }

  /** After the last event of a recording of that length. The worst of each kind first. */
  finish(duration: number, sites: ReadonlyMap<number, TraceSite>): readonly TraceFinding[] {
    this.drained(Number.POSITIVE_INFINITY);
    this.#stuck = this.#patience === undefined ? [] : this.#waitingForEver(duration, this.#patience);
    this.#run.finish(duration);
    return this.soFar(duration, sites);
  }

  /** While more may come: what was found in the part that all threads have told of. */
  soFar(duration: number, sites: ReadonlyMap<number, TraceSite>): readonly TraceFinding[] {
    const found = [
      ...[...ringsOfLocks(this.#ways.all).map(toldRing), ...this.#waits.found(duration), ...this.#main.found()],
      ...this.#items.found(),
      ...(this.#stuck ?? this.#waitingForEver(duration, PATIENCE)),
    ];
    return merged(found, this.#deadlocked).map(({ worst, times }) => ({
      ...{ kind: worst.kind, rule: RULES[worst.kind], message: worst.message, times },
      places: worst.places.map(({ what, site }) => ({ what, site: sites.get(site) })),
    }));
  }

  /** Which locks were taken under which others so far. */
  lockOrder(sites: ReadonlyMap<number, TraceSite>): SeenLockOrder {
    return seenLockOrder(this.#ways.all, ringsOfLocks(this.#ways.all), sites);
  }

  /** Who ended whose waits so far. */
  endedWaits(): readonly EndedWaits[] {
    return this.#wakers.all();
  }

  /** What nobody will end, if it has lasted so many nanoseconds. */
  #waitingForEver(time: number, patience: number): readonly Found[] {
    const run = this.#run;
    return [...this.#wakeUps.waiting(run, time, patience), ...this.#items.waiting(run, time, patience)];
  }
}

/** Findings of a kind with the same places are one. */
function merged(
  found: readonly Found[],
  deadlocked: ReadonlySet<number>,
): readonly { readonly worst: Found; readonly times: number }[] {
  const byPlaces = new Map<string, { worst: Found; times: number }>();
  for (const each of found) {
    if (each.kind !== "lock-order" && deadlocked.has(Number(each.about))) continue;
    const sites = each.places.map(({ site }) => site).sort((a, b) => a - b);
    const key = `${each.kind} ${sites.join(" ")}${sites.includes(0) ? ` ${each.about}` : ""}`;
    const known = byPlaces.get(key);
    if (known === undefined) byPlaces.set(key, { worst: each, times: 1 });
    else {
      known.times++;
      if (each.weight > known.worst.weight) known.worst = each;
    }
  }
  return [...byPlaces.values()].sort(
    (a, b) => KINDS.indexOf(a.worst.kind) - KINDS.indexOf(b.worst.kind) || b.worst.weight - a.worst.weight,
  );
}
