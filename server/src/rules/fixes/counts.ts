import type { Finding, Fix } from "../../finding.js";
import type { LateCount, Path, Program } from "../../program.js";
import { movedBefore } from "../../source/moved-statement.js";
import { siteKey } from "../../source/site.js";
import { gated } from "./gated.js";

/** The count is raised where the thread is started, which is before anybody can wait for it. */
export function countBeforeStart(program: Program, late: readonly LateCount[], finding: Finding): readonly Fix[] {
  const [first] = late;
  const started = first?.counter.spawn;
  if (!first || !started || first.raise.of === "items" || first.raise.calls.length > 0) return [];
  const { site } = started;
  const { raise } = first;
  const isOnePlace = late.every(({ counter }) => counter.spawn && siteKey(counter.spawn.site) === siteKey(site));
  if (!isOnePlace || site.file !== raise.site.file) return [];
  const name = program.bench.lockName(objectOf(raise.on), site);
  if (!name || name.importFrom !== undefined || name.expression !== raise.on.text) return [];
  return [
    gated(program, finding, site.file, `Count in \`${name.expression}\` before the start`, [
      (tree) => movedBefore(tree, raise.site, site),
    ]),
  ];
}

/** The array of an element. */
function objectOf(on: Path): Path {
  return /^\d+$/.test(on.steps.at(-1) ?? "") ? { ...on, steps: on.steps.slice(0, -1) } : on;
}
