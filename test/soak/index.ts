/**
 * `npm run soak -- <name> [--rounds n] [--seed s] [--minutes m]`: the long form of suites that `npm test` runs for seconds.
 * With minutes, it is repeated, with another seed each time, until they are over.
 */
import { parseArgs } from "node:util";
import { soakEdits } from "./edits.js";
import { soakMutants } from "./mutants.js";
import { soakRuntimeLocks } from "./runtime-locks.js";
import { soakRuntimeMemory } from "./runtime-memory.js";
import { soakRuntimePools } from "./runtime-pools.js";
import { soakRuntimeStarts } from "./runtime-starts.js";
import { soakTraceDeadlocks } from "./trace-deadlocks.js";
import { soakTraceKill } from "./trace-kill.js";

const ROUNDS = 1000;
/** With minutes: short enough for them to be kept, long enough for all that a soak does in long runs. */
const ROUNDS_AT_A_TIME = 100;
/** What leaks slowly is seen in one long run only. */
const UNDIVIDED = ["runtime-memory"];

const soaks: Readonly<Record<string, (rounds: number, seed: number) => object | Promise<object>>> = {
  edits: soakEdits,
  mutants: soakMutants,
  runtime: async (rounds, seed) => ({
    locks: soakRuntimeLocks(rounds, seed),
    pools: await soakRuntimePools(rounds, seed),
    starts: soakRuntimeStarts(rounds * 10),
  }),
  "runtime-locks": soakRuntimeLocks,
  "runtime-memory": soakRuntimeMemory,
  "runtime-pools": soakRuntimePools,
  "runtime-starts": soakRuntimeStarts,
  "trace-deadlocks": soakTraceDeadlocks,
  "trace-kill": soakTraceKill,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: "string" },
    seed: { type: "string", default: "1" },
    minutes: { type: "string", default: "0" },
  },
});
const [name = ""] = positionals;
const soak = soaks[name];
const minutes = Number(values.minutes);
const rounds = Number(values.rounds ?? (minutes > 0 && !UNDIVIDED.includes(name) ? ROUNDS_AT_A_TIME : ROUNDS));
const seed = Number(values.seed);
if (!soak || !Number.isSafeInteger(rounds) || rounds < 1 || !Number.isSafeInteger(seed) || !(minutes >= 0)) {
  console.error(`Usage: npm run soak -- <${Object.keys(soaks).join("|")}> [--rounds n] [--seed s] [--minutes m]`);
  process.exit(2);
}
const end = performance.now() + minutes * 60_000;
let repetition = 0;
do {
  const done = await soak(rounds, seed + repetition++);
  console.log(`${name}: ${JSON.stringify(done)}`);
} while (performance.now() < end);
