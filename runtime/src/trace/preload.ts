/**
 * Loaded with `--import` before the program that `heddle run` records. Workers and forks inherit the flag, find no
 * variable, and load no more than this.
 */
import process from "node:process";
import { isMainThread } from "node:worker_threads";
import type { RecordingOptions } from "./start.js";

const { HEDDLE_TRACE: written } = process.env;
if (isMainThread && written !== undefined) {
  delete process.env.HEDDLE_TRACE;
  const { startRecording } = await import("./start.js");
  try {
    startRecording(JSON.parse(written) as RecordingOptions);
  } catch (error) {
    // A full disk, say. Whoever wants a recording wants the program even more.
    process.stderr.write(`heddle: nothing is recorded: ${error instanceof Error ? error.message : error}\n`);
  }
}
