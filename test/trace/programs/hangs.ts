/** A consumer waits for a job that never comes, and the main thread for the consumer. */
import { main, Queue, Thread, tasks } from "heddle";

const jobs = new Queue<number>(0, { name: "jobs" });

export function consume(): void {
  jobs.get();
}

tasks(import.meta.url, { consume });

main(import.meta.url, () => {
  const consumer = new Thread({ target: consume, name: "consumer" });
  consumer.start();
  consumer.join();
});
