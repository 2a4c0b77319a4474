/** A deadlock in which every name tries to break out of where it is shown. */
import { Barrier, Lock, main, Thread, tasks } from "heddle";

const markup = new Lock({ name: '<img src=x onerror="globalThis.isBroken = true">' });
const long = new Lock({ name: "x".repeat(10_000) });
const bothHold = new Barrier(3, { name: "\u202Edloh htob" });

export class TakesMarkup extends Thread {
  override run(): void {
    markup.acquire();
    bothHold.wait();
    long.acquire();
  }
}

export class TakesLong extends Thread {
  override run(): void {
    long.acquire();
    bothHold.wait();
    markup.acquire();
  }
}

tasks(import.meta.url, { TakesMarkup, TakesLong });

main(import.meta.url, () => {
  const threads = [
    new TakesMarkup({ name: "two\nlines</script><script>globalThis.isBroken = true</script>", daemon: true }),
    new TakesLong({ name: "\u202E\u2066שלום olleh", daemon: true }),
  ];
  for (const thread of threads) thread.start();
  bothHold.wait();
  for (const thread of threads) thread.join({ timeout: 300 });
});
