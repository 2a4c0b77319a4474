/** Main is interrupted by a thread: while it blocks, or, as the argument says, while it runs with or without a handler. */
import {
  Barrier,
  Condition,
  Event,
  InterruptedError,
  interruptMain,
  Lock,
  main,
  mainThread,
  Queue,
  RWLock,
  Semaphore,
  sleep,
  Thread,
  tasks,
} from "heddle";
import { untilBlocked } from "../blocked.js";

/** Interrupts main when it blocks on the object; `{}` stands for a sleep. */
function interruptor(blocksOn: object): void {
  untilBlocked(mainThread(), blocksOn);
  interruptMain();
}

function interruptNow(): void {
  interruptMain();
}

function waitForEver(): void {
  new Event().wait();
}

tasks(import.meta.url, { interruptor, interruptNow, waitForEver });

function interrupted(what: string, blocksOn: object, wait: () => unknown): void {
  const thread = new Thread({ target: interruptor, args: [blocksOn] });
  thread.start();
  try {
    wait();
    console.log(`${what} went on`);
  } catch (error) {
    console.log(`${what} ${error instanceof InterruptedError ? "interrupted" : error}`);
  }
  thread.join();
}

function whileBlocking(): void {
  interrupted("sleep", {}, () => sleep(60_000));
  const lock = new Lock();
  lock.acquire();
  interrupted("lock", lock, () => lock.acquire());
  const rwlock = new RWLock();
  void rwlock.readLock.acquireAsync();
  interrupted("rwlock", rwlock, () => rwlock.writeLock.acquire({ timeout: 60_000 }));
  const event = new Event();
  interrupted("event", event, () => event.wait());
  const queue = new Queue<number>();
  interrupted("queue", queue, () => queue.get());
  const semaphore = new Semaphore(0);
  interrupted("semaphore", semaphore, () => semaphore.acquire());
  const barrier = new Barrier(2);
  interrupted("barrier", barrier, () => barrier.wait());
  console.log(`barrier broken: ${barrier.broken}`);
  const condition = new Condition();
  condition.acquire();
  interrupted("condition", condition, () => condition.wait());
  condition.release();
  const thread = new Thread({ target: waitForEver, daemon: true });
  thread.start();
  interrupted("join", thread, () => thread.join());
}

main(import.meta.url, async () => {
  const [how] = process.argv.slice(2);
  if (how === "blocking") {
    whileBlocking();
    return;
  }
  if (how === "last") {
    process.once("SIGINT", () => console.log("from main, at the end"));
    interruptMain();
    return;
  }
  const handled = new Promise<void>((resolve) => {
    if (how === "handled") process.once("SIGINT", () => resolve());
  });
  new Thread({ target: interruptNow }).start();
  const timer = setInterval(() => {}, 60_000);
  await handled;
  clearInterval(timer);
  console.log("handled");
  process.once("SIGINT", () => console.log("from main"));
  interruptMain();
  await new Promise(setImmediate);
});
