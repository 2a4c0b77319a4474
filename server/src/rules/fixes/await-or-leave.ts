import type { Finding, Fix } from "../../finding.js";
import type { Program } from "../../program.js";
import { type Change, voided } from "../../source/lock-calls.js";
import type { Site } from "../../source/site.js";
import { gated } from "./gated.js";
import { addAwait } from "./lock-calls.js";

/** `await` where the function can wait, and `void`, which says that it is left on purpose. */
export function awaitOrLeave(program: Program, call: Site, canAwait: boolean, finding: Finding): readonly Fix[] {
  const leave = gated(program, finding, call.file, "Leave it with `void`", [(): readonly Change[] => [voided(call)]]);
  return canAwait ? [...addAwait(program, call, finding), leave] : [leave];
}
