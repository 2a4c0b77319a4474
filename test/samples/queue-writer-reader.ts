/** One thread writes to a queue, another reads from it; before that, what a full and an empty queue do. */
import { Empty, Full, main, Queue, Thread, tasks } from "heddle";

export function write(q: Queue<string>): void {
  for (const value of ["A", "B", "C"]) {
    console.log(`Put ${value} to queue...`);
    q.put(value);
  }
}

export function read(q: Queue<string>): void {
  for (;;) {
    try {
      const value = q.get({ timeout: 100 });
      console.log(`Get ${value} from queue.`);
    } catch (error) {
      if (error instanceof Empty) return;
      throw error;
    }
  }
}

tasks(import.meta.url, { write, read });

function fullAndEmpty(): void {
  const q = new Queue<string>(3);
  q.put("message 1");
  q.put("message 2");
  console.log(`full: ${q.full()}`);
  q.put("message 3");
  console.log(`full: ${q.full()}`);
  for (const options of [{ timeout: 50 }, { blocking: false }]) {
    try {
      q.put("message 4", options);
    } catch (error) {
      if (!(error instanceof Full)) throw error;
      console.log(`the queue is full, it holds ${q.qsize()} messages`);
    }
  }
  while (!q.empty()) console.log(q.getNowait());
}

main(import.meta.url, () => {
  fullAndEmpty();
  const q = new Queue<string>();
  const pw = new Thread({ target: write, args: [q] });
  const pr = new Thread({ target: read, args: [q] });
  pw.start();
  pw.join();
  pr.start();
  pr.join();
  console.log("all data written and read");
});
