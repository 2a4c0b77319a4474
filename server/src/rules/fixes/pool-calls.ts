import type { Finding, Fix } from "../../finding.js";
import type { Program } from "../../program.js";
import { begunTogether, mapped } from "../../source/pool-calls.js";
import type { Site } from "../../source/site.js";
import { gated } from "./gated.js";

/** All tasks are begun before anybody waits for one. */
export function runTogether(program: Program, call: Site, finding: Finding): readonly Fix[] {
  return [
    gated(program, finding, call.file, "Run the tasks at the same time", [
      (tree) => mapped(tree, call),
      (tree) => begunTogether(tree, call),
    ]),
  ];
}
