import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { summarise } from "../../runtime/src/trace/summary.js";
import { Folder } from "../support/folder.js";
import { heddle } from "../support/heddle.js";
import { Random } from "../support/random.js";
import { program } from "../support/trace.js";

/** Turns that all threads of a round take together; each takes locks three or four times. */
const TURNS = 60_000;
/** Of each of two tasks, which wait without blocking. */
const TASK_TURNS = 500;

/**
 * Programs that contend for two locks, with timeouts, tries and async waits, in both orders but never for ever, must never be called deadlocked.
 * @throws AssertionError with seed and round for the first that is.
 */
export async function soakTraceDeadlocks(rounds: number, seed: number): Promise<object> {
  const random = new Random(seed);
  let operations = 0;
  let longestWait = 0;
  for (let round = 0; round < rounds; round++) {
    using folder = new Folder();
    const trace = folder.file("run.heddletrace");
    const threads = 2 + random.below(5);
    const turns = Math.floor(TURNS / threads);
    const args = ["run", "--trace", trace, "--on-deadlock=exit", program("trace/programs/busy")];
    const how = [String(threads), String(turns), "Infinity", String(TASK_TURNS)];
    const { code, stderr } = await heddle([...args, ...how], { cwd: folder.path });
    assert.deepEqual([code, stderr], [0, ""], `seed ${seed}, round ${round}, ${threads} threads`);
    const { deadlocks, locks } = summarise(readFileSync(trace));
    assert.deepEqual(deadlocks, [], `seed ${seed}, round ${round}`);
    for (const lock of locks) {
      operations += lock.acquisitions;
      longestWait = Math.max(longestWait, lock.longestWait / 1e6);
    }
  }
  return { rounds, operations, longestWaitMilliseconds: Math.round(longestWait) };
}
