import assert from "node:assert/strict";
import { frameOf } from "../../client/timeline/frame.js";
import { Moment } from "../../client/timeline/moment.js";
import { Timeline } from "../../client/timeline/timeline.js";
import { TraceDecoder, TraceFormatError } from "../../runtime/src/trace/decode.js";
import { exportTrace } from "../../runtime/src/trace/export.js";
import { statisticsOf } from "../../runtime/src/trace/statistics.js";
import { summarise } from "../../runtime/src/trace/summary.js";
import { styleFor } from "../../server/src/cli/pretty.js";
import { judgeTrace } from "../../server/src/cli/trace-judged.js";
import { traceAsJson, traceAsText } from "../../server/src/cli/trace-report.js";
import { statsAsJson, statsAsText } from "../../server/src/cli/trace-stats.js";
import { readChrome, readPerfetto } from "./exported-trace.js";

/** What a reader says of a trace: why it is refused, or what of it is missing; undefined if nothing is. */
export type Verdict = string | undefined;

const plain = styleFor({ isTTY: false } as NodeJS.WriteStream);

const readers = {
  report(bytes: Uint8Array): Verdict {
    const summary = summarise(bytes);
    const judged = judgeTrace(summary, false);
    checkText(traceAsText(summary, judged, plain));
    JSON.parse(traceAsJson(summary, judged));
    return summary.start === undefined ? `refused: ${summary.problem}` : summary.problem;
  },
  stats(bytes: Uint8Array): Verdict {
    const statistics = statisticsOf(bytes);
    checkText(statsAsText(statistics, plain));
    JSON.parse(statsAsJson(statistics));
    assert.ok(statistics.bytes <= bytes.length);
    return statistics.start === undefined ? `refused: ${statistics.problem}` : statistics.problem;
  },
  chrome: (bytes: Uint8Array): Verdict => exported(bytes, "chrome", readChrome),
  perfetto: (bytes: Uint8Array): Verdict => exported(bytes, "perfetto", readPerfetto),
  timeline(bytes: Uint8Array): Verdict {
    const timeline = new Timeline();
    const decoder = new TraceDecoder(timeline);
    decoder.push(bytes);
    timeline.settle();
    const view = { request: 1, type: "view", from: 0, to: timeline.duration + 1, columns: 50 } as const;
    const { lanes } = frameOf(timeline, view, timeline.duration);
    assert.equal(lanes.length, timeline.lanes.size);
    structuredClone(new Moment(timeline, timeline.duration).snapshot());
    structuredClone(new Moment(timeline, timeline.duration / 2).snapshot());
    return decoder.hasBegun ? decoder.problem : `refused: ${decoder.problem}`;
  },
};

export type ReaderName = keyof typeof readers;
export const readerNames = Object.keys(readers) as readonly ReaderName[];

export function read(reader: ReaderName, bytes: Uint8Array): Verdict {
  try {
    return readers[reader](bytes);
  } catch (error) {
    if (error instanceof TraceFormatError) return `refused: ${error.message}`;
    throw error;
  }
}

/** Gives a trace to all readers, which must say the same about it, and nothing that is wrong in itself. */
export function readByAll(bytes: Uint8Array): Verdict {
  const [first = "report", ...others] = readerNames;
  const verdict = read(first, bytes);
  for (const reader of others) assert.equal(read(reader, bytes), verdict, reader);
  return verdict;
}

function exported(bytes: Uint8Array, format: "chrome" | "perfetto", check: (result: Uint8Array) => unknown): Verdict {
  const pieces: Uint8Array[] = [];
  const out = exportTrace([bytes], format);
  for (;;) {
    const next = out.next();
    if (next.done !== true) pieces.push(next.value);
    else {
      check(Buffer.concat(pieces));
      return next.value;
    }
  }
}

/** Nothing in it steers a terminal, and no number is none. */
function checkText(text: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there.
  assert.doesNotMatch(text, /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/);
  assert.doesNotMatch(text, /\b(NaN|Infinity|undefined)\b/);
}
