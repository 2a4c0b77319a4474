import type { Finding, Fix } from "../../finding.js";
import type { Program } from "../../program.js";
import { allAwaited } from "../../source/lock-calls.js";
import type { Site } from "../../source/site.js";
import { gated } from "./gated.js";

/** `await Promise.all(list.map(…))`, where the list is an array. */
export function awaitAll(program: Program, list: Site, method: Site, finding: Finding): readonly Fix[] {
  if (!program.bench.isArray(list)) return [];
  const title = "Wait for all of them with `Promise.all`";
  return [gated(program, finding, list.file, title, [(tree) => allAwaited(tree, list, method)])];
}
