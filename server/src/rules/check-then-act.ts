import type { Program, Race } from "../program.js";
import { pathKey } from "../program.js";
import { siteKey } from "../source/site.js";
import { wrapFix } from "./fixes/guard-access.js";
import type { Report, Rule } from "./rule.js";
import { calls, others, start } from "./story.js";

export const rule: Rule = {
  title: "Shared container asked first and changed afterwards",
  severity: "warning",
  checkProgram(program, report) {
    const seen = new Set<string>();
    for (const race of program.steppedUpdates) {
      const { access } = race.change;
      const key = `${access.functionId}|${pathKey(access.object)}`;
      if (access.holder.kind !== "container" || seen.has(key)) continue;
      seen.add(key);
      state(program, race, report);
    }
  },
};

function state(program: Program, race: Race, report: Report): void {
  const { access, thread } = race.change;
  const name = access.object.text;
  const guard = race.guards.find(({ held }) => race.against.some((each) => holds(each.access.held, held.lock)));
  const other = race.against.find((each) => siteKey(each.access.site) !== siteKey(access.site)) ?? race.against[0]!;
  report({
    message: `What "${name}" is given here rests on what it said before: another thread may change the entry in between, and one of the two changes is lost.`,
    site: access.site,
    related: others(access.site, [
      ...looks(program, race),
      ...calls(access),
      { message: `another thread changes "${name}" here`, site: other.access.site },
      ...calls(other.access),
      ...start(thread),
      ...start(other.thread),
    ]),
    fixes: (finding) => wrapFix(program, access, guard?.held.lock, finding),
  });
}

function holds(held: Race["change"]["access"]["held"], lock: Parameters<typeof pathKey>[0]): boolean {
  return held.some((each) => pathKey(each.lock) === pathKey(lock));
}

/** Where the function asked. */
function looks(program: Program, { change: { access } }: Race): { message: string; site: typeof access.site }[] {
  const nodes = program.view(access.functionId)?.model.nodes ?? [];
  const asked = nodes.flatMap(({ event }) => {
    const isLook = event.kind === "access" && event.access === "read" && event.holder.kind === "container";
    return isLook && event.object.text === access.object.text && event.site.start < access.site.end ? [event.site] : [];
  });
  const last = asked.at(-1);
  return last ? [{ message: "asked here", site: last }] : [];
}
