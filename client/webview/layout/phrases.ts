import { ACTIVITY, HOLDING } from "../../shared/frame.js";
import type { Status } from "../../shared/messages.js";
import { nameOf, placeName, waitsFor } from "../../shared/names.js";
import { shown } from "../../shared/shown.js";
import type { ThreadNow, Wait } from "../../shared/snapshot.js";
import { formatDuration, formatMoment } from "./duration.js";
import type { Words } from "./words.js";

/** How long a wait lasts or lasted, at a moment. */
export function waited(wait: Wait, now: number): string {
  return formatDuration((wait.until ?? now) - wait.since);
}

/** What a thread does at a moment, in a few words. */
export function doing(thread: ThreadNow, now: number): string {
  if (thread.pausedAt !== undefined) return `paused at ${placeName(thread.pausedAt)}`;
  if (thread.ended !== undefined && thread.ended <= now) return ending(thread, thread.ended);
  if (thread.wait !== undefined) return `${waitsFor(thread.wait.object)} ${waited(thread.wait, now)}`;
  const [first, ...more] = thread.asyncWaits;
  switch (thread.activity) {
    case ACTIVITY.absent:
      return thread.began > now ? "has not begun" : "ended";
    case ACTIVITY.paused:
      return "paused";
    case ACTIVITY.unknown:
      return "not recorded";
  }
  if (first !== undefined && more.length === 0) return `a task ${waitsFor(first.object)} ${waited(first, now)}`;
  if (first !== undefined) return `${more.length + 1} tasks wait`;
  const runs = thread.task === "" ? "runs" : `runs ${shown(thread.task)}`;
  if (thread.holds.length === 0) return runs;
  return `${runs}, holds ${thread.holds.map(({ object }) => nameOf(object)).join(", ")}`;
}

/** With a process's main thread the process ends. */
function ending({ worker, process }: ThreadNow, time: number): string {
  if (worker !== 0 || process.ended === undefined) return `ended at ${formatMoment(time)}`;
  const how = process.signal ?? `exit code ${process.exitCode}`;
  return `${how} at ${formatMoment(time)}${process.name === "" ? "" : ` · ${process.name}`}`;
}

/**
 * What a run of pixels says, from the most to the least telling: the first that has room is written. Empty where there
 * is nothing to say beyond the colour.
 */
export function activityLabels(state: number, object: number, other: number, words: Words): readonly string[] {
  const named = words.object(object);
  switch (state) {
    case ACTIVITY.running: {
      const label = words.label(other);
      return label === "" ? [] : [label];
    }
    case ACTIVITY.waitsForLock: {
      if (named === undefined) return ["waits for locks", "waits"];
      const waits = waitsFor(named);
      const labels = [waits, nameOf(named)];
      return other === 0 ? labels : [`${waits} · held by ${words.threadName(other)}`, ...labels];
    }
    case ACTIVITY.waits:
      return named === undefined ? ["waits"] : [waitsFor(named), nameOf(named)];
    case ACTIVITY.paused:
      return ["paused · not counted as waiting", "paused"];
    case ACTIVITY.unknown:
      return ["not recorded: there was no room", "not recorded"];
    default:
      return [];
  }
}

/** The same for what a thread holds. */
export function holdingLabels(state: number, object: number, other: number, words: Words): readonly string[] {
  if (state === HOLDING.nothing) return [];
  if (object === 0) return ["several locks", "several"];
  const name = words.objectName(object);
  if (state !== HOLDING.holdsWhileOthersWait) return [name];
  return other === 0 ? [`${name} · others wait`, name] : [`${name} · ${words.threadName(other)} waits`, name];
}

/** What a state is called where there is nothing more to say about it. */
export function activityName(state: number): string {
  const names: Readonly<Record<number, string>> = {
    [ACTIVITY.absent]: "not there",
    [ACTIVITY.running]: "runs",
    [ACTIVITY.waits]: "waits",
    [ACTIVITY.paused]: "paused",
    [ACTIVITY.unknown]: "not recorded",
    [ACTIVITY.waitsForLock]: "waits for a lock",
  };
  return names[state] ?? "";
}

/** The state of a recording in a word or two. */
export function stateName({ state, exitCode }: Status): string {
  switch (state) {
    case "waiting":
      return "Waiting";
    case "live":
      return "Live";
    case "ended":
      return exitCode === undefined || exitCode === 0 ? "Ended" : `Ended with ${exitCode}`;
    case "killed":
      return "Killed";
    case "unreadable":
      return "Unreadable";
  }
}

/** How much there is: `3.214 s · 48,213 events · 0 dropped`. */
export function amounts({ duration, events, dropped, leftOut = 0 }: Status): string {
  const count = (number: number, noun: string): string => `${number.toLocaleString("en-US")} ${noun}`;
  const parts = [formatMoment(duration), count(events, events === 1 ? "event" : "events"), count(dropped, "dropped")];
  if (leftOut > 0) parts.push(count(leftOut, "left out"));
  return parts.join(" · ");
}

/** `a`, `a and b`, `a, b and c`; of many the first few and how many more. */
export function listed(names: readonly string[], most = 4): string {
  if (names.length > most) return `${names.slice(0, most - 1).join(", ")} and ${names.length - most + 1} more`;
  const last = names.at(-1) ?? "";
  return names.length < 2 ? last : `${names.slice(0, -1).join(", ")} and ${last}`;
}
