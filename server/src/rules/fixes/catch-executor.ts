import type { Finding, Fix } from "../../finding.js";
import type { Program } from "../../program.js";
import { caughtExecutor } from "../../source/async-executors.js";
import type { Site } from "../../source/site.js";
import { gated } from "./gated.js";

/** What the executor fails with rejects the promise. */
export function catchExecutor(program: Program, executor: Site, finding: Finding): readonly Fix[] {
  return [
    gated(program, finding, executor.file, "Reject the promise with its errors", [
      (tree) => caughtExecutor(tree, executor),
    ]),
  ];
}
