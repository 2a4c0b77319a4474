/**
 * The collector: a worker that writes what all threads record to the trace file, and looks for deadlocks. It never
 * returns to its event loop, and needs nobody's: it works while all others block.
 */
import { fstatSync, writeSync } from "node:fs";
import process from "node:process";
import { workerData } from "node:worker_threads";
import { now } from "../clock.js";
import { notifyOn, pause, waitOn } from "../futex.js";
import { writeAll } from "../host/node-output.js";
import { announcement } from "./announcement.js";
import { batchOf } from "./chunk-writer.js";
import { type Deadlock, DeadlockWatch } from "./deadlock-watch.js";
import { REASONS } from "./format.js";
import { DONE, EXIT_CODE, ORIGIN, STOPPING } from "./session.js";
import { Spool } from "./spool.js";
import { takeStuck } from "./stuck.js";

export interface CollectorBoot {
  readonly session: SharedArrayBuffer;
  /** This process's number in the trace. */
  readonly process: number;
  readonly descriptor: number;
  /** Of the trace file, so that it can be told from others. */
  readonly dev: number;
  readonly ino: number;
  /** False: nobody records more than threads, deadlocks and the end. */
  readonly events: boolean;
  readonly onDeadlock: "report" | "exit";
}

/** Milliseconds between two looks: what a SIGKILL may lose. */
const DRAIN_EVERY = 4;
/** Milliseconds between two samples of what threads wait for. */
const SAMPLE_EVERY = 16;
const DEADLOCK_EXIT_CODE = 3;

const { session, process: id, descriptor, dev, ino, events, onDeadlock } = workerData as CollectorBoot;
const words = new Int32Array(session);
const origin = new Float64Array(session)[ORIGIN >> 1] ?? 0;

/** The file takes no more. Deadlocks are looked for all the same. */
let isFull = false;

try {
  collect();
} catch (error) {
  // A mistake of ours: the program goes on.
  endEarly(error);
} finally {
  Atomics.store(words, DONE, 1);
  notifyOn(words, DONE);
}

function collect(): void {
  const spool = new Spool(session, events);
  const watch = new DeadlockWatch(session);
  let nextSample = 0;
  for (let isLast = false; !isLast; ) {
    // Read first: what was recorded before the end began is drained below.
    isLast = Atomics.load(words, STOPPING) !== 0;
    const before = now() - origin;
    const drained = spool.drain();
    spool.drainedUpTo(before);
    const time = now() - origin;
    if (time >= nextSample) {
      nextSample = time + SAMPLE_EVERY * 1e6;
      for (const deadlock of watch.sample()) announce(deadlock, spool, time);
    }
    for (const { thread, tasks } of takeStuck(words)) {
      announce(
        tasks.map(({ at, site }) => ({ thread, epoch: 0, object: at, site, owner: thread, isTask: true })),
        spool,
        time,
      );
    }
    if (isLast) spool.end(time, REASONS.indexOf("exit"), Atomics.load(words, EXIT_CODE));
    write(spool.take());
    // Who has much to say has more by now.
    if (!isLast && drained < 4096) waitOn(words, STOPPING, 0, DRAIN_EVERY);
  }
}

function announce(deadlock: Deadlock, spool: Spool, time: number): void {
  spool.deadlock(deadlock, time);
  const text = announcement(deadlock, spool);
  if (onDeadlock === "report") {
    writeAll(2, Buffer.from(text), pause);
    return;
  }
  spool.end(time, REASONS.indexOf("deadlock"), DEADLOCK_EXIT_CODE);
  write(spool.take());
  writeAll(2, Buffer.from(text), pause);
  // The main thread may be one of those that wait for ever, so nothing gentler ends the program.
  process.kill(process.pid, "SIGKILL");
}

function write(chunks: Uint8Array): void {
  if (chunks.length === 0 || isFull) return;
  try {
    append(chunks);
  } catch (error) {
    // A full disk, say. What was written stays.
    isFull = true;
    endEarly(error);
  }
}

function endEarly(error: unknown): void {
  const reason = error instanceof Error ? error.message : String(error);
  writeAll(2, Buffer.from(`heddle: the recording ended early: ${reason}\n`), pause);
}

function append(chunks: Uint8Array): void {
  // A program may close what it did not open, and have a file of its own under the number by now.
  const found = fstatSync(descriptor);
  if (found.dev !== dev || found.ino !== ino) throw new Error("the program closed the trace file");
  // At once, and at the end of the file: other processes of the program write there as well.
  const bytes = batchOf(id, chunks);
  for (let written = 0; written < bytes.length; ) written += writeSync(descriptor, bytes, written);
}
