/** Taking and giving back a free lock, against the bare compare-exchange that any lock is made of. */
import { Lock } from "heddle";
import type { Multithreading } from "../peers/mutex-worker.js";
import { peer } from "../peers/packages.js";
import { endPython, hasPython, python } from "../peers/python.js";
import type { Bench, Contestant } from "../races.js";

const word = new Int32Array(new SharedArrayBuffer(4));
const lock = new Lock();
/** Changed inside every critical section, so that no section is empty. */
const guarded = { sum: 0 };

/** The bare pair. */
const BARE = "compareExchange twice";

const mine: readonly Contestant[] = [
  {
    name: BARE,
    run(times) {
      for (let i = 0; i < times; i++) {
        while (Atomics.compareExchange(word, 0, 0, 1) !== 0);
        guarded.sum += i;
        if (Atomics.compareExchange(word, 0, 1, 0) !== 1) throw new Error("not held");
      }
      return guarded.sum;
    },
  },
  {
    name: "acquire, release",
    against: { [BARE]: 0.8, multithreading: 50, "async-mutex": undefined, "CPython's Lock": 4 },
    run(times) {
      for (let i = 0; i < times; i++) {
        lock.acquire();
        guarded.sum += i;
        lock.release();
      }
      return guarded.sum;
    },
  },
  {
    name: "withLock",
    against: { [BARE]: 0.6 },
    run(times) {
      for (let i = 0; i < times; i++) {
        lock.withLock(() => {
          guarded.sum += i;
        });
      }
      return guarded.sum;
    },
  },
  {
    name: "hold, disposed by hand",
    against: { [BARE]: 0.6 },
    run(times) {
      for (let i = 0; i < times; i++) {
        const held = lock.hold();
        guarded.sum += i;
        held[Symbol.dispose]();
      }
      return guarded.sum;
    },
  },
  {
    name: "using, compiled to ES2022",
    against: { [BARE]: undefined },
    run(times) {
      for (let i = 0; i < times; i++) {
        using _ = lock.hold();
        guarded.sum += i;
      }
      return guarded.sum;
    },
  },
];

async function others(): Promise<Contestant[]> {
  const { Mutex } = await peer<Multithreading>("multithreading");
  const { Mutex: AsyncMutex } = await peer<{ Mutex: new () => { acquire(): Promise<() => void> } }>("async-mutex");
  const mutex = new Mutex();
  const asyncMutex = new AsyncMutex();
  return [
    {
      name: "multithreading",
      run(times) {
        for (let i = 0; i < times; i++) {
          const guard = mutex.blockingLock();
          guarded.sum += i;
          guard.dispose();
        }
        return guarded.sum;
      },
    },
    {
      name: "async-mutex",
      async run(times) {
        for (let i = 0; i < times; i++) {
          const release = await asyncMutex.acquire();
          guarded.sum += i;
          release();
        }
        return guarded.sum;
      },
    },
    ...(hasPython ? [python("CPython's Lock", PYTHON, "")] : []),
  ];
}

const PYTHON = `from threading import Lock
lock = Lock()
def run(times):
    acquire, release, total = lock.acquire, lock.release, 0
    for i in range(times):
        acquire()
        total += i
        release()
`;

export const bench: readonly Bench[] = [
  {
    title: "Lock, free",
    unit: "pairs",
    contestants: async () => [...mine, ...(await others())],
    end: endPython,
  },
];
