/** Two threads take two locks in opposite order, and each waits for what the other holds. */
import { Barrier, Lock, main, Thread, tasks } from "heddle";

const mutexA = new Lock({ name: "mutexA" });
const mutexB = new Lock({ name: "mutexB" });
/** Both threads hold their first lock before either wants the second, and main has seen it: no need to sleep. */
const bothHold = new Barrier(3, { name: "bothHold" });

export class MyThread1 extends Thread {
  override run(): void {
    mutexA.acquire();
    console.log(`${this.name}----do1---up----`);
    bothHold.wait();
    mutexB.acquire();
    console.log(`${this.name}----do1---down----`);
    mutexB.release();
    mutexA.release();
  }
}

export class MyThread2 extends Thread {
  override run(): void {
    mutexB.acquire();
    console.log(`${this.name}----do2---up----`);
    bothHold.wait();
    mutexA.acquire();
    console.log(`${this.name}----do2---down----`);
    mutexA.release();
    mutexB.release();
  }
}

tasks(import.meta.url, { MyThread1, MyThread2 });

main(import.meta.url, () => {
  // Daemons, so that the program can end although they never do.
  const threads = [new MyThread1({ name: "t1", daemon: true }), new MyThread2({ name: "t2", daemon: true })];
  for (const thread of threads) thread.start();
  bothHold.wait();
  for (const thread of threads) thread.join({ timeout: 500 });
  const stuck = threads.filter((thread) => thread.isAlive()).map((thread) => thread.name);
  console.log(stuck.length > 0 ? `deadlock: ${stuck.join(" and ")} wait for ever` : "no deadlock");
});
