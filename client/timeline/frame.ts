import type { Frame, Question } from "../shared/messages.js";
import { edgesOf, paint, type View } from "./paint.js";
import { paintCounters } from "./paint-counters.js";
import { Pauses } from "./pauses.js";
import { RunWriter } from "./runs.js";
import type { Timeline } from "./timeline.js";

/** Columns of a frame, at most: more than any screen has. */
const MOST_COLUMNS = 1 << 15;
/** Nanoseconds from the start of the trace that numbers can still tell from their neighbours. */
const FARTHEST = 2 ** 52;

const never = new Pauses();
const runs = new RunWriter();

/** Two rows of pixels for each thread, by process and id, and one for each counter; each sort of rows on one buffer. Nothing is known from `end` on. */
export function frameOf(timeline: Timeline, question: Question & { readonly type: "view" }, end: number): Frame {
  const view = checked(question);
  const lanes = timeline.lanesInOrder;
  const edges = edgesOf(view);
  for (const lane of lanes) {
    const last = Math.min(end, lane.ended ?? end);
    paint(lane.activity, timeline.states, edges, last, lane.pauses, runs);
    paint(lane.holding, timeline.states, edges, last, never, runs);
  }
  const rows = runs.take();
  const counters = [...timeline.counters].sort(([a], [b]) => a - b);
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
  };
}

/** A view that can be drawn, whatever was asked for. */
function checked({ from, to, columns }: View): View {
  const start = Math.abs(from) <= FARTHEST ? from : 0;
  return {
    from: start,
    to: Math.abs(to) <= FARTHEST && to > start ? to : start + 1,
    columns: Math.min(MOST_COLUMNS, Math.max(1, Math.floor(columns) || 1)),
  };
}
