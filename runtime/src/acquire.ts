/** Taking a mutex for the user, who is recorded doing it. */
import type { Abort } from "./abort.js";
import { throwIfAborted } from "./abort.js";
import type { Deadline } from "./deadline.js";
import { type Outcome, take, tryTake } from "./mutex.js";
import { mutexGate, takeAsync } from "./parked.js";
import { FLAGS } from "./trace/format.js";
import { recorder } from "./trace/hook.js";

/** Takes it if it is free. */
export function tryAcquire(at: number): Outcome {
  return recorded(at, tryTake(at), false, true);
}

/** Blocks until it is free or the deadline comes. `wants`: `TO_WRITE`, or 0. */
export function acquire(at: number, deadline: Deadline, mayInterrupt = true, wants = 0): Outcome {
  return recorded(at, take(at, deadline, mayInterrupt, wants), false, deadline !== Number.POSITIVE_INFINITY);
}

/** For an async task. Rejects with the signal's reason. */
export async function acquireAsync(at: number, timeout: number, signal: Abort | undefined): Promise<Outcome> {
  throwIfAborted(signal);
  const outcome = recorded(at, tryTake(at, true), true, timeout !== Number.POSITIVE_INFINITY);
  if (outcome !== "timeout") return outcome;
  const waited = recorder?.waitsForLock(at, timeout === Number.POSITIVE_INFINITY ? 0 : FLAGS.timed);
  let settled: Outcome = "timeout";
  try {
    settled = await takeAsync(mutexGate(at), timeout, signal);
    return settled;
  } finally {
    waited?.(settled !== "timeout");
  }
}

function recorded(at: number, outcome: Outcome, byTask: boolean, timed: boolean): Outcome {
  if (outcome !== "timeout") recorder?.acquired(at, byTask, timed);
  return outcome;
}
