import type { Finding, Fix } from "../../finding.js";
import type { Interleaving, Program } from "../../program.js";
import { sharedRun, sharedWait } from "../../source/shared-run.js";
import { putIfStillMissing, testedAgain } from "../../source/tested-again.js";
import { gated } from "./gated.js";

/** Calls that come while the first one waits wait for the same promise. */
export function shareRun(program: Program, { seen, put }: Interleaving, finding: Finding): readonly Fix[] {
  return [
    gated(program, finding, put.site.file, "Let calls that come meanwhile wait for the same", [
      (tree) => sharedWait(tree, put.site),
      (tree) => sharedRun(tree, seen, put.site),
    ]),
  ];
}

/** What was tested before the wait is tested behind it as well. */
export function testAgain(program: Program, { seen, put }: Interleaving, finding: Finding): readonly Fix[] {
  return [
    gated(program, finding, put.site.file, "Test again behind the wait", [(tree) => testedAgain(tree, seen, put.site)]),
  ];
}

/** A new object is only put where there is still none. */
export function putIfMissing(program: Program, { seen, put }: Interleaving, finding: Finding): readonly Fix[] {
  return [
    gated(program, finding, put.site.file, "Keep what somebody has put there meanwhile", [
      (tree) => putIfStillMissing(tree, seen, put.site),
    ]),
  ];
}
