/** A number that all threads see: what one adds, the next one finds. */
import { main, SharedValue, Thread, tasks } from "heddle";

const num = new SharedValue("i32", 100, { name: "num" });

export function work1(): void {
  for (let i = 0; i < 3; i++) num.add(1);
  console.log(`----in work1, num is ${num.value}---`);
}

export function work2(): void {
  console.log(`----in work2, num is ${num.value}---`);
}

tasks(import.meta.url, { work1, work2 });

main(import.meta.url, () => {
  console.log(`---before the threads, num is ${num.value}---`);
  const t1 = new Thread({ target: work1 });
  t1.start();
  t1.join(); // instead of sleeping and hoping
  const t2 = new Thread({ target: work2 });
  t2.start();
  t2.join();
});
