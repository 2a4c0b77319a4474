/** One scene after the other, each with something wrong in it that does not keep the program from its end. */
import { Barrier, Lock, main, Queue, sleep, Thread, tasks } from "heddle";

const meet = new Barrier(2, { name: "meet" });

const left = new Lock({ name: "left" });
const right = new Lock({ name: "right" });

/** Both orders, one after the other, for the second thread waits until the first is through. */
export function leftFirst(): void {
  left.acquire(); // left first: one
  right.acquire(); // left first: two
  right.release();
  left.release();
  meet.wait();
}

export function rightFirst(): void {
  meet.wait();
  right.acquire(); // right first: one
  left.acquire(); // right first: two
  left.release();
  right.release();
}

const till = new Lock({ name: "till" });

export function sleepsWithTill(): void {
  // The other may take longer to start than this one sleeps.
  meet.wait();
  till.acquire(); // sleeper takes
  meet.wait();
  sleep(200); // sleeper sleeps
  till.release();
}

export function wantsTill(): void {
  meet.wait();
  meet.wait();
  till.acquire(); // till wanted
  till.release();
}

const safe = new Lock({ name: "safe" });

export function worksWithSafe(): void {
  safe.acquire(); // worker takes
  meet.wait();
  work(200);
  safe.release();
}

export function wantsSafe(): void {
  meet.wait();
  safe.acquire(); // safe wanted
  safe.release();
}

const counter = new Lock({ name: "counter", fair: true });
const open = new Barrier(4, { name: "open" });

export function queues(): void {
  open.wait();
  for (let i = 0; i < 60; i++) {
    counter.acquire(); // queue
    work(1);
    counter.release();
  }
}

const desk = new Lock({ name: "desk" });

export function leavesDesk(): void {
  desk.acquire();
  meet.wait();
  sleep(50);
  desk.release();
}

const jobs = new Queue<number>(0, { name: "jobs" });

export function reportsTwice(): void {
  jobs.put(1);
  jobs.get();
  jobs.taskDone();
  try {
    jobs.taskDone(); // reports again
  } catch {
    // As is to be expected.
  }
}

function work(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

function run(...targets: (() => void)[]): void {
  const threads = targets.map((target) => new Thread({ target, name: target.name }));
  for (const thread of threads) thread.start();
  for (const thread of threads) thread.join();
}

async function blocksItsTask(): Promise<void> {
  const thread = new Thread({ target: leavesDesk, name: "leavesDesk" });
  thread.start();
  meet.wait();
  const got = desk.acquireAsync(); // task waits
  sleep(300); // main blocks
  await got;
  desk.release();
  thread.join();
}

tasks(import.meta.url, { leftFirst, rightFirst, sleepsWithTill, wantsTill, worksWithSafe, wantsSafe });
tasks(import.meta.url, { queues, leavesDesk, reportsTwice });

main(import.meta.url, async () => {
  run(leftFirst, rightFirst);
  run(sleepsWithTill, wantsTill);
  run(worksWithSafe, wantsSafe);
  run(queues, queues, queues, queues);
  await blocksItsTask();
  run(reportsTwice);
});
