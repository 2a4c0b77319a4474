/** What processes of the tests with RabbitMQ do. */
import { tasks } from "heddle";
import type { RabbitQueue } from "heddle/process";

/** Works jobs off until there is none left. */
export function double(jobs: RabbitQueue<number>, results: RabbitQueue<number>): void {
  for (let job = jobs.get(); job >= 0; job = jobs.get()) {
    results.put(job * 2);
    jobs.taskDone();
  }
  jobs.taskDone();
}

/** Takes an item, says so, and stays until it is killed. */
export async function takeAndStay(items: RabbitQueue<unknown>, taken: RabbitQueue<unknown>): Promise<void> {
  taken.put(items.get());
  await new Promise<void>(() => setInterval(() => {}, 1000));
}

/** Has an item at its end. */
export function takeAndLeave(items: RabbitQueue<unknown>): void {
  items.get();
}

tasks(import.meta.url, { double, takeAndLeave, takeAndStay });
