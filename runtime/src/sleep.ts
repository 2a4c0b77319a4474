import { type Abort, throwIfAborted } from "./abort.js";
import { checkedTimeout, deadlineAfter, timeLeft } from "./deadline.js";
import { checkMayBlock, wait } from "./futex.js";
import { self } from "./self.js";
import { INTERRUPTED } from "./thread-cell.js";
import { waiting } from "./waiting.js";

/**
 * Blocks the calling thread for `milliseconds`.
 * @throws RangeError not a number from 0 up
 * @throws BlockingNotAllowedError in the main thread of a page, however short the sleep
 * @see Python's `time.sleep`.
 */
export function sleep(milliseconds: number): void {
  const length = checkedSleep(milliseconds);
  // Here rather than in the wait, which has nothing to refuse if a short sleep is over before it begins.
  if (length > 0) checkMayBlock(0);
  const deadline = deadlineAfter(length);
  waiting(0, length, () => {
    while (wait(self + INTERRUPTED, 0, timeLeft(deadline)));
    return true;
  });
}

/**
 * Resolves after `milliseconds`.
 * @see Python's `asyncio.sleep`.
 */
export async function sleepAsync(
  milliseconds: number,
  options?: { readonly signal?: Abort | undefined },
): Promise<void> {
  const length = checkedSleep(milliseconds);
  const signal = options?.signal;
  throwIfAborted(signal);
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, length);
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    signal?.addEventListener("abort", abort, { once: true });
  });
}

function checkedSleep(milliseconds: number): number {
  if (!(milliseconds >= 0)) throw new RangeError(`A sleep takes 0 or more milliseconds, not ${milliseconds}.`);
  return checkedTimeout(milliseconds);
}
