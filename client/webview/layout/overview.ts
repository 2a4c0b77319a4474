import { ACTIVITY, type Frame, RUN, RUN_WORDS } from "../../shared/messages.js";

/** All threads together, per column of the whole trace. */
export interface Overview {
  readonly columns: number;
  /** How many threads run. */
  readonly running: Uint16Array;
  /** How many wait for a lock, be it for a part of the column only. */
  readonly contended: Uint16Array;
  /** The most that run at the same time, at least 1. */
  readonly peak: number;
}

export function overviewOf({ columns, lanes }: Frame): Overview {
  const running = new Uint16Array(columns);
  const contended = new Uint16Array(columns);
  for (const { activity } of lanes) {
    for (let at = 0; at < activity.length; at += RUN_WORDS) {
      const start = activity[at + RUN.column] ?? 0;
      const end = activity[at + RUN_WORDS + RUN.column] ?? columns;
      const runs = activity[at + RUN.most] === ACTIVITY.running;
      const waits = activity[at + RUN.worst] === ACTIVITY.waitsForLock;
      for (let x = start; runs && x < end; x++) running[x]! += 1;
      for (let x = start; waits && x < end; x++) contended[x]! += 1;
    }
  }
  return { columns, running, contended, peak: running.reduce((a, b) => Math.max(a, b), 1) };
}
