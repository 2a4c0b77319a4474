/**
 * What the timeline should say, in the simplest way: everything is sorted, every state is computed anew after every
 * event, every segment is kept, and every pixel is painted from all of them.
 */

import { ACTIVITY, HOLDING } from "../../client/shared/frame.js";
import { TraceDecoder, type TraceEvent, type TraceThread } from "../../runtime/src/trace/decode.js";
import { EVENTS, FLAGS } from "../../runtime/src/trace/format.js";
import type { Pixel } from "../support/timeline.js";

export interface Segment {
  readonly from: number;
  to: number;
  readonly severity: number;
  readonly object: number;
  readonly other: number;
}

export interface Held {
  readonly lock: number;
  readonly since: number;
  readonly site: number;
}

interface Wait {
  readonly object: number;
  readonly other: number;
  readonly site: number;
  readonly since: number;
  /** Which of all waits it is. */
  readonly order: number;
}

/** The states of one thread after an event; what lasts until the next one. */
interface Step {
  readonly from: number;
  readonly held: readonly Held[];
  readonly wait: Wait | undefined;
  readonly asyncWaits: readonly Wait[];
}

export class ReferenceThread {
  readonly id: number;
  readonly began: number;
  ended: number | undefined;
  reached: number;
  wait: Wait | undefined;
  readonly asyncWaits = new Map<number, Wait>();
  held: Held[] = [];
  /** Number, label and pool. */
  spans: (readonly [number, number, number])[] = [];
  activity: Segment[] = [];
  holding: Segment[] = [];
  /** When the row of holdings changed last, and into what. */
  holdingChanged: readonly [number, string];
  steps: Step[] = [];

  constructor({ id, began }: Pick<TraceThread, "id" | "began">) {
    this.id = id;
    this.began = began;
    this.reached = began;
    this.holdingChanged = [began, ""];
    this.steps.push({ from: began, held: [], wait: undefined, asyncWaits: [] });
  }
}

type Action = { -readonly [Key in keyof TraceEvent]: TraceEvent[Key] };

/** The sum of waits for one lock at one place. */
export interface ReferenceWaits {
  waits: number;
  total: number;
}

export class Reference {
  readonly threads = new Map<number, ReferenceThread>();
  readonly contention = new Map<string, ReferenceWaits>();
  /** By object: when it changed, and to what. */
  readonly counters = new Map<number, (readonly [number, number])[]>();
  duration = 0;
  #locks = new Set<number>();
  #pools = new Set<number>();
  #holders = new Map<number, readonly ReferenceThread[]>();
  #pending: Action[] = [];
  #reached = 0;
  #waits = 0;

  constructor(bytes: Uint8Array) {
    const last = new Map<number, number>();
    const add = (action: Action): void => {
      const time = Math.max(action.time, last.get(action.thread) ?? 0);
      last.set(action.thread, time);
      this.#pending.push({ ...action, time });
      this.duration = Math.max(this.duration, action.time);
    };
    new TraceDecoder({
      thread: (thread) => {
        if (!this.threads.has(thread.id)) this.threads.set(thread.id, new ReferenceThread(thread));
        last.set(thread.id, Math.max(thread.began, last.get(thread.id) ?? 0));
        this.duration = Math.max(this.duration, thread.began);
      },
      threadEnded: ({ id, time }) =>
        add({ thread: id, time, kind: 0, flags: 0, object: 0, site: 0, first: 0, second: 0 }),
      object: ({ id, kind }) => {
        if (kind === "lock") this.#locks.add(id);
        if (kind === "pool") this.#pools.add(id);
      },
      event: add,
      drained: (time) => {
        this.#drain(time);
        this.duration = Math.max(this.duration, time);
      },
      end: ({ time }) => {
        this.#drain(Number.POSITIVE_INFINITY);
        this.duration = Math.max(this.duration, time);
      },
    }).push(bytes);
    this.#drain(Number.POSITIVE_INFINITY);
    for (const thread of this.threads.values()) {
      thread.activity.unshift({ from: thread.began, to: thread.began, severity: 1, object: 0, other: 0 });
      thread.activity = lasting(thread.activity, this.duration);
      thread.holding = lasting(thread.holding, this.duration);
    }
  }

  #drain(upTo: number): void {
    // `sort` keeps the order of equals.
    const ready = this.#pending.sort((a, b) => a.time - b.time).filter(({ time }) => time <= upTo);
    this.#pending = this.#pending.filter(({ time }) => time > upTo);
    for (const action of ready) {
      this.#reached = Math.max(this.#reached, action.time);
      this.#do(this.threads.get(action.thread)!, { ...action, time: this.#reached });
    }
  }

  #do(thread: ReferenceThread, action: Action): void {
    const { time, kind, flags, object, site, first, second } = action;
    const isAsync = (flags & FLAGS.async) !== 0;
    let begin = time;
    if (kind === EVENTS.acquired) {
      thread.held = thread.held.filter(({ lock }) => lock !== object);
      this.#holders.set(object, [...this.#holdersOf(object).filter((each) => each !== thread), thread]);
      thread.held.push({ lock: object, since: time, site });
    } else if (kind === EVENTS.released) {
      const holders = this.#holdersOf(object);
      const holder = holders.includes(thread) ? thread : holders[0];
      if (holder !== undefined) this.#takeAway(holder, [object]);
    } else if (kind === EVENTS.waitBegan) {
      const wait = { object, other: first, site, since: time, order: this.#waits++ };
      if (isAsync) thread.asyncWaits.set(second, wait);
      else {
        this.#count(thread.wait, time);
        thread.wait = wait;
      }
    } else if (kind === EVENTS.waitEnded) {
      if (isAsync) {
        this.#count(thread.asyncWaits.get(second), time);
        thread.asyncWaits.delete(second);
      } else {
        this.#count(thread.wait, time);
        thread.wait = undefined;
      }
    } else if (kind === EVENTS.level) {
      this.#set(object, time, first);
    } else if (kind === EVENTS.spanBegan) {
      thread.spans = [...thread.spans, [second, first, object]];
    } else if (kind === EVENTS.spanEnded) {
      thread.spans = thread.spans.filter(([number]) => number !== second);
    } else if (kind === EVENTS.gap) {
      thread.spans = [];
      begin = thread.reached;
      thread.activity.push({ from: begin, to: time, severity: ACTIVITY.unknown, object: 0, other: 0 });
      thread.wait = undefined;
      thread.asyncWaits.clear();
      this.#takeAway(
        thread,
        thread.held.map(({ lock }) => lock),
      );
      const [changedAt] = thread.holdingChanged;
      thread.steps = thread.steps.map(({ from, held, wait, asyncWaits }) => ({
        from,
        held: from >= Math.max(begin, changedAt) ? [] : held,
        wait: from >= begin ? undefined : wait,
        asyncWaits: from >= begin ? [] : asyncWaits,
      }));
    } else if (kind === 0) {
      thread.ended = time;
      thread.spans = [];
      for (const wait of [thread.wait, ...thread.asyncWaits.values()]) this.#count(wait, time);
      thread.wait = undefined;
      thread.asyncWaits.clear();
      this.#takeAway(
        thread,
        thread.held.map(({ lock }) => lock),
      );
    }
    for (const pool of this.#pools) {
      const busy = [...this.threads.values()].flatMap(({ spans }) => spans.filter(([, , object]) => object === pool));
      this.#set(pool, time, busy.length);
    }
    thread.activity.push(this.#activity(thread, time));
    thread.reached = time;
    for (const each of this.threads.values()) this.#note(each, time, each === thread ? begin : time);
  }

  #set(object: number, time: number, value: number): void {
    const changes = this.counters.get(object) ?? [];
    this.counters.set(object, changes);
    changes.push([time, value]);
  }

  counterAt(object: number, time: number): number {
    return (this.counters.get(object) ?? []).filter(([at]) => at <= time).at(-1)?.[1] ?? 0;
  }

  #holdersOf(lock: number): readonly ReferenceThread[] {
    return this.#holders.get(lock) ?? [];
  }

  #takeAway(thread: ReferenceThread, locks: readonly number[]): void {
    thread.held = thread.held.filter(({ lock }) => !locks.includes(lock));
    for (const lock of locks) {
      this.#holders.set(
        lock,
        this.#holdersOf(lock).filter((each) => each !== thread),
      );
    }
  }

  #count(wait: Wait | undefined, time: number): void {
    if (wait === undefined || !this.#locks.has(wait.object)) return;
    const key = `${wait.object} ${wait.site}`;
    const row = this.contention.get(key) ?? { waits: 0, total: 0 };
    this.contention.set(key, { waits: row.waits + 1, total: row.total + time - wait.since });
  }

  #activity({ wait, ended, spans }: ReferenceThread, from: number): Segment {
    if (ended !== undefined) return { from, to: from, severity: ACTIVITY.absent, object: 0, other: 0 };
    const other = spans.at(-1)?.[1] ?? 0;
    if (wait === undefined) return { from, to: from, severity: ACTIVITY.running, object: 0, other };
    const severity = this.#locks.has(wait.object) ? ACTIVITY.waitsForLock : ACTIVITY.waits;
    return { from, to: from, severity, object: wait.object, other: wait.other };
  }

  /** Who waits for the lock, the one that began first first. */
  #waiters(lock: number): readonly number[] {
    const waiting = [...this.threads.values()].flatMap((thread) =>
      [thread.wait, ...thread.asyncWaits.values()]
        .filter((wait) => wait?.object === lock)
        .map((wait) => ({ id: thread.id, order: wait!.order })),
    );
    return waiting.sort((a, b) => a.order - b.order).map(({ id }) => id);
  }

  #note(thread: ReferenceThread, time: number, begin: number): void {
    const contended = [...thread.held]
      .reverse()
      .map(({ lock }) => ({ lock, waiters: this.#waiters(lock).filter((id) => id !== thread.id) }))
      .find(({ waiters }) => waiters.length > 0);
    const top = thread.held.at(-1);
    const [severity, object, other] =
      contended !== undefined
        ? [HOLDING.holdsWhileOthersWait, contended.lock, contended.waiters[0]!]
        : [top === undefined ? HOLDING.nothing : HOLDING.holds, top?.lock ?? 0, 0];
    const [changedAt, before] = thread.holdingChanged;
    const now = JSON.stringify([severity, object, other, thread.held]);
    if (now !== before) {
      const from = Math.max(begin, changedAt);
      thread.holding.push({ from, to: from, severity, object, other });
      thread.holdingChanged = [from, now];
    }
    const { held, wait, asyncWaits } = thread;
    thread.steps.push({ from: time, held: [...held], wait, asyncWaits: [...asyncWaits.values()] });
  }
}

/** Each lasts until the next begins; those of no length do not count. */
function lasting(segments: readonly Segment[], end: number): Segment[] {
  const sorted = [...segments].sort((a, b) => a.from - b.from);
  return sorted
    .map((segment, i) => ({ ...segment, to: sorted[i + 1]?.from ?? end }))
    .filter(({ from, to }) => to > from);
}

/** Every pixel of a row, from all its segments. Pauses go over what is there. */
export function paintedSlowly(
  segments: readonly Segment[],
  { from, to, columns }: { readonly from: number; readonly to: number; readonly columns: number },
  pauses: readonly (readonly [number, number])[] = [],
): readonly Pixel[] {
  const edge = (column: number): number => Math.round(from + ((to - from) * column) / columns);
  const all = segments.flatMap((segment) => cutOut(segment, pauses));
  return Array.from({ length: columns }, (_, column) => {
    const start = edge(column);
    const end = edge(column + 1);
    if (start === end) {
      const there = all.find((segment) => segment.from <= start && segment.to > start);
      const { severity = 0, object = 0, other = 0 } = there ?? {};
      return { most: severity, worst: severity, object, other };
    }
    const lengths = new Map<number, number>([[0, end - start]]);
    const objects = new Set<number>();
    const others = new Set<number>();
    for (const segment of all) {
      const length = Math.min(end, segment.to) - Math.max(start, segment.from);
      if (length <= 0) continue;
      lengths.set(0, lengths.get(0)! - length);
      lengths.set(segment.severity, (lengths.get(segment.severity) ?? 0) + length);
      objects.add(segment.object);
      others.add(segment.other);
    }
    const present = [...lengths].filter(([, length]) => length > 0).sort(([a], [b]) => b - a);
    const longest = Math.max(...present.map(([, length]) => length));
    return {
      most: present.find(([, length]) => length === longest)![0],
      worst: present[0]![0],
      object: only(objects),
      other: only(others),
    };
  });
}

/** How long each severity lasts between two moments: 0 where there is no segment. */
export function lengthsOf(
  segments: readonly Segment[],
  from: number,
  to: number,
  pauses: readonly (readonly [number, number])[] = [],
): readonly number[] {
  const lengths = [to - from, 0, 0, 0, 0, 0];
  for (const segment of segments.flatMap((each) => cutOut(each, pauses))) {
    const length = Math.max(0, Math.min(to, segment.to) - Math.max(from, segment.from));
    lengths[0]! -= length;
    lengths[segment.severity]! += length;
  }
  return lengths;
}

function only(ids: ReadonlySet<number>): number {
  const some = [...ids].filter((id) => id !== 0);
  return some.length === 1 ? some[0]! : 0;
}

function cutOut(segment: Segment, pauses: readonly (readonly [number, number])[]): readonly Segment[] {
  if (segment.severity === ACTIVITY.absent) return [segment];
  const pieces: Segment[] = [];
  let { from } = segment;
  for (const [start, end] of pauses) {
    if (end <= from || start >= segment.to) continue;
    if (start > from) pieces.push({ ...segment, from, to: start });
    const pausedFrom = Math.max(start, from);
    from = Math.min(end, segment.to);
    pieces.push({ from: pausedFrom, to: from, severity: ACTIVITY.paused, object: 0, other: 0 });
  }
  if (from < segment.to) pieces.push({ ...segment, from });
  return pieces;
}
