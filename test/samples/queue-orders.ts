/** First in first out, last in first out, and the smallest first. */
import { LifoQueue, main, PriorityQueue, Queue } from "heddle";

main(import.meta.url, () => {
  const fifo = new Queue<string>();
  const lifo = new LifoQueue<string>();
  const priority = new PriorityQueue<[number, string]>();
  for (const [i, word] of ["mid-level job", "low-level job", "important job"].entries()) {
    fifo.put(word);
    lifo.put(word);
    priority.put([[5, 10, 1][i] ?? 0, word]);
  }
  console.log([fifo.get(), fifo.get(), fifo.get()].join(", "));
  console.log([lifo.get(), lifo.get(), lifo.get()].join(", "));
  console.log([priority.get(), priority.get(), priority.get()].map(([, word]) => word).join(", "));
});
