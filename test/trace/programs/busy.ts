/**
 * Threads that take turns on two locks as fast as they can, as often as they are told, or until one kills them all; and two
 * tasks that do so as often as they are told.
 */
import { writeSync } from "node:fs";
import { Lock, main, SharedValue, Thread, tasks } from "heddle";

const outer = new Lock({ name: "outer" });
const inner = new Lock({ name: "inner" });
const total = new SharedValue("i32", 0, { name: "total" });

/** With a life in milliseconds, the first thread that has lived so long says when that was, and ends the process. */
export function work(times: number, life: number): void {
  const end = performance.now() + life;
  for (let i = 0; i < times; i++) {
    if (performance.now() > end) {
      writeSync(1, `${process.hrtime.bigint()}\n`);
      process.kill(process.pid, "SIGKILL");
    }
    outer.acquire();
    inner.acquire();
    total.value += 1;
    inner.release();
    outer.release();
    // In the other order only where it gives up: no deadlock.
    inner.acquire();
    if (outer.acquire({ timeout: 1 })) outer.release();
    if (outer.tryAcquire()) outer.release();
    inner.release();
  }
}

/** The same by tasks, which wait without stopping their thread. */
export async function workAsync(times: number): Promise<void> {
  const turns = async (): Promise<void> => {
    for (let i = 0; i < times; i++) {
      await outer.acquireAsync();
      await inner.acquireAsync();
      total.value += 1;
      inner.release();
      outer.release();
      await inner.acquireAsync();
      if (await outer.acquireAsync({ timeout: 1 })) outer.release();
      inner.release();
    }
  };
  await Promise.all([turns(), turns()]);
}

tasks(import.meta.url, { work, workAsync });

main(import.meta.url, () => {
  const [threads = "2", times = "Infinity", life = "Infinity", asyncTimes = "0"] = process.argv.slice(2);
  const names = Array.from({ length: Number(threads) }, (_, i) => `busy-${i + 1}`);
  const all = names.map((name) => new Thread({ target: work, args: [Number(times), Number(life)], name }));
  if (asyncTimes !== "0") all.push(new Thread({ target: workAsync, args: [Number(asyncTimes)], name: "busy-tasks" }));
  for (const thread of all) thread.start();
  console.log("started");
  for (const thread of all) thread.join();
  console.log(total.value);
});
