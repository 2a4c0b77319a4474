/** A program that starts workers, a pool's or bare ones, and prints what each adds to its memory, in megabytes. */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { Pool } from "heddle";
import { spin } from "./tasks.js";

const WORKERS = 8;
const [kind] = process.argv.slice(2);
const before = process.memoryUsage.rss();
if (kind === "heddle") {
  const pool = new Pool(WORKERS);
  // As many as there are workers, long enough that each gets one.
  await Promise.all(Array.from({ length: WORKERS * 4 }, () => pool.applyAsync(spin, [20])));
} else {
  const workers = Array.from(
    { length: WORKERS },
    () => new Worker(new URL("./raw-worker.js", import.meta.url), { workerData: {} }),
  );
  for (const worker of workers) worker.postMessage(1);
  await Promise.all(workers.map((worker) => once(worker, "message")));
}
console.log((process.memoryUsage.rss() - before) / WORKERS / 1024 / 1024);
process.exit();
