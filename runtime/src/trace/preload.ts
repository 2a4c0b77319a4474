/**
 * Loaded with `--import` before the program that `heddle run` records, and by its workers. Forks inherit the flag, find no
 * variable, and load no more than this.
 */
import process from "node:process";
import { getEnvironmentData, isMainThread } from "node:worker_threads";
import { SESSION } from "./session.js";

if (isMainThread && process.env.HEDDLE_TRACE !== undefined) {
  const { recordInvited } = await import("./recording.js");
  await recordInvited();
} else if (!isMainThread && getEnvironmentData(SESSION) !== undefined) {
  const { recordPlainThread } = await import("./plain-threads.js");
  await recordPlainThread();
}
