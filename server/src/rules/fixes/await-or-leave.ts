import type { Finding, Fix } from "../../finding.js";
import type { Program } from "../../program.js";
import { type Change, voided } from "../../source/lock-calls.js";
import type { Site } from "../../source/site.js";
import { gated } from "./gated.js";
import { addAwait } from "./lock-calls.js";

/** What can be done about a promise that nobody has, where it stands. */
interface Ways {
  readonly canAwait: boolean;
  /** Whether it may be meant that nobody waits: what goes on does not rest on it. */
  readonly mayLeave: boolean;
}

/** `await` where the function can wait, and `void`, which says that it is left on purpose. */
export function awaitOrLeave(program: Program, call: Site, ways: Ways, finding: Finding): readonly Fix[] {
  const leave = (): readonly Change[] => [voided(call)];
  return [
    ...(ways.canAwait ? addAwait(program, call, finding) : []),
    ...(ways.mayLeave ? [gated(program, finding, call.file, "Leave it with `void`", [leave])] : []),
  ];
}
