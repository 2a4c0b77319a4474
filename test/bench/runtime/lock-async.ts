/** Taking a free lock from async code. */
import { Lock } from "heddle";
import { peer } from "../peers/packages.js";
import type { Bench, Contestant } from "../races.js";

const guarded = { sum: 0 };

interface Pair {
  acquire(): Promise<unknown>;
  release(): void;
}

function pairs(name: string, { acquire, release }: Pair, against?: Contestant["against"]): Contestant {
  return {
    name,
    ...(against && { against }),
    async run(times) {
      for (let i = 0; i < times; i++) {
        await acquire();
        guarded.sum += i;
        release();
      }
      return guarded.sum;
    },
  };
}

async function contestants(): Promise<Contestant[]> {
  const { Mutex } = await peer<{ Mutex: new () => Pair }>("async-mutex");
  const { Sema } = await peer<{ Sema: new (permits: number) => Pair }>("async-sema");
  const [lock, mutex, sema] = [new Lock(), new Mutex(), new Sema(1)];
  return [
    pairs("async-mutex", { acquire: () => mutex.acquire(), release: () => mutex.release() }),
    pairs("async-sema", { acquire: () => sema.acquire(), release: () => sema.release() }),
    pairs(
      "acquireAsync, release",
      { acquire: () => lock.acquireAsync(), release: () => lock.release() },
      { "async-mutex": 8, "async-sema": undefined },
    ),
  ];
}

export const bench: readonly Bench[] = [{ title: "Lock, async", unit: "pairs", contestants }];
