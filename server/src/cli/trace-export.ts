import { once } from "node:events";
import { closeSync, openSync, realpathSync, writeSync } from "node:fs";
import process from "node:process";
import { type ExportFormat, exportTrace } from "../../../runtime/src/trace/export.js";
import { UsageError } from "./arguments.js";
import { unwritable } from "./unwritable.js";

/**
 * Writes a trace in a format of other viewers into a file, or to stdout without one. Resolves to what is wrong with the
 * trace; undefined if nothing is.
 */
export async function exportInto(
  output: string | undefined,
  trace: string,
  pieces: Iterable<Uint8Array>,
  format: ExportFormat,
): Promise<string | undefined> {
  const exported = exportTrace(pieces, format);
  if (output === undefined) return toStdout(exported, format);
  if (isSame(output, trace)) throw new UsageError(`the trace ${trace} cannot be exported into itself`);
  // The trace is looked at first: of what is none, nothing is written.
  let next = exported.next();
  const descriptor = opened(output);
  try {
    for (; next.done !== true; next = exported.next()) write(descriptor, next.value, output);
  } finally {
    closeSync(descriptor);
  }
  return next.value;
}

async function toStdout(
  exported: Generator<Uint8Array, string | undefined>,
  format: ExportFormat,
): Promise<string | undefined> {
  if (format === "perfetto" && process.stdout.isTTY) {
    throw new UsageError("a terminal cannot show the perfetto format; name a file: -o trace.pftrace");
  }
  for (;;) {
    const next = exported.next();
    if (next.done === true) return next.value;
    if (!process.stdout.write(next.value)) await once(process.stdout, "drain");
  }
}

function opened(output: string): number {
  try {
    return openSync(output, "w");
  } catch (error) {
    throw unwritable(output, output, error);
  }
}

function write(descriptor: number, bytes: Uint8Array, output: string): void {
  try {
    for (let written = 0; written < bytes.length; ) written += writeSync(descriptor, bytes, written);
  } catch (error) {
    throw unwritable(output, output, error);
  }
}

function isSame(output: string, trace: string): boolean {
  try {
    return realpathSync(output) === realpathSync(trace);
  } catch {
    // One of them is not there, so they are two.
    return false;
  }
}
