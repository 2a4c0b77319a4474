/** A producer and consumers with a queue between them; `join` tells when all was dealt with, `shutdown` ends them. */
import { main, Queue, SharedValue, ShutDown, Thread, tasks } from "heddle";

export function produce(q: Queue<number>): void {
  for (let i = 1; i <= 10; i++) q.put(i);
}

export function consume(q: Queue<number>, sum: SharedValue<"i32">): void {
  try {
    for (;;) {
      sum.add(q.get());
      q.taskDone();
    }
  } catch (error) {
    if (!(error instanceof ShutDown)) throw error;
  }
}

tasks(import.meta.url, { produce, consume });

main(import.meta.url, () => {
  const q = new Queue<number>(3);
  const sum = new SharedValue("i32");
  const consumers = [1, 2].map(() => new Thread({ target: consume, args: [q, sum] }));
  for (const consumer of consumers) consumer.start();
  const producer = new Thread({ target: produce, args: [q] });
  producer.start();
  producer.join();
  q.join();
  console.log(`all items are dealt with, their sum is ${sum.value}`);
  q.shutdown();
  for (const consumer of consumers) consumer.join();
  console.log("the consumers have gone home");
});
