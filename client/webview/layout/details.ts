import { nameOf, waitsFor } from "../../shared/names.js";
import { shown } from "../../shared/shown.js";
import type { Hold, ThreadNow, Wait } from "../../shared/snapshot.js";
import { keptBy, rootCause } from "./blockers.js";
import { formatDuration, formatMoment } from "./duration.js";
import { at, joined, name, type Part, text, thread } from "./parts.js";
import { doing } from "./phrases.js";
import { threadName, type Words } from "./words.js";

/** What is to be known about a thread at a moment, or about all of them. */
export interface Details {
  /** It is about no thread of its own. */
  readonly isMoment: boolean;
  readonly title: string;
  readonly subtitle: string;
  readonly rows: readonly DetailRow[];
  /** The thread to go on to; 0 for none. */
  readonly blocker: number;
}

export interface DetailRow {
  readonly label: string;
  /** Several are shown below each other. */
  readonly lines: readonly (readonly Part[])[];
}

/** The most locks and tasks that are listed: a thread may hold thousands. */
const MOST = 12;

/** Whether the moment that is told about is now, one that somebody looks at, or the end of the trace. */
export type Tense = "now" | "past" | "end";

/** `blockers` as in a description; `now` is the moment that is told about. */
export function detailsOf(
  self: ThreadNow,
  blockers: readonly ThreadNow[],
  now: number,
  tense: Tense,
  words: Words,
): Details {
  const called = threadName(self);
  const wait = self.wait;
  const rows: DetailRow[] = [];
  if (self.pausedAt !== undefined) rows.push(row("paused", [[...at(self.pausedAt)]]));
  if (wait?.place !== undefined) rows.push(row("at", [[...at(wait.place)]]));
  if (self.holds.length > 0)
    rows.push(
      row(
        "holds",
        shortened(self.holds.toReversed(), (hold) => holdLine(hold, words)),
      ),
    );
  if (self.asyncWaits.length > 0) {
    rows.push(
      row(
        "tasks",
        shortened(self.asyncWaits, (each) => taskLine(each, now, words)),
      ),
    );
  }
  const kept = keptBy(self);
  if (kept !== undefined && kept.holder !== 0) {
    rows.push(row(kept.object.kind === "thread" ? "joins" : "holder", [holderLine(kept, now, words)]));
  }
  if (kept !== undefined && kept.heldBy !== "") {
    rows.push(row("holder", [[text(`${shown(kept.heldBy)}, when the wait began`)], [text("not in this recording")]]));
  }
  if (wait !== undefined && wait.endedBy !== 0) {
    rows.push(row("ended by", [[thread(words.threadName(wait.endedBy), wait.endedBy)]]));
  }
  const root = rootLine(self, blockers);
  if (root.length > 0) rows.push(row("root cause", [root]));
  rows.push(
    row("thread", [[text(self.worker === 0 ? "main" : `worker ${self.worker}`)], [text(lifeOf(self, now, tense))]]),
  );
  return {
    isMoment: false,
    title: wait === undefined ? `${called} ${doing(self, now)}` : `${called} ${waitsFor(wait.object)}`,
    subtitle: wait === undefined ? `at ${formatMoment(now)}` : waitTimes(wait, now, tense),
    rows,
    blocker: kept?.holder ?? 0,
  };
}

function row(label: string, lines: readonly (readonly Part[])[]): DetailRow {
  return { label, lines };
}

function shortened<T>(all: readonly T[], line: (item: T) => readonly Part[]): readonly (readonly Part[])[] {
  const lines = all.slice(0, MOST).map(line);
  return all.length > MOST ? [...lines, [text(`and ${all.length - MOST} more`)]] : lines;
}

const LASTING: Readonly<Record<Tense, string>> = { now: "so far", past: "by then", end: "to the end" };

function waitTimes(wait: Wait, now: number, tense: Tense): string {
  const timeout = wait.isTimed ? " · has a timeout" : "";
  const since = `since ${formatMoment(wait.since)}`;
  if (wait.until !== undefined) {
    return `${since} · ${formatDuration(wait.until - wait.since)} in all${timeout}`;
  }
  return `${since} · ${formatDuration(now - wait.since)} ${LASTING[tense]}${timeout}`;
}

function holdLine(hold: Hold, words: Words): readonly Part[] {
  const waiters = hold.waiters.slice(0, MOST).map((id) => [thread(words.threadName(id), id)]);
  const waiting =
    waiters.length === 0 ? [] : [text(", "), ...joined(waiters, ", "), text(waiters.length === 1 ? " waits" : " wait")];
  return [name(nameOf(hold.object)), ...at(hold.place), ...waiting];
}

function taskLine(wait: Wait, now: number, words: Words): readonly Part[] {
  const remote = wait.heldBy === "" ? [] : [text(`, had ${shown(wait.heldBy)}`)];
  const holder = wait.holder === 0 ? remote : [text(", has "), thread(words.threadName(wait.holder), wait.holder)];
  const ender = wait.endedBy === 0 ? [] : [text(", ended by "), thread(words.threadName(wait.endedBy), wait.endedBy)];
  return [
    text(`${waitsFor(wait.object)} `),
    text(formatDuration((wait.until ?? now) - wait.since)),
    ...at(wait.place),
    ...holder,
    ...ender,
  ];
}

function holderLine(wait: Wait, now: number, words: Words): readonly Part[] {
  const since = wait.heldSince === undefined ? [] : [text(`, ${formatDuration(now - wait.heldSince)}`)];
  return [thread(words.threadName(wait.holder), wait.holder), ...at(wait.holderPlace), ...since];
}

function rootLine(self: ThreadNow, blockers: readonly ThreadNow[]): readonly Part[] {
  const root = rootCause(self, blockers);
  if (root === undefined) return [];
  if (root.kind === "cycle") {
    if (root.isIn) return [text(root.size === 1 ? "itself" : `itself, in a cycle of ${root.size}`)];
    return [text(`a cycle of ${root.size} with `), thread(threadName(root.at), root.at.id)];
  }
  return [thread(threadName(root.thread), root.thread.id)];
}

function lifeOf({ began, ended }: ThreadNow, now: number, tense: Tense): string {
  if (ended === undefined || ended > now)
    return `${tense === "end" ? "lived" : "lives"} ${formatDuration(now - began)}`;
  return `${formatMoment(began)} – ${formatMoment(ended)}`;
}
