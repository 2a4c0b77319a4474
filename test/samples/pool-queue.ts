/** A queue between tasks of a pool: in Python that takes a manager, because its own queue cannot be sent. */
import { main, Pool, Queue, tasks } from "heddle";

export function writer(q: Queue<string>): void {
  for (const letter of "dongGe") q.put(letter);
}

export function reader(q: Queue<string>): string {
  let text = "";
  while (q.qsize() > 0) text += q.get();
  return text;
}

tasks(import.meta.url, { writer, reader });

main(import.meta.url, () => {
  const q = new Queue<string>();
  const po = new Pool();
  po.apply(writer, [q]); // waits until it is done, as the queue must be full first
  console.log(`reader got ${po.apply(reader, [q])}`);
  po.close();
  po.join();
});
