import type { Frame, Lane } from "../../client/shared/frame.js";
import type { ThreadNow, Wait } from "../../client/shared/snapshot.js";

/** A row of pixels from runs: first column, what fills most, the most severe, object, other thread. */
export function track(
  ...runs: readonly (readonly [
    column: number,
    most: number,
    worst?: number | undefined,
    object?: number,
    other?: number,
  ])[]
): Int32Array<ArrayBuffer> {
  return Int32Array.from(
    runs.flatMap(([column, most, worst = most, object = 0, other = 0]) => [column, most, worst, object, other]),
  );
}

export function frame(columns: number, to: number, lanes: readonly Lane[]): Frame {
  return {
    request: 1,
    from: 0,
    to,
    columns,
    lanes,
    counters: [],
    arrows: new Int32Array(0),
    messages: new Int32Array(0),
  };
}

export function thread(id: number, name: string, more: Partial<ThreadNow> = {}): ThreadNow {
  return {
    id,
    name,
    worker: id - 1,
    process: { id: 1, pid: 1, name: "", ended: undefined, exitCode: undefined, signal: undefined },
    activity: 1,
    task: "",
    began: 0,
    ended: undefined,
    wait: undefined,
    asyncWaits: [],
    holds: [],
    pausedAt: undefined,
    ...more,
  };
}

/** A wait for a lock that somebody holds. */
export function waitFor(holder: number, more: Partial<Wait> = {}): Wait {
  return {
    object: { id: 7, kind: "lock", name: "mutexB" },
    since: 2_003_000_000,
    until: undefined,
    endedBy: 0,
    isTimed: false,
    place: { file: "/src/deadlock.ts", line: 21, column: 13 },
    holder,
    heldBy: "",
    holderPlace: { file: "/src/deadlock.ts", line: 29, column: 13 },
    heldSince: 1_983_000_000,
    ...more,
  };
}
