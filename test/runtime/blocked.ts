/** What a thread waits for, read where the recorder and the debugger read it: so that tests need not guess or sleep. */
import assert from "node:assert/strict";
import type { Thread } from "heddle";
import { words } from "../../runtime/src/arena.js";
import { isolate } from "../../runtime/src/isolate.js";
import { SLEEPS_ON, WAIT_CELL, WAIT_EPOCH } from "../../runtime/src/thread-cell.js";

const DEADLINE = 30_000;

/** Returns when the thread blocks on the object. The object may be a side of an RWLock: its lock then. */
export function untilBlocked(thread: Thread, object: object): void {
  const end = performance.now() + DEADLINE;
  const [at = 0, on = 0] = [thread, object].map((shared) => isolate.cells.get(shared)?.at);
  while ((Atomics.load(words, at + WAIT_EPOCH) & 1) === 0 || Atomics.load(words, at + WAIT_CELL) !== on) {
    assert.ok(performance.now() < end, `${thread.name} does not block`);
    assert.ok(thread.isAlive(), `${thread.name} ended instead of blocking`);
  }
}

/** Returns when the thread sleeps in the object's wait, and looks no longer without. */
export function untilAsleep(thread: Thread, object: object): void {
  untilBlocked(thread, object);
  const end = performance.now() + DEADLINE;
  const at = isolate.cells.get(thread)?.at ?? 0;
  while (Atomics.load(words, at + SLEEPS_ON) === 0) assert.ok(performance.now() < end, `${thread.name} does not sleep`);
}
