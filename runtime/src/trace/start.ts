import { fstatSync, lstatSync, openSync, unlinkSync, writeSync } from "node:fs";
import process from "node:process";
import { isMainThread, setEnvironmentData, Worker } from "node:worker_threads";
import "../arena.js"; // laid out before the collector looks at it
import { now } from "../clock.js";
import { StateError } from "../errors.js";
import { notifyOn, waitOn } from "../futex.js";
import { fileHeader } from "./chunk-writer.js";
import type { CollectorBoot } from "./collector.js";
import { attachRecorder } from "./hook.js";
import { createSession, DONE, EXIT_CODE, ORIGIN, SESSION, STOPPING } from "./session.js";
import { currentSession } from "./slot.js";

/** How a program is recorded. */
export interface RecordingOptions {
  /** The trace file; it is made, or emptied. */
  readonly file: string;
  /** False: of what happens only threads, deadlocks and the end are written. By default everything is. */
  readonly events?: boolean | undefined;
  /** Whether a deadlock is only reported, or ends the program, by SIGKILL. By default it is reported. */
  readonly onDeadlock?: "report" | "exit" | undefined;
}

/** The longest that the end of the program waits for the rest of the trace, in milliseconds. */
const PATIENCE = 10_000;

/**
 * Records this program from here on, and all threads that start later, until it ends. Call it in the main thread before
 * anything else uses Heddle: what was loaded by another copy of this package is not recorded.
 * @throws StateError called twice, or not in the main thread
 * @throws Error of `node:fs` when the file cannot be written
 */
export function startRecording({ file, events = true, onDeadlock = "report" }: RecordingOptions): void {
  if (!isMainThread) throw new StateError("A recording starts in the main thread.");
  if (currentSession() !== undefined) throw new StateError("This program is recorded already.");
  const descriptor = createFile(file);
  const origin = now();
  writeSync(descriptor, fileHeader(Date.now(), origin, process.pid));
  const session = createSession();
  new Float64Array(session)[ORIGIN >> 1] = origin;
  setEnvironmentData(SESSION, session);
  attachRecorder();
  const { dev, ino } = fstatSync(descriptor);
  const boot: CollectorBoot = { session, descriptor, dev, ino, events, onDeadlock };
  // None of the program's flags or variables: it loads nothing of the user's.
  const collector = new Worker(new URL("./collector.js", import.meta.url), {
    workerData: boot,
    execArgv: [],
    env: {},
    name: "heddle collector",
  });
  // It writes on while this thread blocks, and reports its own errors.
  collector.on("error", () => {});
  collector.unref();
  process.on("exit", (code) => finish(session, code));
}

/**
 * A recording that goes on in a file of this name keeps it, without the name: in one file the two would destroy each
 * other. Windows has no files without a name.
 */
function createFile(file: string): number {
  const found = lstatSync(file, { throwIfNoEntry: false });
  if (!found?.isFile() || process.platform === "win32") return openSync(file, "w");
  try {
    unlinkSync(file);
  } catch {
    // Its folder takes no changes, while the file itself does.
  }
  return openSync(file, "w", found.mode);
}

/** Lets the collector write what is left. The event loop has ended, so this may block. */
function finish(session: SharedArrayBuffer, code: number): void {
  const words = new Int32Array(session);
  Atomics.store(words, EXIT_CODE, code);
  Atomics.store(words, STOPPING, 1);
  notifyOn(words, STOPPING);
  waitOn(words, DONE, 0, PATIENCE);
}
