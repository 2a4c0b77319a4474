/** The same program under every loader: prints what a thread and a pool did. Only erasable syntax. */
import { Lock, main, Pool, SharedValue, Thread, tasks } from "heddle";

const mutex = new Lock({ name: "mutex" });
const total = new SharedValue("i32", 0, { name: "total" });

function add(times: number): number {
  for (let i = 0; i < times; i++) {
    mutex.withLock(() => {
      total.value += 1;
    });
  }
  return times;
}

class Adder extends Thread {
  times = 0;

  override run(): void {
    add(this.times);
  }
}

tasks(import.meta.url, { add, Adder });

main(import.meta.url, () => {
  const adder = new Adder();
  adder.times = 20;
  const threads = [new Thread({ target: add, args: [10] }), adder];
  for (const thread of threads) thread.start();
  for (const thread of threads) thread.join();
  const pool = new Pool(1);
  console.log(pool.map(add, [1, 2]).join(), total.value);
  pool.close();
  pool.join();
});
