/** All threads and locks at one moment, in words: what the lanes show where the moment's line crosses them. */

import { ACTIVITY } from "../../shared/frame.js";
import { howMany } from "../../shared/how-many.js";
import { nameOf } from "../../shared/names.js";
import { shown } from "../../shared/shown.js";
import type { CounterNow, LockNow, Snapshot, ThreadNow } from "../../shared/snapshot.js";
import type { DetailRow, Details } from "./details.js";
import { formatMoment } from "./duration.js";
import { at, joined, name, type Part, text, thread } from "./parts.js";
import { doing, listed } from "./phrases.js";
import { threadName, type Words } from "./words.js";

/** The most threads and locks that are listed, and that are read out in one sentence. */
const MOST_LISTED = 12;
const MOST_SAID = 6;

/** For where no thread is selected. */
export function momentDetails(snapshot: Snapshot, words: Words): Details {
  const threads = thoseThere(snapshot);
  return {
    isMoment: true,
    title: `At ${formatMoment(snapshot.time)}`,
    subtitle: counts(threads),
    rows: [
      ...rowOf("threads", threads, (each) => threadLine(each, snapshot.time)),
      ...rowOf("locks", locksInUse(snapshot), (each) => lockLine(each, words)),
      ...rowOf("queues", countersOf(snapshot, false), (each) => counterLine(each, words)),
      ...rowOf("pools", countersOf(snapshot, true), (each) => counterLine(each, words)),
    ],
    blocker: 0,
  };
}

/** One sentence for all, for those who hear it: `2.003 s: t1 waits for mutexB, held by t2; t2 runs, holds mutexB`. */
export function momentSentence(snapshot: Snapshot, words: Words): string {
  const threads = thoseThere(snapshot);
  const said = threads.slice(0, MOST_SAID).map((each) => `${threadName(each)} ${doingAndWhy(each, snapshot, words)}`);
  const more = threads.length > MOST_SAID ? [`${threads.length - MOST_SAID} more`] : [];
  const counters = snapshot.counters.slice(0, MOST_SAID).map((each) => `${nameOf(each.object)} has ${howMany(each)}`);
  const all = said.length === 0 ? ["no thread is there"] : [...said, ...more, ...counters];
  return `${formatMoment(snapshot.time)}: ${all.join("; ")}`;
}

/** Those that wait for a lock first, then those that wait, then the others: of many, these are what one looks for. */
function thoseThere({ threads }: Snapshot): readonly ThreadNow[] {
  const rank = ({ activity }: ThreadNow): number =>
    activity === ACTIVITY.waitsForLock ? 0 : activity === ACTIVITY.running ? 2 : 1;
  return threads
    .filter(({ activity }) => activity !== ACTIVITY.absent)
    .sort((a, b) => rank(a) - rank(b) || a.id - b.id);
}

function counts(threads: readonly ThreadNow[]): string {
  const count = (...states: readonly number[]): number =>
    threads.filter(({ activity }) => states.includes(activity)).length;
  const parts: readonly (readonly [number, string])[] = [
    [count(ACTIVITY.running), "running"],
    [count(ACTIVITY.waitsForLock), "waiting for locks"],
    [count(ACTIVITY.waits), "waiting for something else"],
    [count(ACTIVITY.paused), "paused"],
    [count(ACTIVITY.unknown), "not recorded"],
  ];
  const said = parts.filter(([number]) => number > 0).map(([number, what]) => `${number} ${what}`);
  return said.length === 0 ? "no thread is there" : listed(said, said.length);
}

function doingAndWhy(each: ThreadNow, snapshot: Snapshot, words: Words): string {
  const holder = each.wait?.object.kind === "thread" ? 0 : (each.wait?.holder ?? 0);
  const remote = each.wait?.heldBy ? `, held by ${shown(each.wait.heldBy)} when that began` : "";
  return `${doing(each, snapshot.time)}${holder === 0 ? remote : `, held by ${words.threadName(holder)}`}`;
}

function rowOf<T>(label: string, all: readonly T[], line: (item: T) => readonly Part[]): readonly DetailRow[] {
  if (all.length === 0) return [];
  const lines = all.slice(0, MOST_LISTED).map(line);
  if (all.length > MOST_LISTED) lines.push([text(`and ${all.length - MOST_LISTED} more`)]);
  return [{ label, lines }];
}

function threadLine(each: ThreadNow, now: number): readonly Part[] {
  return [thread(threadName(each), each.id), text(` ${doing(each, now)}`)];
}

function locksInUse({ locks }: Snapshot): readonly LockNow[] {
  return locks.filter(({ owner, waiters }) => owner !== 0 || waiters.length > 0);
}

function countersOf({ counters }: Snapshot, arePools: boolean): readonly CounterNow[] {
  return counters.filter(({ object }) => (object.kind === "pool") === arePools);
}

function counterLine(each: CounterNow, words: Words): readonly Part[] {
  return [name(nameOf(each.object)), text(`, ${howMany(each)}`), ...waiting(each.waiters, words)];
}

function lockLine({ object, owner, place, others, waiters }: LockNow, words: Words): readonly Part[] {
  const holders = [{ thread: owner, place }, ...others]
    .slice(0, MOST_LISTED)
    .map((each) => [thread(words.threadName(each.thread), each.thread), ...at(each.place)]);
  const held = owner === 0 ? [text(" is free")] : [text(", held by "), ...joined(holders, ", ")];
  return [name(nameOf(object)), ...held, ...waiting(waiters, words)];
}

function waiting(waiters: readonly number[], words: Words): readonly Part[] {
  const names = waiters.slice(0, MOST_LISTED).map((id) => [thread(words.threadName(id), id)]);
  return names.length === 0 ? [] : [text("; "), ...joined(names, ", "), text(names.length === 1 ? " waits" : " wait")];
}
