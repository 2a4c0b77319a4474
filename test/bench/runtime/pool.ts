/** Pools: what a task costs that does nothing, in all ways to run many of them. */
import { fileURLToPath } from "node:url";
import { Pool } from "heddle";
import { peer, workerpoolTasks } from "../peers/packages.js";
import { endPython, hasPython, python } from "../peers/python.js";
import { identity } from "../peers/tasks.js";
import type { Bench, Contestant } from "../runtime.js";

const WORKERS = 2;
/** Tasks that are under way at once. */
const IN_FLIGHT = 10_000;

interface OtherPool {
  run(value: number): Promise<number>;
  destroy(): Promise<void>;
}

type OtherClass = new (options: { filename: string; minThreads: number; maxThreads: number }) => OtherPool;

const filename = fileURLToPath(new URL("../peers/identity.js", import.meta.url));
const options = { filename, minThreads: WORKERS, maxThreads: WORKERS };
const { default: Piscina } = await peer<{ default: OtherClass }>("piscina");
const { default: Tinypool } = await peer<{ default: OtherClass }>("tinypool");
const { default: workerpool } = await peer<{
  default: {
    pool(
      script: string,
      options: object,
    ): {
      exec(name: string, args: unknown[]): Promise<number>;
      terminate(): Promise<void>;
    };
  };
}>("workerpool");

const heddle = new Pool(WORKERS);
const piscina = new Piscina(options);
const tinypool = new Tinypool(options);
const other = workerpool.pool(workerpoolTasks, { maxWorkers: WORKERS, minWorkers: WORKERS, workerType: "thread" });

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

function oneByOne(name: string, run: (n: number) => PromiseLike<number>): Contestant {
  return {
    name,
    async run(times) {
      let sum = 0;
      for (let i = 0; i < times; i++) sum += await run(i);
      return sum;
    },
  };
}

const CPYTHON = `from multiprocessing import Pool
def identity(n): return n
`;

const inFlight: Bench = {
  title: `Pool of ${WORKERS}, tasks that do nothing, ${IN_FLIGHT} at a time`,
  unit: "tasks",
  contestants: [
    flight("piscina", (n) => piscina.run(n)),
    flight("tinypool", (n) => tinypool.run(n)),
    flight("workerpool", (n) => other.exec("identity", [n])),
    ...(hasPython
      ? [
          python(
            "CPython",
            `${CPYTHON}def run(times):\n    for r in [pool.apply_async(identity, (i,)) for i in range(times)]: r.get()\n`,
            `pool = Pool(${WORKERS})`,
          ),
        ]
      : []),
    {
      ...flight("heddle, awaited", (n) => heddle.applyAsync(identity<number>, [n])),
      goal: 8,
      goals: { tinypool: 8, ...(hasPython ? { CPython: 10 } : {}) },
    },
    {
      name: "heddle, get",
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
  ],
  end: endPython,
};

const single: Bench = {
  title: "Pool, one task at a time",
  unit: "tasks",
  contestants: [
    oneByOne("piscina", (n) => piscina.run(n)),
    oneByOne("tinypool", (n) => tinypool.run(n)),
    { ...oneByOne("heddle, awaited", (n) => heddle.applyAsync(identity<number>, [n])), goal: 1 },
    {
      name: "heddle, apply",
      run(times) {
        let sum = 0;
        for (let i = 0; i < times; i++) sum += heddle.apply(identity<number>, [i]);
        return sum;
      },
    },
  ],
};

const map: Bench = {
  title: `Pool of ${WORKERS}, map of small items`,
  unit: "items",
  contestants: [
    hasPython
      ? python(
          "CPython",
          `${CPYTHON}def run(times):\n    pool.map(identity, range(times))\n`,
          `pool = Pool(${WORKERS})`,
        )
      : flight("piscina", (n) => piscina.run(n)),
    {
      name: "heddle",
      goal: 1,
      run(times) {
        const items = Array.from({ length: times }, (_, i) => i);
        return heddle.map(identity<number>, items).length;
      },
    },
  ],
  async end() {
    endPython();
    heddle.terminate();
    await Promise.all([piscina.destroy(), tinypool.destroy(), other.terminate()]);
  },
};

export const bench: readonly Bench[] = [inFlight, single, map];
