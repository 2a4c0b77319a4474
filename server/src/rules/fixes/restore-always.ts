import type { Finding, Fix } from "../../finding.js";
import type { Program } from "../../program.js";
import { restoredAlways } from "../../source/restored-state.js";
import type { Site } from "../../source/site.js";
import { gated } from "./gated.js";

/** A flag is set back in a `finally`. */
export function restoreAlways(program: Program, set: Site, restored: Site, finding: Finding): readonly Fix[] {
  return [
    gated(program, finding, set.file, "Set it back on every way out", [(tree) => restoredAlways(tree, set, restored)]),
  ];
}
