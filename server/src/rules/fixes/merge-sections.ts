import type { Finding, Fix } from "../../finding.js";
import type { Program } from "../../program.js";
import { mergedCalls, mergedGuards, withoutGap } from "../../source/merged-sections.js";
import type { Site } from "../../source/site.js";
import { gated } from "./gated.js";

/** One section of two that follow each other. */
export function mergeSections(program: Program, first: Site, second: Site, finding: Finding): readonly Fix[] {
  if (first.file !== second.file) return [];
  return [
    gated(program, finding, first.file, "Make it one critical section", [
      (tree) => mergedCalls(tree, first, second),
      (tree) => withoutGap(tree, second),
      (tree) => mergedGuards(tree, first, second),
    ]),
  ];
}
