import type { Frame } from "../shared/frame.js";
import type { Question } from "../shared/messages.js";
import { arrowsOf } from "./arrows.js";
import { messagesOf } from "./messages.js";
import { drawable, edgesOf, paint } from "./paint.js";
import { paintCounters } from "./paint-counters.js";
import { Pauses } from "./pauses.js";
import { RunWriter } from "./runs.js";
import type { Timeline } from "./timeline.js";

export type ViewQuestion = Question & { readonly type: "view" };

const never = new Pauses();
const runs = new RunWriter();

/** Two rows of pixels for each thread, by process and id, and one for each counter; each sort of rows on one buffer. Nothing is known from `end` on. */
export function frameOf(timeline: Timeline, question: ViewQuestion, end: number): Frame {
  const view = drawable(question);
  const lanes = chosen(timeline.lanesInOrder, ({ id }) => id, question.threads);
  const edges = edgesOf(view);
  for (const lane of lanes) {
    const last = Math.min(end, lane.ended ?? end);
    paint(lane.activity, timeline.states, edges, last, lane.pauses, runs);
    paint(lane.holding, timeline.states, edges, last, never, runs);
  }
  const rows = runs.take();
  const all = [...timeline.counters.byObject].sort(([a], [b]) => a - b);
  const counters = chosen(all, ([id]) => id, question.counters);
  const steps = paintCounters(
    counters.map(([, counter]) => counter),
    edges,
    end,
  );
  return {
    request: question.request,
    ...view,
    lanes: lanes.map(({ id }, i) => ({ thread: id, activity: rows[i * 2]!, holding: rows[i * 2 + 1]! })),
    counters: counters.map(([object], i) => ({ object, steps: steps[i]! })),
    arrows: arrowsOf(
      lanes.map((lane, i) => ({ lane, activity: rows[i * 2]! })),
      timeline.states,
      edges,
    ),
    messages: messagesOf(lanes, view),
  };
}

function chosen<T>(all: readonly T[], idOf: (item: T) => number, wanted: readonly number[] | undefined): readonly T[] {
  if (wanted === undefined) return all;
  const ids = new Set(wanted);
  return all.filter((item) => ids.has(idOf(item)));
}
