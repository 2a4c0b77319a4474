/** Traces of programs that never ran, whose moments are known. */
import { writeFileSync } from "node:fs";
import { EVENTS } from "../../runtime/src/trace/format.js";
import { TraceWriter } from "../support/trace-writer.js";

/** A deadlock whose moments are known: t2 waits from 200 ms on and t1 from 300 ms on, until the end after a second. */
export function writeCrossing(file: string): void {
  const out = new TraceWriter();
  const milliseconds = 1e6;
  const [mutexA, mutexB] = [1, 2];
  out.object(mutexA, "lock", "mutexA");
  out.object(mutexB, "lock", "mutexB");
  for (const [site, line] of [11, 14, 23, 26].entries()) out.site(site + 1, line, "/src/deadlock.ts");
  out.thread(1, 0, "MainThread");
  out.thread(2, 10 * milliseconds, "t1");
  out.thread(3, 20 * milliseconds, "t2");
  out.event(2, 100 * milliseconds, EVENTS.acquired, { object: mutexA, site: 1 });
  out.event(2, 300 * milliseconds, EVENTS.waitBegan, { object: mutexB, site: 2, first: 3 });
  out.event(3, 120 * milliseconds, EVENTS.acquired, { object: mutexB, site: 3 });
  out.event(3, 200 * milliseconds, EVENTS.waitBegan, { object: mutexA, site: 4, first: 2 });
  out.pass(310 * milliseconds);
  out.deadlock(310 * milliseconds, [
    [2, mutexB, 2, 3, 3],
    [3, mutexA, 4, 2, 1],
  ]);
  out.end(1000 * milliseconds);
  writeFileSync(file, out.take());
}

/** The same program, mended: both take mutexA first, and t1 waits 50 ms for mutexB. */
export function writeSolved(file: string): void {
  const out = new TraceWriter();
  const milliseconds = 1e6;
  const [mutexA, mutexB] = [1, 2];
  // Other ids: what has the same name is the same.
  out.object(mutexB, "lock", "mutexA");
  out.object(mutexA, "lock", "mutexB");
  for (const [site, line] of [11, 14, 23].entries()) out.site(site + 1, line, "/copy/deadlock.ts");
  for (const [i, name] of ["MainThread", "t1", "t2"].entries()) out.thread(i + 1, 0, name);
  out.event(2, 100 * milliseconds, EVENTS.acquired, { object: mutexB, site: 1 });
  out.event(3, 120 * milliseconds, EVENTS.acquired, { object: mutexA, site: 3 });
  out.event(2, 300 * milliseconds, EVENTS.waitBegan, { object: mutexA, site: 2, first: 3 });
  out.event(3, 350 * milliseconds - 1, EVENTS.released, { object: mutexA });
  out.event(2, 350 * milliseconds, EVENTS.waitEnded, { object: mutexA, first: 1 });
  out.event(2, 400 * milliseconds, EVENTS.released, { object: mutexB });
  out.event(2, 400 * milliseconds, EVENTS.released, { object: mutexA });
  out.end(500 * milliseconds);
  writeFileSync(file, out.take());
}

/** A queue that has 40 messages from 100 to 500 ms, and a pool of which one worker is busy from 200 to 800 ms. */
export function writeCounters(file: string): void {
  const out = new TraceWriter();
  const milliseconds = 1e6;
  out.object(1, "queue", "jobs", 64);
  out.object(2, "pool", "images", 2);
  out.label(1, "resize");
  out.thread(1, 0, "main");
  out.thread(2, 0, "images-1");
  out.event(1, 100 * milliseconds, EVENTS.level, { object: 1, first: 40 });
  out.event(1, 150 * milliseconds, EVENTS.waitBegan, { object: 1 });
  out.event(2, 200 * milliseconds, EVENTS.spanBegan, { object: 2, first: 1, second: 1 });
  out.event(2, 500 * milliseconds, EVENTS.level, { object: 1, first: 0 });
  out.event(1, 500 * milliseconds, EVENTS.waitEnded, { object: 1, first: 1 });
  out.event(2, 800 * milliseconds, EVENTS.spanEnded, { object: 2, second: 1 });
  out.end(1000 * milliseconds);
  writeFileSync(file, out.take());
}

/** Two pairs of threads that wait for each other, 50 and 5 ms, one that takes what both pairs have later, and one alone. */
export function writePairs(file: string): void {
  const out = new TraceWriter();
  const milliseconds = 1e6;
  const [till, stock] = [1, 2];
  out.object(till, "lock", "till");
  out.object(stock, "lock", "stock");
  out.site(1, 12, "/src/shop.ts");
  for (const [i, name] of ["MainThread", "till-1", "till-2", "stock-1", "stock-2", "auditor"].entries()) {
    out.thread(i + 1, 0, name);
  }
  const pair = (holder: number, waiter: number, object: number, length: number): void => {
    out.event(holder, 100 * milliseconds, EVENTS.acquired, { object, site: 1 });
    out.event(waiter, 110 * milliseconds, EVENTS.waitBegan, { object, site: 1, first: holder });
    out.event(holder, (110 + length) * milliseconds - 1, EVENTS.released, { object });
    out.event(waiter, (110 + length) * milliseconds, EVENTS.waitEnded, { object, first: 1 });
    out.event(waiter, (110 + length) * milliseconds + 1, EVENTS.acquired, { object, site: 1 });
    out.event(waiter, 200 * milliseconds, EVENTS.released, { object });
  };
  pair(2, 3, till, 50);
  pair(4, 5, stock, 5);
  for (const object of [till, stock]) {
    out.event(6, (300 + 20 * object) * milliseconds, EVENTS.acquired, { object, site: 1 });
    out.event(6, (310 + 20 * object) * milliseconds, EVENTS.released, { object });
  }
  out.end(400 * milliseconds);
  writeFileSync(file, out.take());
}

/**
 * A run with something of everything: locks in both orders first, a message that ends a wait, a task of a pool, and in the
 * end a deadlock.
 */
export function writeStory(file: string): void {
  const out = new TraceWriter();
  const milliseconds = 1e6;
  const [till, stock, mutexA, mutexB, jobs, images] = [1, 2, 3, 4, 5, 6];
  for (const [i, name] of ["till", "stock", "mutexA", "mutexB"].entries()) out.object(i + 1, "lock", name);
  out.object(jobs, "queue", "jobs", 8);
  out.object(images, "pool", "images", 1);
  out.label(1, "resize");
  for (let line = 1; line <= 12; line++) out.site(line, line, "/src/story.ts");
  for (const [i, name] of ["MainThread", "t1", "t2", "images-1"].entries()) out.thread(i + 1, 0, name);
  const at = (thread: number, time: number, kind: number, more: Partial<Record<string, number>>): void =>
    out.event(thread, time * milliseconds, kind, more);
  // Both orders, of which nothing comes but a wait.
  at(2, 100, EVENTS.acquired, { object: till, site: 1 });
  at(2, 110, EVENTS.acquired, { object: stock, site: 2 });
  at(3, 120, EVENTS.waitBegan, { object: stock, site: 3, first: 2 });
  at(2, 150, EVENTS.released, { object: stock });
  at(2, 151, EVENTS.released, { object: till });
  at(3, 152, EVENTS.waitEnded, { object: stock, first: 1 });
  at(3, 152, EVENTS.acquired, { object: stock, site: 3 });
  at(3, 160, EVENTS.acquired, { object: till, site: 4 });
  at(3, 170, EVENTS.released, { object: till });
  at(3, 180, EVENTS.released, { object: stock });
  // The worker waits for a job, which the main thread puts, and does it.
  at(4, 200, EVENTS.waitBegan, { object: jobs, site: 5 });
  at(1, 290, EVENTS.level, { object: jobs, first: 1 });
  at(4, 300, EVENTS.waitEnded, { object: jobs, first: 1 });
  at(4, 301, EVENTS.level, { object: jobs, first: 0 });
  at(4, 310, EVENTS.spanBegan, { object: images, first: 1, second: 1 });
  at(4, 450, EVENTS.spanEnded, { object: images, second: 1 });
  at(2, 500, EVENTS.acquired, { object: mutexA, site: 6 });
  at(3, 510, EVENTS.acquired, { object: mutexB, site: 7 });
  at(2, 600, EVENTS.waitBegan, { object: mutexB, site: 8, first: 3 });
  at(3, 700, EVENTS.waitBegan, { object: mutexA, site: 9, first: 2 });
  out.pass(720 * milliseconds);
  out.deadlock(720 * milliseconds, [
    [2, mutexB, 8, 3, 7],
    [3, mutexA, 9, 2, 6],
  ]);
  out.end(1000 * milliseconds);
  writeFileSync(file, out.take());
}
