/** Taking and giving back a free lock, against the bare compare-exchange that any lock is made of. */
import { Lock } from "heddle";
import type { Bench } from "../runtime.js";

const word = new Int32Array(new SharedArrayBuffer(4));
const lock = new Lock();
/** Changed inside every critical section, so that no section is empty. */
const guarded = { sum: 0 };

export const bench: Bench = {
  title: "Lock, uncontended",
  unit: "pairs of acquire and release",
  contestants: [
    {
      name: "Atomics.compareExchange, twice",
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
      goal: 0.8,
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
      goal: 0.6,
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
      goal: 0.6,
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
      run(times) {
        for (let i = 0; i < times; i++) {
          using _ = lock.hold();
          guarded.sum += i;
        }
        return guarded.sum;
      },
    },
  ],
};
