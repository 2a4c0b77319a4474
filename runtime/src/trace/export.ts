import { ChromeTrace } from "./chrome-trace.js";
import { TraceDecoder, TraceFormatError } from "./decode.js";
import { PerfettoTrace } from "./perfetto-trace.js";
import { Tracks } from "./tracks.js";

/** The formats of other viewers: Chrome's JSON ("Trace Event Format"), and Perfetto's protocol buffers. */
export type ExportFormat = "chrome" | "perfetto";

/** Bytes of the trace that are decoded at once. */
const PIECE = 1 << 16;
/** About so many bytes of the result are handed over at once. */
const OUTPUT = 1 << 16;

/**
 * Turns a trace into what other viewers open, piece by piece: neither the trace nor the result is ever whole in memory.
 * Of a trace that is cut or damaged, all before that. The returned value says what is wrong with it; undefined: nothing.
 * @throws TraceFormatError it is no trace, or ends before its first record
 */
export function* exportTrace(
  trace: Iterable<Uint8Array>,
  format: ExportFormat,
): Generator<Uint8Array, string | undefined> {
  const out = format === "chrome" ? new ChromeTrace() : new PerfettoTrace();
  const tracks = new Tracks(out);
  const decoder = new TraceDecoder(tracks);
  for (const piece of cut(trace)) {
    decoder.push(piece);
    while (tracks.play()) if (out.length >= OUTPUT) yield out.take();
    if (out.length >= OUTPUT) yield out.take();
    if (decoder.isDamaged) break;
  }
  const { problem } = decoder;
  if (!decoder.hasBegun) throw new TraceFormatError(problem);
  tracks.settle();
  while (tracks.play()) yield out.take();
  tracks.finish(problem);
  yield out.take();
  return problem;
}

function* cut(pieces: Iterable<Uint8Array>): Generator<Uint8Array> {
  for (const piece of pieces) {
    for (let at = 0; at < piece.length; at += PIECE) yield piece.subarray(at, at + PIECE);
  }
}
