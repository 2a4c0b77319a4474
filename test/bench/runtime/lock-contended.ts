/** One lock, wanted by several threads all the time. */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { Lock, Queue, Thread } from "heddle";
import { contend } from "../peers/tasks.js";
import type { Bench, Contestant } from "../races.js";

function heddle(threads: number): Contestant & { end(): void } {
  const [orders, done, lock] = [new Queue<number>(), new Queue<number>(), new Lock()];
  for (let i = 0; i < threads; i++) {
    new Thread({ target: contend, args: [orders, done, lock], daemon: true }).start();
  }
  const tell = (times: number): void => {
    for (let i = 0; i < threads; i++) orders.put(times);
  };
  return {
    name: "acquire, release",
    against: { multithreading: 40 },
    worst: 0.2,
    run(times) {
      tell(Math.ceil(times / threads));
      let sum = 0;
      for (let i = 0; i < threads; i++) sum += done.get();
      return sum;
    },
    end: () => tell(0),
  };
}

/** Its own way to start threads needs Node.js 22; its mutex does not. */
function multithreading(threads: number): Contestant & { end(): void } {
  const buffer = new SharedArrayBuffer(BUFFER_BYTES);
  const script = new URL("../peers/mutex-worker.js", import.meta.url);
  const workers = Array.from({ length: threads }, () => new Worker(script, { workerData: { buffer } }));
  return {
    name: "multithreading",
    async run(times) {
      const answers = workers.map((worker) => once(worker, "message"));
      for (const worker of workers) worker.postMessage(Math.ceil(times / threads));
      await Promise.all(answers);
      return times;
    },
    end() {
      for (const worker of workers) void worker.terminate();
    },
  };
}

/** What the package makes for a mutex. */
const BUFFER_BYTES = 4;

function contended(threads: number): Bench {
  let both: readonly (Contestant & { end(): void })[] = [];
  return {
    title: `Lock, wanted by ${threads} threads`,
    unit: "pairs",
    contestants() {
      both = [heddle(threads), multithreading(threads)];
      return both;
    },
    end() {
      for (const { end } of both) end();
    },
  };
}

export const bench: readonly Bench[] = [contended(2), contended(4)];
