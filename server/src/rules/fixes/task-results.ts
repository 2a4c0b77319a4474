import type { Finding, Fix } from "../../finding.js";
import type { Event, Program } from "../../program.js";
import { errorsTold, rejectionsTold } from "../../source/pool-calls.js";
import { gated } from "./gated.js";
import { addAwait } from "./lock-calls.js";

/** `await` where nothing else waits for it; else somebody who is told of errors. */
export function askForResult(
  program: Program,
  { site, chain, canAwait }: Event & { kind: "dropped-result" },
  finding: Finding,
): readonly Fix[] {
  const telling = gated(program, finding, site.file, "Say what fails on the console", [
    (tree) => (chain ? rejectionsTold(tree, chain) : errorsTold(tree, site)),
  ]);
  return canAwait ? [...addAwait(program, site, finding), telling] : [telling];
}
