/** A lock that its holder may take again, and gives back as often as it took it. */
import { main, RLock, SharedValue, Thread, tasks } from "heddle";

const mutex = new RLock({ name: "mutex" });
const balance = new SharedValue("i32", 0, { name: "balance" });

function deposit(amount: number): void {
  using _ = mutex.hold();
  balance.value += amount;
}

/** Takes the lock that `deposit` takes as well: with a Lock, it would wait for itself. */
function depositTwice(amount: number): void {
  using _ = mutex.hold();
  deposit(amount);
  deposit(amount);
}

export function work(): void {
  for (let i = 0; i < 1000; i++) depositTwice(1);
}

tasks(import.meta.url, { work });

main(import.meta.url, () => {
  const threads = [1, 2].map(() => new Thread({ target: work }));
  for (const thread of threads) thread.start();
  for (const thread of threads) thread.join();
  console.log(`the balance is ${balance.value}, the lock is held: ${mutex.locked()}`);
});
