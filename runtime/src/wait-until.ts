/** Waits for what is asked again whenever a word changes. */
import { words } from "./arena.js";
import { type Deadline, timeLeft } from "./deadline.js";
import { lookOut, wait, waitAsync } from "./futex.js";
import { waiting } from "./waiting.js";

/** Blocks until `isReady`, which is asked again whenever the word changes. False: not before the deadline. */
export function waitUntil(index: number, deadline: Deadline, isReady: () => boolean): boolean {
  for (;;) {
    const seen = Atomics.load(words, index);
    if (isReady()) return true;
    if (timeLeft(deadline) === 0) return false;
    if (lookOut(() => Atomics.load(words, index) !== seen)) continue;
    waiting(0, deadline, () => wait(index, seen, timeLeft(deadline)));
  }
}

/** Like `waitUntil` without blocking the thread. */
export async function waitUntilAsync(
  index: number,
  deadline: Deadline,
  isReady: () => boolean,
  signal?: Parameters<typeof waitAsync>[3],
): Promise<boolean> {
  for (;;) {
    const seen = Atomics.load(words, index);
    if (isReady()) return true;
    if (timeLeft(deadline) === 0) return false;
    await waitAsync(index, seen, timeLeft(deadline), signal);
  }
}
