import type { Finding, Fix } from "../../finding.js";
import type { Program } from "../../program.js";
import { disposed, endedAlways, started } from "../../source/resource-statements.js";
import type { Site } from "../../source/site.js";
import { gated } from "./gated.js";

/** A thing that was made, by where it was. */
interface Made {
  readonly site: Site;
}

/** `using pool = …`, or `await using` where that is possible. */
export function disposeOf(program: Program, { site }: Made, finding: Finding): readonly Fix[] {
  if (!program.bench.allowsUsing(site.file)) return [];
  return [
    gated(program, finding, site.file, "End it with its scope", [
      (tree) => disposed(tree, site, true),
      (tree) => disposed(tree, site, false),
    ]),
  ];
}

/** What ends it moves into a `finally`. */
export function endAlways(program: Program, { site }: Made, ends: readonly Site[], finding: Finding): readonly Fix[] {
  return [gated(program, finding, site.file, "End it on every way out", [(tree) => endedAlways(tree, site, ends)])];
}

/** `thread.start()` right behind the line that makes it. */
export function startIt(program: Program, { site }: Made, finding: Finding): readonly Fix[] {
  return [gated(program, finding, site.file, "Start it", [(tree) => started(tree, site)])];
}
