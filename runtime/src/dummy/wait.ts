import type { Abort } from "../abort.js";
import { deadlineAfter, type TimeoutOptions, timeoutOf } from "../deadline.js";
import { waitUntil, waitUntilAsync } from "../wait-until.js";
import { Connection, isReady } from "./connection.js";
import { news } from "./news.js";
import { Process } from "./process.js";

/** What `wait` can wait for: the end of a process, or something to receive. */
export type Waitable = Connection | Process<never>;

/**
 * Blocks until at least one of the processes has ended, or one of the connections has something to receive or has lost
 * its other end; returns those, in the order given, or none when the timeout (milliseconds) has gone by.
 * @throws TypeError something else is among them
 * @see Python's `multiprocessing.connection.wait`, behaviour 112.
 */
export function wait<T extends Waitable>(objects: Iterable<T>, options?: TimeoutOptions): T[] {
  const all = checked(objects);
  let ready: T[] = [];
  waitUntil(news, deadlineAfter(timeoutOf(options)), () => {
    ready = all.filter(hasCome);
    return ready.length > 0;
  });
  return ready;
}

/**
 * Like `wait` without blocking the thread.
 * @see Python's `multiprocessing.connection.wait`, behaviour 112.
 */
export async function waitAsync<T extends Waitable>(
  objects: Iterable<T>,
  options?: TimeoutOptions & { readonly signal?: Abort | undefined },
): Promise<T[]> {
  const all = checked(objects);
  let ready: T[] = [];
  const look = (): boolean => {
    ready = all.filter(hasCome);
    return ready.length > 0;
  };
  await waitUntilAsync(news, deadlineAfter(timeoutOf(options)), look, options?.signal);
  return ready;
}

function checked<T extends Waitable>(objects: Iterable<T>): readonly T[] {
  const all = [...objects];
  for (const each of all) {
    if (each instanceof Connection || each instanceof Process) continue;
    throw new TypeError("wait() takes processes and connections.");
  }
  return all;
}

function hasCome(each: Waitable): boolean {
  return each instanceof Connection ? isReady(each) : !each.isAlive();
}
