import { ACTIVITY, type Overview, RUN, RUN_WORDS } from "../shared/frame.js";
import type { Question } from "../shared/messages.js";
import { drawable, edgesOf, paint } from "./paint.js";
import { RunWriter } from "./runs.js";
import type { Timeline } from "./timeline.js";

const runs = new RunWriter();

/** What all threads do together: of a thousand no more is to be sent than of one. Nothing is known from `end` on. */
export function overviewOf(
  timeline: Timeline,
  question: Question & { readonly type: "overview" },
  end: number,
): Overview {
  const view = drawable(question);
  const edges = edgesOf(view);
  for (const lane of timeline.lanes.values()) {
    paint(lane.activity, timeline.states, edges, Math.min(end, lane.ended ?? end), lane.pauses, runs);
  }
  return { request: question.request, ...view, ...countThreads(runs.take(), view.columns) };
}

/** How many of the rows of activity run, and how many wait for locks, in each column. */
export function countThreads(
  rows: readonly Int32Array[],
  columns: number,
): Pick<Overview, "running" | "contended" | "peak"> {
  const running = new Uint16Array(columns);
  const contended = new Uint16Array(columns);
  for (const row of rows) {
    for (let at = 0; at < row.length; at += RUN_WORDS) {
      const start = row[at + RUN.column] ?? 0;
      const end = row[at + RUN_WORDS + RUN.column] ?? columns;
      const runs = row[at + RUN.most] === ACTIVITY.running;
      const waits = row[at + RUN.worst] === ACTIVITY.waitsForLock;
      for (let x = start; runs && x < end; x++) running[x]! += 1;
      for (let x = start; waits && x < end; x++) contended[x]! += 1;
    }
  }
  return { running, contended, peak: running.reduce((a, b) => Math.max(a, b), 1) };
}
