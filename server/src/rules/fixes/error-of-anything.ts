import type { Finding, Fix } from "../../finding.js";
import type { Program } from "../../program.js";
import type { Site } from "../../source/site.js";
import { wrappedOtherwise } from "../../source/wrapped-error.js";
import { gated } from "./gated.js";

/** What is no error becomes one. */
export function errorOfAnything(program: Program, choice: Site, finding: Finding): readonly Fix[] {
  return [
    gated(program, finding, choice.file, "Make an error of anything else", [(tree) => wrappedOtherwise(tree, choice)]),
  ];
}
