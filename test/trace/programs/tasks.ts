/** Three tasks of one thread take turns on a lock, and a pool has more workers than work. */
import { Lock, main, Pool, tasks } from "heddle";

const turns = new Lock({ name: "turns" });

async function takeTurn(): Promise<void> {
  using _ = await turns.holdAsync();
  await new Promise(setImmediate);
}

export function square(n: number): number {
  return n * n;
}

tasks(import.meta.url, { square });

main(import.meta.url, async () => {
  await Promise.all([takeTurn(), takeTurn(), takeTurn()]);
  using pool = new Pool(3);
  console.log(JSON.stringify(pool.map(square, [1, 2])));
});
