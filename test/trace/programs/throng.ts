/** As many threads as wanted that are all there at once, and take turns on a lock; says how often they did. */
import { Barrier, Lock, main, SharedValue, Thread, tasks } from "heddle";

const TURNS = 20;
const turns = new Lock({ name: "turns" });
const total = new SharedValue("i32", 0, { name: "total" });

export function takeTurns(allAreThere: Barrier): void {
  allAreThere.wait();
  for (let i = 0; i < TURNS; i++) {
    using _ = turns.hold();
    total.value += 1;
  }
}

tasks(import.meta.url, { takeTurns });

main(import.meta.url, () => {
  const count = Number(process.argv[2]);
  const allAreThere = new Barrier(count, { name: "all are there" });
  const threads = Array.from({ length: count }, (_, i) => {
    return new Thread({ target: takeTurns, args: [allAreThere], name: `thread-${i + 1}` });
  });
  for (const thread of threads) thread.start();
  for (const thread of threads) thread.join();
  console.log(total.value);
});
