import type { Finding, Fix } from "../../finding.js";
import type { Program } from "../../program.js";
import {
  closedFirst,
  disposed,
  endedAlways,
  reportedAlways,
  started,
  startedInstead,
  startedLast,
  waitedOnce,
  withoutStart,
} from "../../source/resource-statements.js";
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

/** A pool is closed right before somebody waits for its end. */
export function closeFirst(program: Program, pool: string, join: Site, finding: Finding): readonly Fix[] {
  return [gated(program, finding, join.file, "Close the pool first", [(tree) => closedFirst(tree, pool, join)])];
}

/** The second of two starts goes. */
export function deleteStart(program: Program, start: Site, finding: Finding): readonly Fix[] {
  return [gated(program, finding, start.file, "Delete this start", [(tree) => withoutStart(tree, start)])];
}

/** `thread.start()` in the place of `thread.run()`, and a `join` where nobody would wait for it. */
export function startInstead(program: Program, run: Site, finding: Finding): readonly Fix[] {
  return [
    gated(program, finding, run.file, "Start it instead", [
      (tree) => startedInstead(tree, run, false),
      (tree) => startedInstead(tree, run, true),
    ]),
  ];
}

/** What is done with an item stands in a `try` whose `finally` reports it. */
export function reportAlways(
  program: Program,
  taken: Site,
  queue: string,
  reports: readonly Site[],
  finding: Finding,
): readonly Fix[] {
  return [
    gated(program, finding, taken.file, "Report every item in `finally`", [
      (tree) => reportedAlways(tree, taken, queue, reports),
    ]),
  ];
}

/** `this.start()` becomes the last thing that a constructor does. */
export function startLast(program: Program, start: Site, finding: Finding): readonly Fix[] {
  return [gated(program, finding, start.file, "Start it at the end", [(tree) => startedLast(tree, start)])];
}

/** One call that waits in the place of a loop that asks. */
export function waitOnce(
  program: Program,
  loop: Site,
  call: string,
  isAwaited: boolean,
  finding: Finding,
): readonly Fix[] {
  return [gated(program, finding, loop.file, `Use \`${call}\``, [(tree) => waitedOnce(tree, loop, call, isAwaited)])];
}
