import type { Finding, Fix } from "../../finding.js";
import type { Program } from "../../program.js";
import type { Site } from "../../source/site.js";
import { statedBefore } from "../../source/stated-before.js";
import { gated } from "./gated.js";

/** `lock.lost.throwIfAborted()` before each of the places. */
export function lookAtLease(program: Program, lock: string, places: readonly Site[], finding: Finding): readonly Fix[] {
  const [first] = places;
  // An exception that says why is what a `release` of a lost lock throws as well.
  if (!first || places.some(({ file }) => file !== first.file)) return [];
  const call = `${lock}.lost.throwIfAborted()`;
  return [gated(program, finding, first.file, "Look at the lease first", [(tree) => statedBefore(tree, places, call)])];
}
