/** Two processes and a queue: one writes, and when it has ended the other one reads. */
import { main, tasks } from "heddle";
import { Process, Queue } from "heddle/process";

export function write(q: Queue<string>): void {
  for (const value of ["A", "B", "C"]) {
    console.log(`Put ${value} to queue...`);
    q.put(value);
  }
}

export function read(q: Queue<string>): void {
  while (!q.empty()) console.log(`Get ${q.get()} from queue.`);
}

tasks(import.meta.url, { write, read });

main(import.meta.url, () => {
  const q = new Queue<string>();
  const pw = new Process({ target: write, args: [q] });
  const pr = new Process({ target: read, args: [q] });
  pw.start();
  pw.join(); // all that it put has left it by then
  pr.start();
  pr.join();
  console.log("all data written and read");
});
