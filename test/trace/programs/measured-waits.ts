/** Threads that wait for a lock, and say how long each wait was by their own clock: nanoseconds, one line for each thread. */
import { writeSync } from "node:fs";
import { Lock, main, sleep, Thread, tasks } from "heddle";

const gate = new Lock({ name: "gate" });
/** Waited for first: what is done for the first time takes its time before the wait begins. */
const warmUp = new Lock({ name: "warm-up" });

export function measure(times: number): void {
  let waited = 0;
  warmUp.acquire();
  sleep(20);
  warmUp.release();
  for (let i = 0; i < times; i++) {
    const start = process.hrtime.bigint();
    gate.acquire();
    waited += Number(process.hrtime.bigint() - start);
    sleep(150);
    gate.release();
    sleep(5);
  }
  writeSync(1, `${waited}\n`);
}

tasks(import.meta.url, { measure });

main(import.meta.url, () => {
  const threads = [1, 2, 3].map((n) => new Thread({ target: measure, args: [4], name: `thread-${n}` }));
  for (const thread of threads) thread.start();
  for (const thread of threads) thread.join();
});
