/**
 * Loaded with `--import` before the program that `heddle run` records, and by its workers. Forks inherit the flag, find no
 * variable, and load no more than this.
 */
import process from "node:process";
import { getEnvironmentData, isMainThread } from "node:worker_threads";
import { SESSION } from "./session.js";
import type { RecordingOptions } from "./start.js";

const { HEDDLE_TRACE: written } = process.env;
if (isMainThread && written !== undefined) {
  delete process.env.HEDDLE_TRACE;
  const { startRecording } = await import("./start.js");
  try {
    startRecording(JSON.parse(written) as RecordingOptions);
    await recordPlainThread();
  } catch (error) {
    // A full disk, say. Whoever wants a recording wants the program even more.
    process.stderr.write(`heddle: nothing is recorded: ${error instanceof Error ? error.message : error}\n`);
  }
} else if (!isMainThread && getEnvironmentData(SESSION) !== undefined) {
  await recordPlainThread();
}

async function recordPlainThread(): Promise<void> {
  const { recordPlainThread: record } = await import("./plain-threads.js");
  record();
}
