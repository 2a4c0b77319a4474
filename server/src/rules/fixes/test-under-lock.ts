import type { Finding, Fix } from "../../finding.js";
import type { Program } from "../../program.js";
import type { Site } from "../../source/site.js";
import { testedUnderLock } from "../../source/test-under-lock.js";
import { gated } from "./gated.js";

/** What was tested before the lock is tested once more when it is held. */
export function testUnderLock(program: Program, test: Site, taken: Site, finding: Finding): readonly Fix[] {
  return [
    gated(program, finding, test.file, "Test again under the lock", [(tree) => testedUnderLock(tree, test, taken)]),
  ];
}
