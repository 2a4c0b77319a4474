import type { Finding, Fix, Related } from "../finding.js";
import type { DroppedLock, Program } from "../program.js";
import { siteKey } from "../source/site.js";
import { wrapFix } from "./fixes/guard-access.js";
import { addRequirement, wrapDemands } from "./fixes/meet-demand.js";
import type { Rule } from "./rule.js";
import { calls, others } from "./story.js";

export const rule: Rule = {
  title: "Override without the lock of what it overrides",
  severity: "error",
  checkProgram(program, report) {
    for (const dropped of program.droppedLocks) {
      if (isRace(dropped, program)) continue;
      const { name, site, lock, isRequired } = dropped;
      const promise = isRequired ? `is called under "${lock.text}" only` : `takes "${lock.text}" itself`;
      const so = isRequired
        ? "whoever calls it by this class is not asked for the lock"
        : "whoever calls it relies on that";
      report({
        message: `"${name}" uses ${used(dropped)} without "${lock.text}", although the method it overrides ${promise}: ${so}, and comes into the middle of what is done under the lock.`,
        site,
        related: others(site, story(dropped)),
        fixes: (finding) => mends(dropped, program, finding),
      });
    }
  },
};

/** Whether threads are known to race there: then the place itself is found. */
function isRace({ use }: DroppedLock, program: Program): boolean {
  if (use.kind !== "shared") return false;
  const place = siteKey(use.access.site);
  return program.races.some(({ change, against }) =>
    [change, ...against].some(({ access }) => siteKey(access.site) === place),
  );
}

function used({ use }: DroppedLock): string {
  return `"${use.kind === "shared" ? use.access.object.text : use.demand.demand.text}"`;
}

function story({ base, use }: DroppedLock): readonly Related[] {
  const overridden = base ? [{ message: "this is the method that it overrides", site: base }] : [];
  if (use.kind === "shared")
    return [...overridden, ...calls(use.access), { message: "it is used here", site: use.access.site }];
  const { demand } = use;
  return [
    ...overridden,
    ...calls(demand),
    { message: "it is used here", site: demand.site },
    { message: "the annotation is here", site: demand.demand.annotation },
  ];
}

function mends({ use, lock, isRequired }: DroppedLock, program: Program, finding: Finding): readonly Fix[] {
  if (use.kind === "shared") return wrapFix(program, use.access, lock, finding);
  return isRequired ? addRequirement(program, use.demand, finding) : wrapDemands(program, use.demand, finding);
}
