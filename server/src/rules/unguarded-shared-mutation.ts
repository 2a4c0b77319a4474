import type { Related } from "../finding.js";
import type { Guard, Program, Race } from "../program.js";
import { pathKey } from "../program.js";
import { siteKey } from "../source/site.js";
import { wrapFix } from "./fixes/guard-access.js";
import type { Report, Rule } from "./rule.js";
import { calls, others, start, way } from "./story.js";

export const rule: Rule = {
  title: "Shared state changed without the lock that guards it",
  severity: "warning",
  checkProgram(program, report) {
    const seen = new Set<string>();
    for (const race of program.races) {
      const { access } = race.change;
      if (access.held.length > 0) continue; // Another lock is held: that is `inconsistent-lock`.
      if (program.instanceLockAt(access.site)) continue; // That is `instance-lock-for-static-state`.
      const guard = guardOf(race);
      if (!guard && !(access.holder.kind === "value" && isLostUpdate(race))) continue;
      const key = `${access.functionId}|${pathKey(access.object)}`;
      if (seen.has(key)) continue;
      seen.add(key);
      state(program, race, guard, report);
    }
  },
};

/** The lock that guards the object in the other places, unless it is held there by chance. */
function guardOf(race: Race): Guard | undefined {
  const conflicting = new Set(race.against.flatMap(({ access }) => access.held.map(({ lock }) => pathKey(lock))));
  return race.guards.find(({ held, places, of }) => conflicting.has(pathKey(held.lock)) && 2 * places >= of);
}

/** A value that is read, changed and written back by overlapping threads loses updates without any lock in sight. */
function isLostUpdate({ change, against }: Race): boolean {
  return change.access.access === "update" && against.some(({ access }) => access.access !== "read");
}

function state(program: Program, race: Race, guard: Guard | undefined, report: Report): void {
  const { access, thread } = race.change;
  const name = access.object.text;
  const message = guard
    ? `"${name}" is changed without "${guard.held.lock.text}", which guards it elsewhere: a change made by another thread at the same time can be lost.`
    : `"${name}" is read, changed and written back without a lock: a change made by another thread in between is lost.`;
  const other = race.against.find((each) => siteKey(each.access.site) !== siteKey(access.site)) ?? race.against[0]!;
  const guarded = other.access.held
    .filter(({ lock }) => guard && pathKey(lock) === pathKey(guard.held.lock))
    .map(({ lock, site }) => ({ message: `"${lock.text}" is taken here`, site }));
  const related: Related[] = [
    ...calls(access),
    { message: otherSide(name, other.access.access, guard), site: other.access.site },
    ...guarded,
    ...calls(other.access),
    ...start(thread),
    ...start(other.thread),
  ];
  report({
    message,
    site: access.site,
    related: others(access.site, related),
    ways: [way(thread, access), way(other.thread, other.access, guarded)],
    fixes: (finding) => wrapFix(program, access, guard?.held.lock, finding),
  });
}

function otherSide(name: string, access: "read" | "write" | "update", guard: Guard | undefined): string {
  const does = access === "read" ? "reads" : "changes";
  return guard
    ? `another thread ${does} "${name}" here, under "${guard.held.lock.text}"`
    : `another thread ${does} "${name}" here`;
}
