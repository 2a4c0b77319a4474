/** A thread waits under a lock until what the lock guards is as it should be; who changes it says so. */
import { Condition, main, SharedList, Thread, tasks } from "heddle";

const basket = new SharedList<string>([], { name: "basket" });
const changed = new Condition(undefined, { name: "changed" });

export function produce(): void {
  for (const fruit of ["apple", "pear", "plum"]) {
    using _ = changed.hold();
    basket.push(fruit);
    changed.notify();
  }
}

export function consume(): void {
  for (let i = 0; i < 3; i++) {
    using _ = changed.hold();
    while (basket.length === 0) changed.wait();
    console.log(`eats a ${basket.shift()}`);
  }
}

tasks(import.meta.url, { produce, consume });

main(import.meta.url, () => {
  const consumer = new Thread({ target: consume });
  consumer.start();
  const producer = new Thread({ target: produce });
  producer.start();
  producer.join();
  consumer.join();
});
