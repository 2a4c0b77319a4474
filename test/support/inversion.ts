import { EVENTS } from "../../runtime/src/trace/decode.js";
import { TraceWriter } from "./trace-writer.js";

/** Where the threads take which lock. */
export interface InversionLines {
  readonly t1: readonly [till: number, stock: number];
  readonly t2: readonly [stock: number, till: number];
}

/** The trace of a run in which two threads took two locks in both orders, and nothing came of it. */
export function inversion(
  file: string,
  { t1: [till, stock], t2: [stockFirst, tillThen] }: InversionLines = { t1: [3, 4], t2: [8, 9] },
): Uint8Array {
  const out = new TraceWriter();
  out.object(1, "lock", "till");
  out.object(2, "lock", "stock");
  [till, stock, stockFirst, tillThen].forEach((line, i) => void out.site(i + 1, line, file));
  out.thread(1, 0, "t1");
  out.thread(2, 0, "t2");
  const takes = (thread: number, time: number, locks: readonly (readonly [object: number, site: number])[]): void => {
    locks.forEach(([object, site], i) => void out.event(thread, time + i, EVENTS.acquired, { object, site }));
    for (const [object] of locks) out.event(thread, time + 10, EVENTS.released, { object });
  };
  takes(1, 100, [
    [1, 1],
    [2, 2],
  ]);
  takes(2, 200, [
    [2, 3],
    [1, 4],
  ]);
  out.threadEnded(1, 300);
  out.threadEnded(2, 300);
  out.end(400);
  return out.take().slice();
}
