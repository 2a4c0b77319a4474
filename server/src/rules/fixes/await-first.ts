import type { Finding, Fix } from "../../finding.js";
import type { Program } from "../../program.js";
import { awaitedFirst, countedFirst } from "../../source/awaited-first.js";
import type { Site } from "../../source/site.js";
import { gated } from "./gated.js";

/** Nothing is waited for between the reading and the writing. */
export function awaitFirst(program: Program, put: Site, finding: Finding): readonly Fix[] {
  return [
    gated(program, finding, put.file, "Read and write without a wait in between", [
      (tree) => awaitedFirst(tree, put),
      (tree) => countedFirst(tree, put),
    ]),
  ];
}
