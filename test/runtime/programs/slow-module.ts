/** Pools that are terminated while their worker still evaluates its modules, which make and drop shared objects. */
import { isMainThread, Worker, workerData } from "node:worker_threads";
import { Lock, main, Pool, SharedList, SharedValue, tasks } from "heddle";

const evaluating = new SharedValue("i32", 0, { name: "evaluating" });
const boot = (workerData as { heddle?: { thread: number; supervisor: number } } | null)?.heddle;

function nothing(): void {}

tasks(import.meta.url, { nothing });

if (!isMainThread && boot?.thread !== boot?.supervisor) {
  const kept: Lock[] = [];
  const end = performance.now() + 5000;
  for (let i = 0; performance.now() < end; i++) {
    kept.push(new Lock());
    if (kept.length > 50) kept.shift()?.close();
    if (i === 100) evaluating.add(1);
  }
}

interface Isolate {
  readonly cells: WeakMap<object, { readonly at: number }>;
}

function cellOf(lock: Lock): number {
  const isolate = (globalThis as unknown as Record<symbol, Isolate>)[Symbol.for("heddle.isolate.1")];
  return isolate?.cells.get(lock)?.at ?? 0;
}

/** The worker goes on for a moment after it was called off, as it may. */
const terminate = Worker.prototype.terminate;
Worker.prototype.terminate = function (): Promise<number> {
  for (const end = performance.now() + 20; performance.now() < end; );
  return terminate.call(this);
};

main(import.meta.url, () => {
  for (let round = 1; round <= 5; round++) {
    const pool = new Pool(1);
    while (evaluating.value < round);
    pool.terminate();
    pool.join();
    // What both sides gave back twice would be had twice now, or lie somewhere between two places.
    const list = new SharedList<string>();
    for (let i = 0; i < 300; i++) list.push("x".repeat(900));
    const locks = Array.from({ length: 5000 }, () => new Lock());
    const cells = new Set(locks.map((lock) => cellOf(lock)));
    const isSound = cells.size === locks.length && [...cells].every((at) => at % 32 === 0);
    console.log(isSound && [...list].every((item) => item === "x".repeat(900)) ? "sound" : "torn");
  }
});
