import type { Finding, Fix } from "../../finding.js";
import type { Program } from "../../program.js";
import { calledAfterReset } from "../../source/called-once.js";
import type { Site } from "../../source/site.js";
import { gated } from "./gated.js";

/** The function is taken out of its place first, and called from a variable. */
export function resetFirst(program: Program, called: Site, reset: Site, finding: Finding): readonly Fix[] {
  return [
    gated(program, finding, reset.file, "Empty it before the call", [(tree) => calledAfterReset(tree, called, reset)]),
  ];
}
