/** A worker that the page starts itself: a program of its own, whose main may block. */
import { main, Pool, SharedValue, Thread, tasks } from "heddle";

const total = new SharedValue("i32", 0, { name: "total" });

export function add(times: number): number {
  for (let i = 0; i < times; i++) total.add(1);
  return times;
}

tasks(import.meta.url, { add });

main(import.meta.url, () => {
  const threads = [10, 20].map((times) => new Thread({ target: add, args: [times] }));
  for (const thread of threads) thread.start();
  for (const thread of threads) thread.join();
  const pool = new Pool(2);
  console.log(JSON.stringify([total.value, pool.map(add, [1, 2])]));
  pool.terminate();
  console.log("{}");
});
