import { randomUUID } from "node:crypto";
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readFileSync,
  rmSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import process from "node:process";
import { isMainThread, setEnvironmentData, Worker } from "node:worker_threads";
import { words } from "../arena.js"; // laid out before the collector looks at it
import { now } from "../clock.js";
import { StateError } from "../errors.js";
import { notifyOn, waitOn } from "../futex.js";
import { self } from "../self.js";
import { IDENT } from "../thread-cell.js";
import { batchOf, ChunkWriter, fileHeader } from "./chunk-writer.js";
import type { CollectorBoot } from "./collector.js";
import { endLast } from "./ending.js";
import { CHUNKS, MOST_PROCESSES, TIERS, type Tier } from "./format.js";
import { attachRecorder, recorder } from "./hook.js";
import { INVITATION, type Invitation } from "./invitation.js";
import { createSession, DONE, EXIT_CODE, type Extent, ORIGIN, SESSION, STOPPING } from "./session.js";
import { currentSession } from "./slot.js";

/** How a program is recorded. */
export interface RecordingOptions {
  /** The trace file; it is made, or emptied. */
  readonly file: string;
  /** How much is recorded; see `TIERS`. By default `full`. */
  readonly tier?: Tier | undefined;
  /**
   * In the tier `full`: a thread with more events a second is recorded as in the tier `contended`, for a tenth of a second at a
   * time, which the trace tells. At least 10; by default 200,000.
   */
  readonly mostEventsPerSecond?: number | undefined;
  /** Whether a deadlock is only reported, or ends the program, by SIGKILL. By default it is reported. */
  readonly onDeadlock?: "report" | "exit" | undefined;
  /**
   * How many processes are recorded at most, this one included, from 1 to 4096: a program may start others without end.
   * By default 256.
   */
  readonly processes?: number | undefined;
}

/** The longest that the end of the program waits for the rest of the trace, in milliseconds. */
const PATIENCE = 10_000;
/** The program that is recorded; processes that it starts have higher numbers. */
const FIRST_PROCESS = 1;
const PROCESSES = 256;
const MOST_EVENTS_PER_SECOND = 200_000;
const { O_APPEND, O_CREAT, O_TRUNC, O_WRONLY } = constants;

/**
 * Records this program from here on, and all threads that start later, until it ends. Call it in the main thread before
 * anything else uses Heddle: what was loaded by another copy of this package is not recorded.
 * @throws StateError called twice, or not in the main thread
 * @throws Error of `node:fs` when the file cannot be written
 */
export function startRecording(options: RecordingOptions): void {
  const { file, tier = "full", onDeadlock = "report", processes: most = PROCESSES } = options;
  const extent: Extent = { tier, mostEventsPerSecond: options.mostEventsPerSecond ?? MOST_EVENTS_PER_SECOND };
  if (!isMainThread) throw new StateError("A recording starts in the main thread.");
  if (currentSession() !== undefined) throw new StateError("This program is recorded already.");
  const descriptor = createFile(file);
  const origin = now();
  const header = fileHeader(Date.now(), origin, process.pid);
  writeSync(descriptor, Buffer.concat([header, introduction(FIRST_PROCESS, 0, 0, tier)]));
  const { dev, ino } = fstatSync(descriptor);
  // Where processes that the program starts are counted; made when it starts the first.
  const count = join(tmpdir(), `heddle-${randomUUID()}`);
  const run = { dev, ino, origin, count, most: Math.min(most, MOST_PROCESSES), parent: FIRST_PROCESS };
  const finish = record(descriptor, { file: resolve(file), extent, onDeadlock, run });
  endLast((code) => {
    rmSync(count, { force: true });
    finish(code);
  });
}

/**
 * Records this process as one of a program that is recorded already. It does nothing where that recording is over, and
 * where it has as many processes as there can be.
 */
export function joinRecording(invitation: Invitation): void {
  const { file, run } = invitation;
  const descriptor = openSync(file, O_WRONLY | O_APPEND);
  const { dev, ino } = fstatSync(descriptor);
  const id = dev === run.dev && ino === run.ino ? nextProcess(run.count) : undefined;
  const time = now() - run.origin;
  if (id !== undefined && id <= run.most) {
    writeSync(descriptor, introduction(id, run.parent, time, invitation.extent.tier));
    endLast(record(descriptor, { ...invitation, run: { ...run, parent: id } }));
    return;
  }
  if (id === run.most + 1) writeSync(descriptor, batchOf(FIRST_PROCESS, chunk(CHUNKS.unrecorded, whole(time))));
  closeSync(descriptor);
}

/** Each process appends a line, and looks which one that has become. Undefined: nobody counts any more. */
function nextProcess(count: string): number | undefined {
  try {
    const line = `${process.pid} ${randomUUID()}`;
    // Not made if it is not there any more.
    const descriptor = openSync(count, O_WRONLY | O_APPEND);
    writeSync(descriptor, `${line}\n`);
    closeSync(descriptor);
    return FIRST_PROCESS + 1 + readFileSync(count, "utf8").split("\n").indexOf(line);
  } catch {
    return undefined;
  }
}

/** `run.parent` is this process. The result ends it. */
function record(descriptor: number, { file, extent, onDeadlock, run }: Invitation): (code: number) => void {
  const session = createSession(extent);
  new Float64Array(session)[ORIGIN >> 1] = run.origin;
  setEnvironmentData(SESSION, session);
  setEnvironmentData(INVITATION, JSON.stringify({ file, extent, onDeadlock, run } satisfies Invitation));
  attachRecorder();
  const { dev, ino, parent } = run;
  const events = extent.tier !== "state";
  const boot: CollectorBoot = { session, process: parent, descriptor, dev, ino, events, onDeadlock };
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
  return (code) => {
    // Nobody else says it for this thread, which goes on to the very end.
    recorder?.tellLeftOut();
    finish(session, code);
  };
}

/** What a process writes at once: it may be killed before its collector comes up. */
function introduction(id: number, parent: number, time: number, tier: Tier): Uint8Array {
  const name = process.argv[1] === undefined ? "node" : basename(process.argv[1]);
  const itself = chunk(CHUNKS.process, id, process.pid, parent, whole(time), name, TIERS.indexOf(tier));
  const thread = chunk(CHUNKS.thread, Atomics.load(words, self + IDENT), whole(time), 0, "MainThread");
  return batchOf(id, Buffer.concat([itself, thread]));
}

function chunk(type: number, ...fields: readonly (number | string)[]): Uint8Array {
  const out = new ChunkWriter(256);
  out.chunk(type, ...fields);
  return out.take();
}

function whole(nanoseconds: number): number {
  return Math.max(0, Math.round(nanoseconds));
}

/**
 * A recording that goes on in a file of this name keeps it, without the name: in one file the two would destroy each
 * other. Windows has no files without a name.
 */
function createFile(file: string): number {
  const flags = O_WRONLY | O_CREAT | O_TRUNC | O_APPEND;
  const found = lstatSync(file, { throwIfNoEntry: false });
  if (!found?.isFile() || process.platform === "win32") return openSync(file, flags);
  try {
    unlinkSync(file);
  } catch {
    // Its folder takes no changes, while the file itself does.
  }
  return openSync(file, flags, found.mode);
}

/** Lets the collector write what is left. The event loop has ended, so this may block. */
function finish(session: SharedArrayBuffer, code: number): void {
  const words = new Int32Array(session);
  Atomics.store(words, EXIT_CODE, code);
  Atomics.store(words, STOPPING, 1);
  notifyOn(words, STOPPING);
  waitOn(words, DONE, 0, PATIENCE);
}
