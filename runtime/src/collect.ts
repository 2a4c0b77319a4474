/**
 * Asks for a garbage collection. The engine collects when its own heap grows, and knows nothing of the shared memory
 * that a small object of this library stands for: a program that only makes and drops locks would run out of that first.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Objects that are made before it is worth while, at least. */
const LEAST = 16_384;

let made = 0;
let limit = LEAST;
let collector: (() => void) | undefined;

/** One more object was made, of `alive` that have not been given back. */
export function countMade(alive: number): void {
  if (++made < limit) return;
  made = 0;
  // As many again as there are: the cost of a collection grows with those that stay.
  limit = Math.max(LEAST, alive);
  collector ??= findCollector();
  collector();
}

/** Only V8 has one to call; elsewhere `close` is what gives objects back for certain. */
function findCollector(): () => void {
  try {
    setFlagsFromString("--expose-gc");
    return runInNewContext("gc") as () => void;
  } catch {
    return () => {};
  }
}
