/**
 * Asks for a garbage collection. The engine collects when its own heap grows, and knows nothing of the shared memory
 * that a small object of this library stands for: a program that only makes and drops locks would run out of that first.
 */
import { host } from "#host";

/** Objects that are made before it is worth while, at least. */
const LEAST = 16_384;

/** Objects made since the last collection, and the fewest there were at any moment since. */
let made = 0;
let fewest = 0;
let collector: (() => void) | undefined;

/** One more object was made, of `alive` that have not been given back. */
export function countMade(alive: number): void {
  // What a collection found is given back later, in turns of the event loop: who counted at once, would count garbage,
  // wait for as much again, and so find twice as much each time.
  fewest = Math.min(fewest, alive);
  // As many again as there are: the cost of a collection grows with those that stay.
  if (++made < Math.max(LEAST, fewest)) return;
  made = 0;
  fewest = alive;
  collector ??= host.findCollector();
  collector();
}
