/** Three threads, each of which holds a lock; two wait without end while a debugger stops the third. */
import { Barrier, Lock, main, Queue, Thread, tasks } from "heddle";

const ledger = new Lock({ name: "ledger" });
const inner = new Lock({ name: "inner" });
const outer = new Lock({ name: "outer" });
const jobs = new Queue<string>(4, { name: "jobs" });
const bothHold = new Barrier(2, { name: "bothHold" });

export class Holder extends Thread {
  override run(): void {
    inner.acquire();
    bothHold.wait();
    console.log("a breakpoint is here");
    inner.release();
  }
}

export class Waiter extends Thread {
  override run(): void {
    outer.acquire();
    bothHold.wait();
    inner.acquire();
    inner.release();
    outer.release();
  }
}

tasks(import.meta.url, { Holder, Waiter });

main(import.meta.url, () => {
  ledger.acquire();
  jobs.put("first");
  jobs.put("second");
  const threads = [new Holder({ name: "holder" }), new Waiter({ name: "waiter" })];
  for (const thread of threads) thread.start();
  for (const thread of threads) thread.join();
  ledger.release();
});
