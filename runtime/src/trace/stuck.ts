/** Tasks that wait for each other for ever, told by their thread to the collector, which writes it down and says so. */
import { allocateBlock, freeBlock, words } from "../arena.js";
import { STUCK } from "./session.js";
import { currentSession } from "./slot.js";

/** Words of a report, which is a heap block: the one before it, the thread, how many parties, and of each object and site. */
const NEXT = 0;
const THREAD = 1;
const COUNT = 2;
const PARTIES = 3;

/** A task that waits for ever. Both are words of the arena. */
export interface StuckTask {
  /** What it waits for. */
  readonly at: number;
  /** Where, a heap block. */
  readonly site: number;
}

/** A thread, and its tasks that wait, each for what the next one has. */
export interface StuckTasks {
  readonly thread: number;
  readonly tasks: readonly StuckTask[];
}

/** Of the thread, a word of the arena. The collector loads this file too, and is no thread of the program. */
export function reportStuck(thread: number, tasks: readonly StuckTask[]): void {
  const session = currentSession();
  if (session === undefined) return;
  const head = new Int32Array(session);
  const block = allocateBlock((PARTIES + 2 * tasks.length) * 4);
  words[block + THREAD] = thread;
  words[block + COUNT] = tasks.length;
  for (const [i, { at, site }] of tasks.entries()) {
    words[block + PARTIES + 2 * i] = at;
    words[block + PARTIES + 2 * i + 1] = site;
  }
  for (;;) {
    const next = Atomics.load(head, STUCK);
    words[block + NEXT] = next;
    if (Atomics.compareExchange(head, STUCK, next, block) === next) return;
  }
}

/** All that was reported since the last time; the collector's. */
export function takeStuck(session: Int32Array): readonly StuckTasks[] {
  const reports: StuckTasks[] = [];
  for (let block = Atomics.exchange(session, STUCK, 0); block !== 0; ) {
    const tasks = Array.from({ length: words[block + COUNT] ?? 0 }, (_, i) => ({
      at: words[block + PARTIES + 2 * i] ?? 0,
      site: words[block + PARTIES + 2 * i + 1] ?? 0,
    }));
    reports.push({ thread: words[block + THREAD] ?? 0, tasks });
    const next = words[block + NEXT] ?? 0;
    freeBlock(block);
    block = next;
  }
  return reports.reverse();
}
