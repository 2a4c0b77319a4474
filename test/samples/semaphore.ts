/** No more than two threads at a time; and permits that nobody may give back twice. */
import { BoundedSemaphore, main, Semaphore, SharedValue, StateError, Thread, tasks } from "heddle";

const seats = new Semaphore(2, { name: "seats" });
const seated = new SharedValue("i32", 0, { name: "seated" });
const most = new SharedValue("i32", 0, { name: "most" });

export function eat(): void {
  using _ = seats.hold();
  const now = seated.add(1) + 1;
  most.getLock().withLock(() => {
    most.value = Math.max(most.value, now);
  });
  seated.add(-1);
}

tasks(import.meta.url, { eat });

main(import.meta.url, () => {
  const threads = [1, 2, 3, 4, 5].map(() => new Thread({ target: eat }));
  for (const thread of threads) thread.start();
  for (const thread of threads) thread.join();
  console.log(`never more than two: ${most.value <= 2}, seats that are free: ${seats.value}`);

  const bounded = new BoundedSemaphore(1);
  bounded.acquire();
  bounded.release();
  try {
    bounded.release();
  } catch (error) {
    if (!(error instanceof StateError)) throw error;
    console.log("one permit cannot be given back twice");
  }
});
