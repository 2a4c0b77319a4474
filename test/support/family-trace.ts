import { batchOf, ChunkWriter, fileHeader } from "../../runtime/src/trace/chunk-writer.js";
import { CHUNKS, EVENTS, FILE_HEADER_BYTES, SIGNALLED } from "../../runtime/src/trace/format.js";
import { TraceWriter } from "./trace-writer.js";

/** What a process of a trace says of itself, before anything else. */
export function introduction(id: number, pid: number, parent: number, began: number, name: string): Uint8Array {
  const out = new ChunkWriter();
  out.chunk(CHUNKS.process, id, pid, parent, began, name);
  const bytes = batchOf(id, out.take());
  return id === 1 ? Buffer.concat([fileHeader(0, 0, pid), bytes]) : bytes;
}

/** What it wrote at once. */
export function batch(id: number, out: TraceWriter): Uint8Array {
  return batchOf(id, out.take().subarray(FILE_HEADER_BYTES));
}

/**
 * A program of a second, process 4000, that starts two others: 4711 waits for a lock from 200 ms on and is killed at 600,
 * 4712 ends with 3 at 800.
 */
export function family(): Uint8Array {
  const milliseconds = 1e6;
  const parent = new TraceWriter();
  parent.thread(1, 0, "MainThread");
  for (const pid of [4711, 4712]) parent.event(1, 100 * milliseconds, EVENTS.processStarted, { first: pid });
  parent.pass(120 * milliseconds);
  const killed = new TraceWriter();
  killed.thread(1, 110 * milliseconds, "MainThread");
  killed.thread(2, 150 * milliseconds, "t1");
  killed.object(1, "lock", "ledger");
  killed.site(1, 12, "/src/worker.ts");
  killed.event(2, 160 * milliseconds, EVENTS.acquired, { object: 1, site: 1 });
  killed.event(1, 200 * milliseconds, EVENTS.waitBegan, { object: 1, site: 1, first: 2 });
  killed.pass(590 * milliseconds);
  const ended = new TraceWriter();
  ended.thread(1, 130 * milliseconds, "MainThread");
  ended.object(1, "lock", "ledger");
  ended.event(1, 300 * milliseconds, EVENTS.acquired, { object: 1 });
  ended.event(1, 700 * milliseconds, EVENTS.released, { object: 1 });
  ended.end(800 * milliseconds, 3);
  const rest = new TraceWriter();
  rest.event(1, 600 * milliseconds, EVENTS.processEnded, { first: 4711, second: SIGNALLED + 9 });
  rest.event(1, 801 * milliseconds, EVENTS.processEnded, { first: 4712, second: 1 + 3 });
  rest.end(1000 * milliseconds);
  return Buffer.concat([
    introduction(1, 4000, 0, 0, "main.js"),
    introduction(2, 4711, 1, 110 * milliseconds, "worker.js"),
    batch(1, parent),
    batch(2, killed),
    introduction(3, 4712, 1, 130 * milliseconds, "worker.js"),
    batch(3, ended),
    batch(1, rest),
  ]);
}
