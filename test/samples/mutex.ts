/** The lost update, mended: whoever adds holds the lock, and the number is 2,000,000. */
import { Lock, main, SharedValue, Thread, tasks } from "heddle";

const num = new SharedValue("i32", 0, { name: "num" });
const mutex = new Lock({ name: "mutex" });

export function test1(): void {
  for (let i = 0; i < 1_000_000; i++) {
    mutex.acquire();
    try {
      num.value += 1;
    } finally {
      mutex.release();
    }
  }
  console.log("---test1--- done");
}

export function test2(): void {
  for (let i = 0; i < 1_000_000; i++) {
    mutex.withLock(() => {
      num.value += 1;
    });
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
