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

/** A lock of each kind, like many others. */
function account(): Lock {
  return new Lock(); // account made
}

function card(): Lock {
  return new Lock(); // card made
}

export function accountFirst(one: Lock, two: Lock): void {
  using _ = one.hold(); // account first: one
  using __ = two.hold(); // account first: two
  meet.wait();
}

export function cardFirst(one: Lock, two: Lock): void {
  meet.wait();
  using _ = one.hold(); // card first: one
  using __ = two.hold(); // card first: two
}

/** The locks are there to the end: of those that are gone before the recorder has looked, it does not say what they were. */
const kept = { accounts: [] as Lock[], cards: [] as Lock[] };

function takesLikes(): void {
  for (let i = 0; i < 2; i++) {
    kept.accounts.push(account());
    kept.cards.push(card());
  }
  const { accounts, cards } = kept;
  const [first, second] = [0, 1].map((i) => [accounts[i] as Lock, cards[i] as Lock] as const);
  const threads = [
    new Thread({ target: accountFirst, name: "accountFirst", args: [first![0], first![1]] }),
    new Thread({ target: cardFirst, name: "cardFirst", args: [second![1], second![0]] }),
  ];
  for (const thread of threads) thread.start();
  for (const thread of threads) thread.join();
}

const till = new Lock({ name: "till" });

export function sleepsWithTill(): void {
  till.acquire(); // sleeper takes
  meet.wait();
  sleep(200); // sleeper sleeps
  till.release();
}

export function wantsTill(): void {
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
tasks(import.meta.url, { accountFirst, cardFirst });

main(import.meta.url, async () => {
  run(leftFirst, rightFirst);
  takesLikes();
  run(sleepsWithTill, wantsTill);
  run(worksWithSafe, wantsSafe);
  run(queues, queues, queues, queues);
  await blocksItsTask();
  run(reportsTwice);
});
