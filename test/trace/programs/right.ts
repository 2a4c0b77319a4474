/** Scenes that look much like those of `wrong.ts`, and are right. */
import { Barrier, Condition, Event, Lock, main, Queue, SharedValue, sleep, Thread, tasks } from "heddle";

const meet = new Barrier(2, { name: "meet" });

const gate = new Lock({ name: "gate" });
const left = new Lock({ name: "left" });
const right = new Lock({ name: "right" });

/** Both orders, but never at the same time. */
export function leftBehindGate(): void {
  gate.withLock(() => left.withLock(() => right.withLock(() => {})));
  meet.wait();
}

export function rightBehindGate(): void {
  meet.wait();
  gate.withLock(() => right.withLock(() => left.withLock(() => {})));
}

const fork = new Lock({ name: "fork" });
const knife = new Lock({ name: "knife" });

/** Nobody waits without end for the second. */
export function triesKnife(): void {
  fork.acquire();
  if (knife.tryAcquire()) knife.release();
  fork.release();
  meet.wait();
}

export function triesFork(): void {
  meet.wait();
  knife.acquire();
  if (fork.acquire({ timeout: 1000 })) fork.release();
  knife.release();
}

const day = new Lock({ name: "day" });
const night = new Lock({ name: "night" });

/** Both orders in one thread, while the other takes one at a time. */
export function bothOrders(): void {
  day.withLock(() => night.withLock(() => {}));
  night.withLock(() => day.withLock(() => {}));
  meet.wait();
}

export function oneAtATime(): void {
  meet.wait();
  day.withLock(() => {});
  night.withLock(() => {});
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

/** Those that are taken one way are never those that are taken the other. */
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

/** Both are made at one place, and nobody knows which was to come first. */
export function fromAccount(): void {
  using _ = account().hold();
  using __ = account().hold();
  meet.wait();
}

const salt = new Lock({ name: "salt" });
const pepper = new Lock({ name: "pepper" });

export function saltFirst(): void {
  salt.withLock(() => pepper.withLock(() => {}));
}

export function pepperFirst(): void {
  pepper.withLock(() => salt.withLock(() => {}));
}

const attic = new Lock({ name: "attic" });

/** For long, but nobody wants it. */
export function keepsAttic(): void {
  attic.acquire();
  meet.wait();
  sleep(200);
  attic.release();
}

export function looksAtAttic(): void {
  meet.wait();
  if (attic.tryAcquire()) attic.release();
}

const trough = new Lock({ name: "trough", fair: true });

/** Who waits for a fair lock gets it in turn. */
export function eats(): void {
  meet.wait();
  for (let i = 0; i < 60; i++) trough.withLock(() => work(0.2));
}

const desk = new Lock({ name: "desk" });

/** The task could not have had it earlier. */
export function keepsDesk(): void {
  desk.acquire();
  meet.wait();
  sleep(50);
  desk.release();
}

const bell = new Condition(undefined, { name: "bell" });
const rings = new SharedValue("i32", 0, { name: "rings" });

export function ringsUnheard(): void {
  using _ = bell.hold();
  rings.value++;
  bell.notify();
}

/** What it was notified of it has seen, and there is no more. */
export function hears(): void {
  using _ = bell.hold();
  rings.value--;
}

export function waitsForMore(): void {
  using _ = bell.hold();
  bell.wait({ timeout: 20 });
}

/** It looks itself before it waits. */
export function looksFirst(): void {
  using _ = bell.hold();
  bell.waitFor(() => rings.value > 1, { timeout: 20 });
}

/** It looks itself as well, and what it was told of is not all it waits for. */
export function waitsForThree(): void {
  using _ = bell.hold();
  while (rings.value < 3 && bell.wait({ timeout: 20 }));
}

const flash = new Event({ name: "flash" });

/** It was seen before it was cleared. */
export function flashesTillSeen(): void {
  flash.set();
  meet.wait();
  meet.wait();
  flash.clear();
}

export function seesFlash(): void {
  meet.wait();
  flash.wait();
  meet.wait();
}

export function waitsForNextFlash(): void {
  flash.wait({ timeout: 20 });
}

const stop = new Event({ name: "stop" });

/** It was set for those before, and reset. */
export function ticks(): void {
  for (let i = 0; i < 3 && !stop.wait({ timeout: 20 }); i++);
}

const jobs = new Queue<number>(0, { name: "jobs" });

/** One takes what the other reports. */
export function takesJob(): void {
  jobs.put(1);
  jobs.get();
}

export function reportsJob(): void {
  jobs.taskDone();
  jobs.join();
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

async function letsItsTaskGoOn(): Promise<void> {
  const thread = new Thread({ target: keepsDesk, name: "keepsDesk" });
  thread.start();
  meet.wait();
  const got = desk.acquireAsync();
  sleep(10);
  await got;
  desk.release();
  sleep(200);
  thread.join();
}

tasks(import.meta.url, { leftBehindGate, rightBehindGate, triesKnife, triesFork, bothOrders, oneAtATime });
tasks(import.meta.url, { ringsUnheard, hears, waitsForMore, looksFirst, flashesTillSeen, seesFlash });
tasks(import.meta.url, {
  accountFirst,
  cardFirst,
  waitsForThree,
  ticks,
  fromAccount,
  waitsForNextFlash,
  takesJob,
  reportsJob,
});
tasks(import.meta.url, { saltFirst, pepperFirst, keepsAttic, looksAtAttic, eats, keepsDesk });

main(import.meta.url, async () => {
  run(leftBehindGate, rightBehindGate);
  run(triesKnife, triesFork);
  run(bothOrders, oneAtATime);
  takesLikes();
  run(fromAccount, fromAccount);
  run(saltFirst);
  run(pepperFirst);
  run(keepsAttic, looksAtAttic);
  run(eats, eats);
  await letsItsTaskGoOn();
  for (const target of [ringsUnheard, hears, waitsForMore, ringsUnheard, looksFirst, waitsForThree]) run(target);
  run(flashesTillSeen, seesFlash);
  stop.set();
  stop.clear();
  run(ticks);
  for (const target of [waitsForNextFlash, takesJob, reportsJob]) run(target);
});
