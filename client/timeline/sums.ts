/** What every thread did in a stretch of time, in sums. */
import type { Sums } from "../shared/messages.js";
import { Mixture } from "./mixture.js";
import { mixWithin } from "./paint.js";
import { Pauses } from "./pauses.js";
import type { Timeline } from "./timeline.js";

const never = new Pauses();
const mixture = new Mixture();

/** Nothing is known from `end` on. The sums of a thread's activities make up all of the stretch. */
export function sumsOf(timeline: Timeline, request: number, from: number, to: number, end: number): Sums {
  const lanes = [...timeline.lanes.values()].sort((a, b) => a.id - b.id);
  return {
    request,
    from,
    to,
    threads: lanes.map((lane) => {
      const last = Math.min(end, lane.ended ?? end);
      mixWithin(lane.activity, from, to, last, lane.pauses, mixture);
      const activity = [...mixture.lengths];
      mixWithin(lane.holding, from, to, last, never, mixture);
      return { thread: lane.id, activity, holding: [...mixture.lengths] };
    }),
  };
}
