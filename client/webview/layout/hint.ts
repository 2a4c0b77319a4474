import { ACTIVITY, type Frame, HOLDING } from "../../shared/frame.js";
import { placeName } from "../../shared/names.js";
import { shown } from "../../shared/shown.js";
import type { ThreadNow } from "../../shared/snapshot.js";
import { keptBy } from "./blockers.js";
import { formatDuration, formatMoment } from "./duration.js";
import { activityLabels, activityName, holdingLabels } from "./phrases.js";
import { type Run, runAtTime } from "./runs.js";
import { lengthOf } from "./span.js";
import { threadName, type Words } from "./words.js";

/** What the pointer is at. */
export interface Pointed {
  readonly row: "activity" | "holding";
  readonly time: number;
  readonly thread: ThreadNow;
}

/**
 * What is said beside the pointer, line by line. `described` is the thread at that moment, as soon as it is known: only
 * that tells places.
 */
export function hintFor(
  { row, time, thread }: Pointed,
  frame: Frame | undefined,
  described: ThreadNow | undefined,
  words: Words,
): readonly string[] {
  const lane = frame?.lanes.find((each) => each.thread === thread.id);
  const run = frame && lane && runAtTime(frame, lane[row], time);
  if (frame === undefined || run === undefined || run.worst === 0) return [];
  const lines = [threadName(thread), what(row, run, words), when(frame, run)];
  return described === undefined ? lines : [...lines, ...places(row, described, words)];
}

function what(row: "activity" | "holding", run: Run, words: Words): string {
  const labels = row === "activity" ? activityLabels : holdingLabels;
  const [label] = labels(run.worst, run.object, run.other, words);
  if (row === "holding") return run.worst === HOLDING.nothing ? "holds nothing" : `holds ${label}`;
  const said =
    run.worst === ACTIVITY.running && label !== undefined ? `runs ${label}` : (label ?? activityName(run.worst));
  return run.most === run.worst ? said : `mostly ${activityName(run.most)}, also ${activityName(run.worst)}`;
}

function when(frame: Frame, run: Run): string {
  const perColumn = lengthOf(frame) / frame.columns;
  const from = frame.from + run.start * perColumn;
  return `${formatMoment(from)} · ${formatDuration((run.end - run.start) * perColumn)}`;
}

function places(row: "activity" | "holding", described: ThreadNow, words: Words): readonly string[] {
  if (row === "holding") {
    return described.holds.flatMap(({ object, place }) =>
      place === undefined ? [] : [`took ${words.objectName(object.id)} at ${placeName(place)}`],
    );
  }
  if (described.activity === ACTIVITY.running) return [];
  const wait = keptBy(described);
  const lines = wait?.place === undefined ? [] : [`at ${placeName(wait.place)}`];
  if (wait !== undefined && wait.heldBy !== "") return [...lines, `held by ${shown(wait.heldBy)}, when the wait began`];
  if (wait === undefined || wait.holder === 0 || wait.holderPlace === undefined) return lines;
  return [...lines, `taken by ${words.threadName(wait.holder)} at ${placeName(wait.holderPlace)}`];
}
