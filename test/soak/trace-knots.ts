import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { summarise } from "../../runtime/src/trace/summary.js";
import { Folder } from "../support/folder.js";
import { knot, type Plan, ringsOf } from "../support/knot.js";
import { Random } from "../support/random.js";
import { program } from "../support/trace.js";

const DEADLINE = 60_000;

/**
 * Programs of threads that wait for each other in rings, or for those that do: each ring must be told, and nothing else.
 * @throws AssertionError with seed and round for the first where that is not so.
 */
export async function soakTraceKnots(rounds: number, seed: number): Promise<object> {
  const random = new Random(seed);
  let rings = 0;
  let threads = 0;
  let partial = 0;
  for (let round = 0; round < rounds; round++) {
    const plan = knot(random);
    const expected = ringsOf(plan);
    const what = `seed ${seed}, round ${round}, ${JSON.stringify(plan)}`;
    assert.deepEqual(await toldOf(plan, expected.length, what), expected, what);
    rings += expected.length;
    threads += plan.length;
    if (expected.flat().length < plan.length) partial++;
  }
  return { rounds, threads, rings, partial };
}

/** The rings of threads that the trace of such a program has, in rising order. */
async function toldOf(plan: Plan, rings: number, what: string): Promise<readonly (readonly number[])[]> {
  using folder = new Folder();
  const file = folder.file("run.heddletrace");
  const args = ["--import", import.meta.resolve("heddle/trace/preload"), program("trace/programs/knots")];
  const child = spawn(process.execPath, [...args, JSON.stringify(plan)], {
    env: { ...process.env, HEDDLE_TRACE: JSON.stringify({ file }) },
    stdio: ["pipe", "inherit", "pipe"],
    timeout: DEADLINE,
    killSignal: "SIGKILL",
  });
  const ended = once(child, "exit");
  let said = "";
  for await (const text of child.stderr.setEncoding("utf8")) {
    said += text;
    if (said.split("heddle: deadlock: ").length > rings && !child.stdin.writableEnded) child.stdin.end();
  }
  assert.deepEqual(await ended, [0, null], `${what}: ${said}`);
  const { deadlocks, threads } = summarise(readFileSync(file));
  assert.equal(threads.length, plan.length + 1, what);
  return deadlocks
    .map(({ parties }) => parties.map(({ thread }) => Number(thread.slice(1))).sort((a, b) => a - b))
    .sort((a, b) => a[0]! - b[0]!);
}
