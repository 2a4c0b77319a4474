/** Pools: what a task costs, in all ways to run many of them, and what a pool costs. */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { Pool } from "heddle";
import { peer, workerpoolTasks } from "../peers/packages.js";
import { endPython, hasPython, python } from "../peers/python.js";
import { identity, spin } from "../peers/tasks.js";
import type { Bench, Contestant } from "../races.js";

const WORKERS = 2;
/** Tasks that are under way at once. */
const IN_FLIGHT = 10_000;
const MAP_ITEMS = 100_000;

interface OtherPool {
  run(value: number): Promise<number>;
}
type OtherClass = new (options: { filename: string; minThreads: number; maxThreads: number }) => OtherPool;

interface Workerpool {
  pool(script: string, options: object): { exec(name: string, args: unknown[]): Promise<number> };
}

async function pools() {
  const filename = fileURLToPath(new URL("../peers/identity.js", import.meta.url));
  const options = { filename, minThreads: WORKERS, maxThreads: WORKERS };
  const { default: Piscina } = await peer<{ default: OtherClass }>("piscina");
  const { default: Tinypool } = await peer<{ default: OtherClass }>("tinypool");
  const { default: workerpool } = await peer<{ default: Workerpool }>("workerpool");
  return {
    heddle: new Pool(WORKERS),
    piscina: new Piscina(options),
    tinypool: new Tinypool(options),
    workerpool: workerpool.pool(workerpoolTasks, { maxWorkers: WORKERS, minWorkers: WORKERS, workerType: "thread" }),
  };
}

let started: ReturnType<typeof pools> | undefined;

function startedPools(): ReturnType<typeof pools> {
  started ??= pools();
  return started;
}

/** So many tasks, thousands of them at a time. */
function flight(name: string, start: (n: number) => PromiseLike<number>): Contestant {
  return {
    name,
    async run(times) {
      let sum = 0;
      for (let done = 0; done < times; done += IN_FLIGHT) {
        const length = Math.min(IN_FLIGHT, times - done);
        for (const value of await Promise.all(Array.from({ length }, (_, i) => start(i)))) sum += value;
      }
      return sum;
    },
  };
}

function oneByOne(name: string, run: (n: number) => PromiseLike<number> | number): Contestant {
  return {
    name,
    async run(times) {
      let sum = 0;
      for (let i = 0; i < times; i++) sum += await run(i);
      return sum;
    },
  };
}

const PYTHON = `from multiprocessing import Pool
def identity(n): return n
`;

function cpython(body: string): Contestant[] {
  return hasPython ? [python("CPython", `${PYTHON}def run(times):\n    ${body}\n`, `pool = Pool(${WORKERS})`)] : [];
}

async function inFlight(): Promise<Contestant[]> {
  const { heddle, piscina, tinypool, workerpool } = await startedPools();
  return [
    flight("piscina", (n) => piscina.run(n)),
    flight("tinypool", (n) => tinypool.run(n)),
    flight("workerpool", (n) => workerpool.exec("identity", [n])),
    ...cpython("for r in [pool.apply_async(identity, (i,)) for i in range(times)]: r.get()"),
    {
      ...flight("awaited", (n) => heddle.applyAsync(identity<number>, [n])),
      against: { piscina: 8, tinypool: 8, workerpool: undefined, CPython: 10 },
    },
    {
      name: "get",
      against: { piscina: undefined },
      run(times) {
        let sum = 0;
        for (let done = 0; done < times; done += IN_FLIGHT) {
          const length = Math.min(IN_FLIGHT, times - done);
          const results = Array.from({ length }, (_, i) => heddle.applyAsync(identity<number>, [i]));
          for (const result of results) sum += result.get();
        }
        return sum;
      },
    },
  ];
}

async function single(): Promise<Contestant[]> {
  const { heddle, piscina, tinypool } = await startedPools();
  return [
    oneByOne("piscina", (n) => piscina.run(n)),
    oneByOne("tinypool", (n) => tinypool.run(n)),
    {
      ...oneByOne("awaited", (n) => heddle.applyAsync(identity<number>, [n])),
      against: { piscina: 1, tinypool: undefined },
    },
    {
      name: "apply, blocking",
      against: { piscina: 1 },
      run(times) {
        let sum = 0;
        // heddle-ignore-next-line blocking-apply-in-loop: one task at a time is what is measured
        for (let i = 0; i < times; i++) sum += heddle.apply(identity<number>, [i]);
        return sum;
      },
    },
  ];
}

async function milliseconds(): Promise<Contestant[]> {
  const { heddle } = await startedPools();
  const ideal = Math.min(WORKERS, availableParallelism());
  const here = "one thread, no pool";
  return [
    {
      name: here,
      run(times) {
        let sum = 0;
        for (let i = 0; i < times; i++) sum += spin(1);
        return sum;
      },
    },
    { ...flight("awaited", () => heddle.applyAsync(spin, [1])), against: { [here]: 0.95 * ideal } },
  ];
}

/** Items are counted in whole lists, so that the length of the list stays the same. */
function lists(name: string, run: () => number, against?: Contestant["against"]): Contestant {
  return {
    name,
    ...(against && { against }),
    run(times) {
      let sum = 0;
      for (let i = 0; i < times; i++) sum += run();
      return sum;
    },
  };
}

async function map(): Promise<Contestant[]> {
  const { heddle } = await startedPools();
  const items = Array.from({ length: MAP_ITEMS }, (_, i) => i);
  return [
    ...cpython(`for _ in range(times): pool.map(identity, range(${MAP_ITEMS}))`),
    lists("map", () => heddle.map(identity<number>, items).length, { CPython: 1 }),
  ];
}

async function firstResult(): Promise<number> {
  const start = performance.now();
  await using pool = new Pool(WORKERS);
  await pool.applyAsync(identity<number>, [1]);
  return performance.now() - start;
}

async function firstAnswer(): Promise<number> {
  const start = performance.now();
  const script = new URL("../peers/raw-worker.js", import.meta.url);
  const workers = Array.from({ length: WORKERS }, () => new Worker(script, { workerData: {} }));
  for (const worker of workers) worker.postMessage(1);
  await Promise.race(workers.map((worker) => once(worker, "message")));
  const took = performance.now() - start;
  await Promise.all(workers.map((worker) => worker.terminate()));
  return took;
}

async function memoryOf(kind: "heddle" | "bare"): Promise<number> {
  const script = fileURLToPath(new URL("../peers/memory.js", import.meta.url));
  return Number(execFileSync(process.execPath, [script, kind], { encoding: "utf8" }));
}

const pool = `Pool of ${WORKERS}`;

export const bench: readonly Bench[] = [
  {
    title: `${pool}, ${IN_FLIGHT.toLocaleString("en")} tasks at a time`,
    unit: "tasks",
    contestants: inFlight,
    end: endPython,
  },
  { title: `${pool}, one task at a time`, unit: "tasks", contestants: single },
  { title: `${pool}, tasks of 1 ms`, unit: "tasks", contestants: milliseconds },
  { title: `${pool}, ${MAP_ITEMS.toLocaleString("en")} small items`, unit: "lists", contestants: map, end: endPython },
  {
    title: `${pool}, from start to first result`,
    unit: "ms",
    heddle: firstResult,
    peer: { name: "bare workers", measure: firstAnswer },
    goal: { text: "≤ 1.2×", most: (theirs) => theirs * 1.2 },
  },
  {
    title: "Pool, memory per worker",
    unit: "MB",
    heddle: () => memoryOf("heddle"),
    peer: { name: "bare workers", measure: () => memoryOf("bare") },
    goal: { text: "≤ theirs + 1.5 MB", most: (theirs) => theirs + 1.5 },
  },
];
