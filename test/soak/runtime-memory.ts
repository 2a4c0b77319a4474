import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { repositoryRoot } from "../support/repository.js";
import { runProgram } from "../support/run-program.js";

/** Shared memory for the program that makes and drops locks: a tenth of what a million of them would need. */
const ARENA_MB = "64";
/** What a process that did all its work before may still grow by, in MB: what the engine keeps in hand. */
const SLACK = 64;
const program = fileURLToPath(new URL("out/test/runtime/programs/memory.js", repositoryRoot));

/**
 * `rounds` threads one after another, each leaving everything behind that a thread can, and `times` as many locks made and
 * dropped, and made and closed: memory stays where it was. 2,000 rounds are the million-lock test.
 * @throws AssertionError with what grew
 */
export async function soakRuntimeMemory(rounds: number, _seed?: number, times = 500): Promise<object> {
  const grown: Record<string, number> = {};
  const counts = { locks: rounds * times, closed: rounds * times, threads: rounds };
  process.env.HEDDLE_ARENA_MB = ARENA_MB;
  try {
    for (const [what, count] of Object.entries(counts)) {
      const args = ["--expose-gc", program, what, String(count)];
      const { code, stdout, stderr } = await runProgram(args, { deadline: 60_000 + rounds * 1000 });
      assert.deepEqual([code, stderr], [0, ""], what);
      grown[what] = Number(stdout);
      assert.ok(Number(stdout) < SLACK, `${count} ${what}: the process grew by ${stdout.trim()} MB`);
    }
  } finally {
    delete process.env.HEDDLE_ARENA_MB;
  }
  return { counts, grownMegabytes: grown };
}
