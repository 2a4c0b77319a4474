import { deadlineAfter, type TimeoutOptions, timeLeft, timeoutOf } from "./deadline.js";
import { StateError } from "./errors.js";
import { Held } from "./held.js";
import { type AsyncAcquireOptions, type Lockable, rankOf } from "./lockable.js";
import { RLock } from "./rlock.js";

/**
 * Takes all locks for the enclosing block: `using _ = lockAll([from.lock, to.lock]);`. They are taken in an order that is
 * the same in every thread whatever the order given, so that two calls cannot wait for each other. Blocks until it has
 * all of them; when that fails it has none.
 * @throws TimeoutError not all in time
 * @throws AbandonedLockError the last holder of one of them died
 * @throws StateError a lock that is not reentrant is given twice
 * @see Python has none.
 */
export function lockAll(locks: Iterable<Lockable>, options?: TimeoutOptions): Held {
  const deadline = deadlineAfter(timeoutOf(options));
  const held: Held[] = [];
  try {
    for (const lock of inOrder(locks)) held.push(lock.hold({ timeout: timeLeft(deadline) }));
  } catch (error) {
    letGo(held);
    throw error;
  }
  return together(held);
}

/**
 * Like `lockAll` without blocking the thread: `using _ = await lockAllAsync([a, b]);`.
 * @see Python has none.
 */
export async function lockAllAsync(locks: Iterable<Lockable>, options?: AsyncAcquireOptions): Promise<Held> {
  const deadline = deadlineAfter(timeoutOf(options));
  const held: Held[] = [];
  try {
    for (const lock of inOrder(locks)) {
      held.push(await lock.holdAsync({ timeout: timeLeft(deadline), signal: options?.signal }));
    }
  } catch (error) {
    letGo(held);
    throw error;
  }
  return together(held);
}

function inOrder(locks: Iterable<Lockable>): Lockable[] {
  const sorted = [...locks].sort((a, b) => rankOf(a) - rankOf(b));
  sorted.forEach((lock, i) => {
    const next = sorted[i + 1];
    if (next === undefined || rankOf(next) !== rankOf(lock) || lock instanceof RLock) return;
    throw new StateError("The same lock was given twice, so taking them all could never end.");
  });
  return sorted;
}

function together(held: Held[]): Held {
  return new Held({ release: () => letGo(held) });
}

/** The last one first. */
function letGo(held: Held[]): void {
  for (const one of held.reverse()) one[Symbol.dispose]();
}
