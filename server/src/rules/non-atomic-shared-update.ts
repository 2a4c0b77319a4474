import type { Program, Race } from "../program.js";
import { pathKey } from "../program.js";
import { siteKey } from "../source/site.js";
import { atomicsFix, wrapFix } from "./fixes/guard-access.js";
import type { Report, Rule } from "./rule.js";
import { calls, others, start, way } from "./story.js";

export const rule: Rule = {
  title: "Plain read-modify-write of an element in shared memory",
  severity: "warning",
  checkProgram(program, report) {
    const seen = new Set<string>();
    for (const race of program.races) {
      const { access } = race.change;
      if (access.holder.kind !== "view" || access.access !== "update") continue;
      if (program.instanceLockAt(access.site)) continue; // That is `instance-lock-for-static-state`.
      const key = `${access.functionId}|${pathKey(access.object)}|${JSON.stringify(access.cell)}`;
      if (seen.has(key)) continue;
      const others = race.against.filter((other) => other.access.access !== "read");
      // With a lock in play the defect is the missing lock, and `unguarded-shared-mutation` says so.
      if (others.length === 0 || [race.change, ...others].some((each) => each.access.held.length > 0)) continue;
      seen.add(key);
      state(program, { ...race, against: others }, report);
    }
  },
};

function state(program: Program, race: Race, report: Report): void {
  const { access, thread } = race.change;
  const name = access.object.text;
  const other = race.against.find((each) => siteKey(each.access.site) !== siteKey(access.site)) ?? race.against[0]!;
  report({
    message: `An element of "${name}" is read, changed and written back in three steps: a change made by another thread in between is lost.`,
    site: access.site,
    related: others(access.site, [
      ...calls(access),
      { message: `another thread changes an element of "${name}" here`, site: other.access.site },
      ...calls(other.access),
      ...start(thread),
      ...start(other.thread),
    ]),
    ways: [way(thread, access), way(other.thread, other.access)],
    fixes(finding) {
      const atomics = atomicsFix(program, access, finding);
      return atomics.length > 0 ? atomics : wrapFix(program, access, undefined, finding);
    },
  });
}
