/** A queue between tasks of a pool of processes: a manager has it. */
import { main, tasks } from "heddle";
import { Manager, Pool, type QueueProxy } from "heddle/process";

export function writer(q: QueueProxy<string>): void {
  for (const letter of "dongGe") q.put(letter);
}

export function reader(q: QueueProxy<string>): string {
  let text = "";
  for (let left = q.qsize(); left > 0; left--) text += q.get();
  return text;
}

tasks(import.meta.url, { writer, reader });

main(import.meta.url, () => {
  using manager = new Manager();
  const q = manager.queue<string>();
  const po = new Pool();
  po.apply(writer, [q]); // waits until it is done, as the queue must be full first
  console.log(`reader got ${po.apply(reader, [q])}`);
  po.close();
  po.join();
});
