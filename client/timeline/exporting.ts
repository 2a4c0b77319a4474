/** A trace in a format of other viewers, written to a file. In a worker of its own: it may take minutes. */
import { closeSync, openSync, readSync, renameSync, statSync, writeSync } from "node:fs";
import { type ExportFormat, exportTrace } from "../../runtime/src/trace/export.js";

const PIECE = 1 << 20;
/** Milliseconds between two words about how far it is. */
const TOLD_EVERY = 100;

/**
 * Writes `part` first, which becomes `output` when it is whole: what was there stays until then. `tell` hears which part of the
 * trace was read, from 0 to 1. Returns what is wrong with the trace; undefined if nothing is.
 * @throws TraceFormatError it is none
 * @throws Error of `node:fs` when it cannot be read or the result not be written
 */
export function exportFile(
  file: string,
  output: string,
  part: string,
  format: ExportFormat,
  tell: (done: number) => void,
): string | undefined {
  const exported = exportTrace(watched(file, tell), format);
  // The trace is looked at first: of what is none, nothing is written.
  let next = exported.next();
  const descriptor = openSync(part, "w");
  try {
    for (; next.done !== true; next = exported.next()) {
      for (let written = 0; written < next.value.length; ) written += writeSync(descriptor, next.value, written);
    }
  } finally {
    closeSync(descriptor);
  }
  renameSync(part, output);
  return next.value;
}

function* watched(file: string, tell: (done: number) => void): Generator<Uint8Array> {
  const descriptor = openSync(file, "r");
  try {
    const { size } = statSync(file);
    const piece = new Uint8Array(PIECE);
    let read = 0;
    let due = performance.now() + TOLD_EVERY;
    for (let count = readSync(descriptor, piece); count > 0; count = readSync(descriptor, piece)) {
      yield piece.subarray(0, count);
      read += count;
      if (performance.now() < due) continue;
      due = performance.now() + TOLD_EVERY;
      tell(read / Math.max(size, read));
    }
  } finally {
    closeSync(descriptor);
  }
}
