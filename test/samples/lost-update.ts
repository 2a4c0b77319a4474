/** Two threads add to one number without a lock, and additions are lost: it ends below 2,000,000. */
import { Barrier, BrokenBarrierError, main, SharedValue, Thread, tasks } from "heddle";

const num = new SharedValue("i32", 0, { name: "num" });
const together = new Barrier(2, { name: "together" });

/**
 * Is 1, and the first time comes back only when the other thread is here as well. By then both have read `num.value`,
 * so one addition must be lost. Once a lock keeps the other thread away, it goes on alone after a while.
 */
function oneTogether(): number {
  try {
    together.wait({ timeout: 2000 });
  } catch (error) {
    if (!(error instanceof BrokenBarrierError)) throw error;
  }
  return 1;
}

export function test1(): void {
  together.wait();
  for (let i = 0; i < 1_000_000; i++) {
    num.value += i === 0 ? oneTogether() : 1;
  }
  console.log("---test1--- done");
}

export function test2(): void {
  together.wait();
  for (let i = 0; i < 1_000_000; i++) {
    num.value += i === 0 ? oneTogether() : 1;
  }
  console.log("---test2--- done");
}

tasks(import.meta.url, { test1, test2 });

main(import.meta.url, () => {
  const p1 = new Thread({ target: test1 });
  const p2 = new Thread({ target: test2 });
  p1.start();
  p2.start();
  p1.join();
  p2.join();
  console.log(`---num=${num.value}---`);
});
