import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { repositoryRoot } from "../support/repository.js";
import { runProgram } from "../support/run-program.js";

/** Shared memory for the program that makes and drops locks: a tenth of what a million of them would need. */
const ARENA_MB = "64";
/** What a process may still grow by after a tenth of its work, in MB: what the engine keeps in hand. */
const SLACK = 48;
const program = fileURLToPath(new URL("out/test/runtime/programs/memory.js", repositoryRoot));

interface Sample {
  readonly megabytes: number;
  readonly cells: number;
}

/** How much of each is done in a round. 1,000 rounds are the million locks, 2,000 threads and five million tasks. */
const PER_ROUND = { locks: 1000, closed: 1000, threads: 2, tasks: 5000 };

/**
 * Locks made and dropped, and made and closed; threads one after another, each leaving everything behind that a thread
 * can; tasks. What the process takes up stays where it was. The result is that, in MB, after a tenth of the work, at its
 * quarters and at its end, and as many counts of shared objects in use.
 * @throws AssertionError with what grew
 */
export async function soakRuntimeMemory(
  rounds: number,
  _seed?: number,
  perRound: Readonly<Record<string, number>> = PER_ROUND,
): Promise<object> {
  const took: Record<string, object> = {};
  for (const [what, times] of Object.entries(perRound)) {
    const count = rounds * times;
    const { code, stdout, stderr } = await runProgram(["--expose-gc", program, what, String(count)], {
      deadline: 60_000 + rounds * 1000,
      env: { HEDDLE_ARENA_MB: ARENA_MB },
    });
    assert.deepEqual([code, stderr], [0, ""], what);
    const samples = JSON.parse(stdout) as Sample[];
    const megabytes = samples.map((sample) => sample.megabytes);
    took[what] = { count, megabytes, objects: samples.map(({ cells }) => cells) };
    const [first = 0, last = 0] = [megabytes[0], megabytes.at(-1)];
    assert.ok(last - first < SLACK, `${count} ${what}: the process grew, ${megabytes.join(", ")} MB`);
  }
  return took;
}
