import type { Finding, Fix } from "../../finding.js";
import type { Program } from "../../program.js";
import { calledOnce } from "../../source/called-once.js";
import type { Site } from "../../source/site.js";
import { gated } from "./gated.js";

/** A variable remembers that the function was called. */
export function releaseOnce(program: Program, release: Site, finding: Finding): readonly Fix[] {
  return [gated(program, finding, release.file, "Release once", [(tree) => calledOnce(tree, release)])];
}
