/** Run with --expose-gc: what a pool keeps alive, and what becomes of one that nobody closes. */
import { currentThread, main, Pool, type Thread, tasks } from "heddle";

export function echo<T>(value: T): T {
  return value;
}

export function worker(): Thread {
  return currentThread();
}

tasks(import.meta.url, { echo, worker });

/** Collects, and lets what waits for a collection run, until `done`. */
async function until(done: () => boolean): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!done() && performance.now() < deadline) {
    // What was looked at in this turn of the event loop is not collected in it.
    await new Promise(setImmediate);
    (globalThis as { gc?: () => void }).gc?.();
    await new Promise(setImmediate);
  }
}

function runAndForget(pool: Pool): WeakRef<object>[] {
  const sent = { some: "object" };
  const result = pool.applyAsync(echo<object>, [sent]);
  return [new WeakRef(sent), new WeakRef(result.get()), new WeakRef(result)];
}

async function forget(): Promise<Thread> {
  const pool = new Pool(1, { name: "forgotten" });
  const left = runAndForget(pool);
  await until(() => left.every((one) => one.deref() === undefined));
  if (left.every((one) => one.deref() === undefined)) console.log("task and result are gone");
  return pool.apply(worker);
}

main(import.meta.url, async () => {
  const thread = await forget();
  await until(() => !thread.isAlive());
  if (!thread.isAlive()) console.log("the pool's worker has ended");
});
