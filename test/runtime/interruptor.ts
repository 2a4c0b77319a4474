/** Threads that interrupt the main thread. */
import { type Event, interruptMain, mainThread, type Queue, tasks } from "heddle";
import { FIELDS, words } from "../../runtime/src/arena.js";
import { wait } from "../../runtime/src/futex.js";
import { isolate } from "../../runtime/src/isolate.js";
import { INTERRUPTED } from "../../runtime/src/thread-cell.js";
import { waiting } from "../../runtime/src/waiting.js";
import { untilAsleep, untilBlocked } from "./blocked.js";

/** Waits for the event as main does, interrupts main, and tells whether its own wait goes on. */
export async function interruptAmongWaiters(event: Event, goesOn: Queue<boolean>): Promise<void> {
  let isOver = false;
  void event.waitAsync().then(() => {
    isOver = true;
  });
  untilAsleep(mainThread(), event);
  interruptMain();
  for (let turns = 0; turns < 20; turns++) await new Promise(setImmediate);
  goesOn.put(!isOver);
}

/** Waits for the event, and goes to sleep only when somebody has interrupted it. Says what ended its wait. */
export function lookOutLong(event: Event, outcome: Queue<string>): void {
  const at = isolate.cells.get(event)?.at ?? 0;
  const end = performance.now() + 10_000;
  try {
    waiting(at, Number.POSITIVE_INFINITY, () => {
      while (Atomics.load(words, isolate.thread + INTERRUPTED) === 0 && performance.now() < end);
      return wait(at + FIELDS, 0, 1000);
    });
    outcome.put("it slept");
  } catch (error) {
    outcome.put((error as Error).name);
  }
}

/** Interrupts main as soon as it blocks on nothing that is shared, as it does while a process starts. */
export function interruptStart(ready: Event): void {
  ready.set();
  untilBlocked(mainThread(), {});
  interruptMain();
}

tasks(import.meta.url, { interruptAmongWaiters, interruptStart, lookOutLong });
