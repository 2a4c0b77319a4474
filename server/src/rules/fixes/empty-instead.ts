import type { Finding, Fix } from "../../finding.js";
import type { Program } from "../../program.js";
import { emptied } from "../../source/emptied-container.js";
import type { Site } from "../../source/site.js";
import { gated } from "./gated.js";

/** The container stays, and gets what was to take its place. */
export function emptyInstead(
  program: Program,
  assignment: Site,
  kind: "map" | "list",
  finding: Finding,
): readonly Fix[] {
  const title = "Empty the shared one instead";
  return [gated(program, finding, assignment.file, title, [(tree) => emptied(tree, assignment, kind)])];
}
