/**
 * Three tasks of one thread take turns on a lock, a pool has more workers than work, and two tasks wait for what another thread
 * does.
 */
import { Barrier, Lock, main, Pool, Semaphore, Thread, tasks } from "heddle";

const turns = new Lock({ name: "turns" });
const permits = new Semaphore(0, { name: "permits" });
const gate = new Barrier(2, { name: "gate" });

async function takeTurn(): Promise<void> {
  using _ = await turns.holdAsync();
  await new Promise(setImmediate);
}

export function square(n: number): number {
  return n * n;
}

export function letGoOn(): void {
  permits.release();
  gate.wait();
}

tasks(import.meta.url, { square, letGoOn });

main(import.meta.url, async () => {
  await Promise.all([takeTurn(), takeTurn(), takeTurn()]);
  // Both have begun to wait before the thread begins.
  const waits = [permits.acquireAsync(), gate.waitAsync()];
  const opener = new Thread({ target: letGoOn, name: "opener" });
  opener.start();
  await Promise.all(waits);
  opener.join();
  using pool = new Pool(3);
  console.log(JSON.stringify(pool.map(square, [1, 2])));
});
