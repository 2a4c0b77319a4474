/** A map with the thread as its key, for data that all functions of a thread need: a ThreadLocal does it by itself. */
import { currentThread, main, SharedMap, Thread, tasks } from "heddle";

const students = new SharedMap<Thread, string>([], { name: "students" });

function doTask1(): void {
  console.log(`task 1 for ${students.get(currentThread())}`);
}

function doTask2(): void {
  console.log(`task 2 for ${students.get(currentThread())}`);
}

export function stdThread(name: string): void {
  students.set(currentThread(), name);
  doTask1();
  doTask2();
}

tasks(import.meta.url, { stdThread });

main(import.meta.url, () => {
  const threads = ["dongGe", "老王"].map((name) => new Thread({ target: stdThread, args: [name] }));
  for (const thread of threads) {
    thread.start();
    thread.join();
  }
  console.log([...students].map(([thread, name]) => `${thread.name}: ${name}`).join(", "));
});
