/** Every thread has its own value of a thread-local variable. */
import { currentThread, main, Thread, ThreadLocal, tasks } from "heddle";

const localSchool = new ThreadLocal<string>();

function processStudent(): void {
  console.log(`Hello, ${localSchool.value} (in ${currentThread().name})`);
}

export function processThread(name: string): void {
  localSchool.value = name;
  processStudent();
}

tasks(import.meta.url, { processThread });

main(import.meta.url, () => {
  const t1 = new Thread({ target: processThread, args: ["dongGe"], name: "Thread-A" });
  const t2 = new Thread({ target: processThread, args: ["老王"], name: "Thread-B" });
  t1.start();
  t2.start();
  t1.join();
  t2.join();
  console.log(`main has a value: ${localSchool.has()}`);
});
