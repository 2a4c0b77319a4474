/** What a trace says, as it comes: for every thread two rows, and who has and wants what. */
import {
  EVENTS,
  FLAGS,
  isLock,
  nameInProcess,
  type TraceDeadlock,
  type TraceEnd,
  type TraceEvent,
  type TraceLabel,
  type TraceObject,
  type TraceProcess,
  type TraceProcessEnd,
  type TraceSink,
  type TraceSite,
  type TraceStart,
  type TraceThread,
  type TraceThreadEnd,
} from "../../runtime/src/trace/decode.js";
import { type Apply, EventQueue } from "../../runtime/src/trace/event-queue.js";
import { LARGEST_WORD } from "../../runtime/src/trace/format.js";
import { ACTIVITY } from "../shared/frame.js";
import type { Place } from "../shared/snapshot.js";
import { countWait } from "./contention.js";
import { Counters } from "./counters.js";
import { Deadlocks } from "./deadlocks.js";
import { Lane } from "./lane.js";
import { LockState, OpenWait } from "./lock-state.js";
import { MessagePairs } from "./messages.js";
import { Pauses } from "./pauses.js";
import { NOTHING, States } from "./states.js";
import { Wakers } from "./wakers.js";

/** Beside `EVENTS`, in the queue: the thread ended. */
const ENDED = 0;
/** Events that may wait for the recorder to say that all before them came. Recorders do so every few milliseconds. */
const PATIENCE = 1 << 22;

/** In place of the number of a span, and of the label that is shown for it. */
const AGGREGATED = LARGEST_WORD;

/** A process, and how it ended. */
export interface SeenProcess extends TraceProcess {
  /** Undefined: nobody saw it end. */
  end: TraceProcessEnd | undefined;
}

export class Timeline implements TraceSink {
  readonly states = new States();
  readonly lanes = new Map<number, Lane>();
  readonly locks = new Map<number, LockState>();
  readonly processes = new Map<number, SeenProcess>();
  /** When there were too many processes to record more; undefined: never. */
  unrecordedSince: number | undefined;
  readonly objects = new Map<number, TraceObject>();
  readonly sites = new Map<number, TraceSite>();
  readonly labels = new Map<number, TraceLabel>();
  readonly counters = new Counters();
  readonly deadlocks = new Deadlocks();
  /** When any thread was stopped by a debugger. */
  readonly pauses = new Pauses();
  began: TraceStart | undefined;
  ended: TraceEnd | undefined;
  /** The last moment there is something about. */
  duration = 0;
  events = 0;
  /** Events that the recorder left out, as far as it told. */
  leftOut = 0;
  /** Rises with whatever changes what is to be seen. */
  version = 0;
  /** Objects that were defined since somebody last emptied this. */
  readonly newObjects = new Set<number>([0]);
  /** Labels, likewise. */
  readonly newLabels = new Set<number>();
  readonly #pauses = new Map<number, Pauses>();
  /** The same as the maps, for each event: ids count from 1. */
  readonly #lanesById: (Lane | undefined)[] = [];
  readonly #locksById: (LockState | undefined)[] = [];
  readonly #messages = new MessagePairs();
  readonly #wakers = new Wakers();
  readonly #queue = new EventQueue();
  readonly #apply: Apply = (time, thread, kind, flags, object, site, first, second) =>
    this.#do(this.#lane(thread), time, kind, flags, object, site, first, second);

  start(start: TraceStart): void {
    this.began = start;
    this.version++;
  }

  process(process: TraceProcess): void {
    this.processes.set(process.id, { end: undefined, ...this.processes.get(process.id), ...process });
    this.version++;
  }

  processEnded(end: TraceProcessEnd): void {
    const { id, time } = end;
    const process = this.processes.get(id);
    // When it said so itself is more exact than when somebody noticed.
    if (process !== undefined) process.end = { ...end, time: process.end?.time ?? time };
    for (const lane of this.lanes.values()) {
      if (lane.process !== id || lane.isEnding) continue;
      lane.isEnding = true;
      this.#queue.add(this.#inOrder(lane, time), lane.id, ENDED, 0, 0, 0, lane.dropped, 0);
    }
    this.#reach(time);
    this.version++;
  }

  unrecorded(time: number): void {
    this.unrecordedSince = time;
    this.#reach(time);
    this.version++;
  }

  thread({ id, ident, process, name, worker, began }: TraceThread): void {
    const lane = this.lanes.get(id) ?? this.#addLane(id, began);
    lane.name = nameInProcess(name, this.processes.get(process));
    lane.process = process;
    lane.worker = worker;
    lane.ident = ident;
    this.#reach(began);
    this.version++;
  }

  threadEnded({ id, time, dropped }: TraceThreadEnd): void {
    const lane = this.#lane(id);
    lane.isEnding = true;
    this.#queue.add(this.#inOrder(lane, time), id, ENDED, 0, 0, 0, dropped, 0);
    this.#reach(time);
  }

  object(seen: TraceObject): void {
    const object = { ...seen, name: seen.name && nameInProcess(seen.name, this.processes.get(seen.process)) };
    this.objects.set(object.id, object);
    this.newObjects.add(object.id);
  }

  site(site: TraceSite): void {
    this.sites.set(site.id, site);
  }

  label(label: TraceLabel): void {
    this.labels.set(label.id, label);
    this.newLabels.add(label.id);
  }

  event({ thread, time, kind, flags, object, site, first, second }: TraceEvent): void {
    this.events++;
    this.#queue.add(this.#inOrder(this.#lane(thread), time), thread, kind, flags, object, site, first, second);
    this.#reach(time);
    if (this.#queue.length > PATIENCE) this.settle();
  }

  deadlock(deadlock: TraceDeadlock): void {
    this.deadlocks.add(deadlock);
    this.#reach(deadlock.time);
    this.version++;
  }

  drained(time: number): void {
    this.#queue.drain(time, this.#apply);
    this.#reach(time);
  }

  end(end: TraceEnd): void {
    this.settle();
    this.ended = end;
    const program = this.processes.get(1);
    if (program !== undefined) program.end = { id: 1, time: end.time, exitCode: end.exitCode, signal: undefined };
    this.#reach(end.time);
    this.version++;
  }

  /** By process, and of each by id. */
  get lanesInOrder(): readonly Lane[] {
    return [...this.lanes.values()].sort((a, b) => a.process - b.process || a.id - b.id);
  }

  /** Takes what is there as all there is. */
  settle(): void {
    this.#queue.drain(Number.POSITIVE_INFINITY, this.#apply);
  }

  /** A debugger stopped or continued a thread. */
  pause(thread: number, isPaused: boolean, time: number, place: Place | undefined): void {
    const pauses = this.#pausesOf(thread);
    if (isPaused) pauses.begin(time, place);
    else pauses.end(time);
    const isAny = [...this.#pauses.values()].some(({ isOpen }) => isOpen);
    if (isAny) this.pauses.begin(time, undefined);
    else this.pauses.end(time);
    this.version++;
  }

  /** Of a wait, without the time when a debugger held the program up. */
  lengthOf(since: number, until: number): number {
    return until - since - this.pauses.within(since, until);
  }

  /** Events that are missing because the recorder had no room. */
  get dropped(): number {
    if (this.ended !== undefined) return this.ended.dropped;
    let dropped = 0;
    for (const lane of this.lanes.values()) dropped += lane.dropped;
    return dropped;
  }

  #reach(time: number): void {
    if (time > this.duration) this.duration = time;
  }

  /** A thread's own events never go back, whatever the file says. */
  #inOrder(lane: Lane, time: number): number {
    if (time > lane.queued) lane.queued = time;
    return lane.queued;
  }

  /** Made when somebody does something with it: most of what is recorded of a long run is over, or was never used. */
  #lock(id: number): LockState | undefined {
    const known = this.#locksById[id];
    if (known !== undefined) return known;
    const kind = this.objects.get(id)?.kind;
    if (!isLock(kind)) return undefined;
    const lock = new LockState(id, kind === "rwlock");
    this.locks.set(id, lock);
    this.#locksById[id] = lock;
    return lock;
  }

  #lane(id: number): Lane {
    return this.#lanesById[id] ?? this.#addLane(id, this.duration);
  }

  #addLane(id: number, began: number): Lane {
    const lane = new Lane(id, `thread ${id}`, began, this.states, this.#pausesOf(id));
    this.lanes.set(id, lane);
    this.#lanesById[id] = lane;
    return lane;
  }

  /** A debugger may know of a thread before the trace does. */
  #pausesOf(thread: number): Pauses {
    const pauses = this.#pauses.get(thread) ?? new Pauses();
    this.#pauses.set(thread, pauses);
    return pauses;
  }

  #do(
    lane: Lane,
    time: number,
    kind: number,
    flags: number,
    object: number,
    site: number,
    first: number,
    second: number,
  ): void {
    this.version++;
    if (this.deadlocks.areLasting) {
      this.deadlocks.goesOn(lane.id, time, (of) => kind === ENDED || (kind === EVENTS.released && object === of));
    }
    switch (kind) {
      case EVENTS.acquired:
        this.#acquired(lane, time, object, site);
        break;
      case EVENTS.released:
        this.#released(lane, time, object);
        break;
      case EVENTS.waitBegan: {
        const isTimed = (flags & FLAGS.timed) !== 0;
        if ((flags & FLAGS.async) === 0) this.#blocks(lane, time, object, site, first, isTimed);
        else this.#waitsAsync(lane, time, object, site, first, isTimed, second);
        break;
      }
      case EVENTS.waitEnded:
        if ((flags & FLAGS.async) === 0) {
          const waker = first === 0 || lane.wait === undefined ? 0 : this.#wakerOf(lane.wait);
          this.#endWait(lane, time);
          lane.goesOn(time, waker);
        } else this.#endAsyncWait(lane, time, second, first !== 0);
        break;
      case EVENTS.heldBy: {
        const wait = second === 0 ? lane.wait : lane.openAsyncWaits.get(second);
        if (wait !== undefined) lane.heldBy.set(wait.since, first);
        break;
      }
      case EVENTS.aggregated:
        this.leftOut += second;
        lane.end(AGGREGATED, time);
        if (first > 0) lane.begin({ number: AGGREGATED, label: this.#aggregatedLabel(), object: 0 }, time);
        break;
      case EVENTS.gap:
        this.#gap(lane, time, first);
        break;
      case EVENTS.message:
        this.#messages.play(lane, time, { flags, object, first, second });
        break;
      case EVENTS.notified:
        if ((flags & FLAGS.cleared) === 0) this.#wakers.notified(object, lane.id, time);
        break;
      case EVENTS.level:
        this.counters.changed(lane.id, time, object, first);
        break;
      case EVENTS.spanBegan:
        lane.begin({ number: second, label: first, object }, time);
        if (object !== 0) this.counters.busy(lane.id, object, time, 1);
        break;
      case EVENTS.spanEnded: {
        const span = lane.end(second, time);
        if (span !== undefined && span.object !== 0) this.counters.busy(lane.id, span.object, time, -1);
        break;
      }
      case ENDED:
        this.#forget(lane, time, true);
        // Those of its gaps, which were played before, are among them.
        lane.dropped = first >>> 0;
        lane.ended = time;
        lane.activity.append(time, NOTHING, 0);
        break;
    }
    lane.reached = time;
  }

  #acquired(lane: Lane, time: number, object: number, site: number): void {
    const lock = this.#lock(object);
    if (lock === undefined) return;
    if (lock.isHeldBy(lane)) {
      // Who reads may begin to read again, and stops as often.
      if (lock.isShared) return lock.repeat(lane, 1);
      lock.letGo(lane, time);
    }
    if (lane.take(lock, time, site)) lock.holders.push(lane);
  }

  #released(lane: Lane, time: number, object: number): void {
    const lock = this.#lock(object);
    if (lock === undefined) return;
    lock.releasedBy = lane.id;
    lock.releasedAt = time;
    if (lock.isShared && lock.repeats.has(lane)) return lock.repeat(lane, -1);
    // Any thread may give back a lock that only one has; where two seem to have it, the later one has it still.
    const holder = lock.isHeldBy(lane) ? lane : lock.isShared ? undefined : lock.holders[0];
    if (holder !== undefined) lock.letGo(holder, time);
  }

  #blocks(lane: Lane, time: number, object: number, site: number, holder: number, isTimed: boolean): void {
    this.#endWait(lane, time);
    const lock = this.#lock(object);
    const keeper = lock === undefined ? holder : lock.keeperOf(lane, this.#orElsewhere(lock, holder));
    const wait = new OpenWait(lane, time, object, site, keeper);
    lane.wait = wait;
    const activity = lock === undefined ? ACTIVITY.waits : ACTIVITY.waitsForLock;
    lane.does(time, activity, object, keeper, site, isTimed);
    lock?.queueUp(wait, time);
  }

  /** Of a lock of a server the waiter cannot see who has it, if that is in another process; the events say so. */
  #orElsewhere({ id, holders }: LockState, holder: number): number {
    return holder === 0 && this.objects.get(id)?.process === 0 ? (holders.at(-1)?.id ?? 0) : holder;
  }

  #endWait(lane: Lane, time: number): void {
    const { wait } = lane;
    if (wait === undefined) return;
    lane.wait = undefined;
    this.#count(wait, time);
    this.#leaveQueue(wait, time);
  }

  #waitsAsync(
    lane: Lane,
    time: number,
    object: number,
    site: number,
    holder: number,
    isTimed: boolean,
    number: number,
  ): void {
    const lock = this.#lock(object);
    const activity = lock === undefined ? ACTIVITY.waits : ACTIVITY.waitsForLock;
    const keeper = lock === undefined ? holder : this.#orElsewhere(lock, holder);
    const interval = lane.asyncWaits.begin(time, this.states.activity(activity, object, keeper, site, isTimed));
    const wait = new OpenWait(lane, time, object, site, keeper, interval);
    lane.openAsyncWaits.set(number, wait);
    lock?.queueUp(wait, time);
  }

  #endAsyncWait(lane: Lane, time: number, number: number, cameAbout: boolean): void {
    const wait = lane.openAsyncWaits.get(number);
    if (wait === undefined) return;
    lane.openAsyncWaits.delete(number);
    lane.asyncWaits.end(wait.interval, time, cameAbout ? this.#wakerOf(wait) : 0);
    this.#count(wait, time);
    this.#leaveQueue(wait, time);
  }

  /** What a thread is shown to do while not all of it is recorded. */
  #aggregatedLabel(): number {
    if (!this.labels.has(AGGREGATED)) this.label({ id: AGGREGATED, text: "much is left out" });
    return AGGREGATED;
  }

  /** Nothing is known since the event before; what began earlier may have ended. */
  #gap(lane: Lane, time: number, missing: number): void {
    lane.dropped += missing;
    lane.does(lane.reached, ACTIVITY.unknown, 0, 0, 0, false);
    this.#forget(lane, time, false);
    lane.runs(time);
  }

  #wakerOf(wait: OpenWait): number {
    const { object } = wait;
    const isThread = this.objects.get(object)?.kind === "thread";
    return this.#wakers.of(wait, this.#locksById[object], this.counters.byObject.get(object), isThread);
  }

  #forget(lane: Lane, time: number, counts: boolean): void {
    for (const { object } of lane.spans) if (object !== 0) this.counters.busy(lane.id, object, time, -1);
    lane.forgetSpans();
    const { wait } = lane;
    if (wait !== undefined) {
      lane.wait = undefined;
      if (counts) this.#count(wait, time);
      this.#leaveQueue(wait, time);
    }
    for (const open of lane.openAsyncWaits.values()) {
      lane.asyncWaits.end(open.interval, counts ? time : Math.max(lane.reached, open.since));
      if (counts) this.#count(open, time);
      this.#leaveQueue(open, time);
    }
    lane.openAsyncWaits.clear();
    for (const lock of lane.held) {
      lock.forget(lane);
      lock.repeats.delete(lane);
    }
    // Others' waits may have changed the row since the event before the gap; it does not go back behind that.
    lane.letAllGo(counts ? time : Math.max(lane.reached, lane.holding.lastStart));
  }

  #count(wait: OpenWait, until: number): void {
    const lock = this.#locksById[wait.object];
    if (lock !== undefined) countWait(lock.waits, wait, this.lengthOf(wait.since, until));
  }

  #leaveQueue(wait: OpenWait, time: number): void {
    this.#locksById[wait.object]?.leaveQueue(wait, time);
  }
}
