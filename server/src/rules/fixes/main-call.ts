import type { Finding, Fix } from "../../finding.js";
import type { Program } from "../../program.js";
import { wrappedInMain } from "../../source/main-call.js";
import type { Site } from "../../source/site.js";
import { gated } from "./gated.js";

/** What a module does from a place on is done by the program alone. */
export function wrapInMain(program: Program, place: Site, finding: Finding): readonly Fix[] {
  return [gated(program, finding, place.file, "Wrap it in `main(…)`", [(tree) => wrappedInMain(tree, place)])];
}
