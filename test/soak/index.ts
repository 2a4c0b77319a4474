/**
 * `npm run soak -- <name> [--rounds n] [--seed s] [--minutes m]`: the long form of suites that `npm test` runs for seconds.
 * With minutes, it is repeated, with another seed each time, until they are over. `faults` is for one of its engines with
 * `--engine`, and else for all, one after the other.
 */
import { parseArgs } from "node:util";
import { soakEdits } from "./edits.js";
import { type Engine, soakFaults } from "./faults.js";
import { managerEngine } from "./faults-manager.js";
import { rabbitEngine } from "./faults-rabbit.js";
import { redisEngine } from "./faults-redis.js";
import { soakHostileTraces } from "./hostile-traces.js";
import { soakKilledChecks } from "./killed-checks.js";
import { soakKilledServers } from "./killed-servers.js";
import { soakMutants } from "./mutants.js";
import { soakProtocol } from "./protocol.js";
import { soakRuntimeLocks } from "./runtime-locks.js";
import { soakRuntimeMemory } from "./runtime-memory.js";
import { soakRuntimePools } from "./runtime-pools.js";
import { soakRuntimeStarts } from "./runtime-starts.js";
import { soakTraceDeadlocks } from "./trace-deadlocks.js";
import { soakTraceKill } from "./trace-kill.js";
import { soakTraceKnots } from "./trace-knots.js";
import { soakTraceThrong } from "./trace-throng.js";

const ROUNDS = 1000;
/** With minutes: short enough for them to be kept, long enough for all that a soak does in long runs. */
const ROUNDS_AT_A_TIME = 100;
/** What leaks slowly is seen in one long run only. */
const UNDIVIDED = ["runtime-memory"];

/** What `faults` is done to. */
const ENGINES: readonly Engine[] = [managerEngine, redisEngine, rabbitEngine()];

const soaks: Readonly<Record<string, (rounds: number, seed: number) => object | Promise<object>>> = {
  edits: async (rounds, seed) => ({
    ...soakEdits(rounds, seed),
    // Each is four processes, so there are fewer of them.
    ...(await soakKilledChecks(Math.ceil(rounds / 100), seed)),
    ...(await soakKilledServers(Math.ceil(rounds / 100), seed)),
  }),
  faults: async (rounds, seed) => {
    const figures: Record<string, object> = {};
    for (const engine of engines) figures[engine.name] = await soakFaults(engine, rounds, seed);
    return figures;
  },
  mutants: soakMutants,
  protocol: soakProtocol,
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
  "trace-hostile": soakHostileTraces,
  "trace-kill": soakTraceKill,
  "trace-knots": soakTraceKnots,
  // The rounds are threads.
  "trace-throng": soakTraceThrong,
};

const names = ENGINES.map(({ name }) => name);
const usage =
  `Usage: npm run soak -- <${Object.keys(soaks).join("|")}> [--rounds n] [--seed s] [--minutes m]\n` +
  `       npm run soak -- faults --engine <${names.join("|")}> …`;

function refuse(reason: string): never {
  console.error(`${reason}\n${usage}`);
  process.exit(2);
}

function parsed() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        help: { type: "boolean", short: "h" },
        rounds: { type: "string" },
        seed: { type: "string", default: "1" },
        minutes: { type: "string", default: "0" },
        engine: { type: "string" },
      },
    });
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

const { values, positionals } = parsed();
if (values.help) {
  console.log(usage);
  process.exit(0);
}
const [name = ""] = positionals;
const soak = soaks[name];
const minutes = Number(values.minutes);
const rounds = Number(values.rounds ?? (minutes > 0 && !UNDIVIDED.includes(name) ? ROUNDS_AT_A_TIME : ROUNDS));
const seed = Number(values.seed);
if (!soak)
  refuse(name === "" ? "Which soak?" : `There is no soak "${name}"; there are ${Object.keys(soaks).join(", ")}.`);
if (!Number.isSafeInteger(rounds) || rounds < 1) refuse("The rounds are a whole number from 1 up.");
if (!Number.isSafeInteger(seed)) refuse("The seed is a whole number.");
if (values.engine !== undefined && name !== "faults") refuse("Only faults has engines.");
const engines = ENGINES.filter((engine) => values.engine === undefined || values.engine === engine.name);
if (engines.length === 0) refuse(`There is no engine "${values.engine}"; there are ${names.join(", ")}.`);
if (!(minutes >= 0)) refuse("The minutes are a number from 0 up.");
const end = performance.now() + minutes * 60_000;
let repetition = 0;
do {
  const done = await soak(rounds, seed + repetition++);
  console.log(`${name}: ${JSON.stringify(done)}`);
} while (performance.now() < end);
