/** `npm run soak -- <name> [--rounds n] [--seed s]`: the long form of suites that `npm test` runs for seconds. */
import { parseArgs } from "node:util";
import { soakEdits } from "./edits.js";
import { soakMutants } from "./mutants.js";
import { soakRuntimeLocks } from "./runtime-locks.js";
import { soakRuntimeMemory } from "./runtime-memory.js";
import { soakRuntimePools } from "./runtime-pools.js";
import { soakTraceDeadlocks } from "./trace-deadlocks.js";
import { soakTraceKill } from "./trace-kill.js";

const soaks: Readonly<Record<string, (rounds: number, seed: number) => object | Promise<object>>> = {
  edits: soakEdits,
  mutants: soakMutants,
  runtime: async (rounds, seed) => ({
    locks: soakRuntimeLocks(rounds, seed),
    pools: await soakRuntimePools(rounds, seed),
  }),
  "runtime-locks": soakRuntimeLocks,
  "runtime-memory": soakRuntimeMemory,
  "runtime-pools": soakRuntimePools,
  "trace-deadlocks": soakTraceDeadlocks,
  "trace-kill": soakTraceKill,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: "string", default: "1000" }, seed: { type: "string", default: "1" } },
});
const [name = ""] = positionals;
const soak = soaks[name];
const rounds = Number(values.rounds);
const seed = Number(values.seed);
if (!soak || !Number.isSafeInteger(rounds) || rounds < 1 || !Number.isSafeInteger(seed)) {
  console.error(`Usage: npm run soak -- <${Object.keys(soaks).join("|")}> [--rounds n] [--seed s]`);
  process.exit(2);
}
console.log(`${name}: ${JSON.stringify(await soak(rounds, seed))}`);
