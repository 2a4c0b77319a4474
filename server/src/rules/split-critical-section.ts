import { type AccessSummary, type Program, pathKey, type SplitSection } from "../program.js";
import { carriesTo } from "../source/carried-value.js";
import { decidesChange, writesLiteral } from "../source/read-use.js";
import { type Site, siteKey } from "../source/site.js";
import { mergeSections } from "./fixes/merge-sections.js";
import type { Report, Rule } from "./rule.js";
import { calls, others, start } from "./story.js";

export const rule: Rule = {
  title: "Guarded value read in one critical section and written in the next",
  severity: "warning",
  checkProgram(program, report) {
    const seen = new Set<string>();
    for (const split of program.splitSections) {
      const key = `${pathKey(split.change.object)}|${siteKey(split.change.site)}`;
      if (seen.has(key) || !isStale(program, split)) continue;
      seen.add(key);
      state(program, split, report);
    }
  },
};

/** Whether the change rests on what was read, and nobody looks again under the lock. */
function isStale(program: Program, { read, change, isMarked, rereads }: SplitSection): boolean {
  // "Being made" is set where "not made yet" was read, and "made" later: nobody else gets as far in between.
  const changed = program.bench.tree(change.site.file);
  if (isMarked && changed && writesLiteral(changed, change.site)) return false;
  const [from, to] = waysApart(read, change);
  // An update looks at the present value itself, unless it does so in a step of its own.
  const isUpdate = change.access === "update" && !change.inSteps;
  if (!carriesTo((file) => program.bench.tree(file), from, to, isUpdate)) return false;
  return !rereads.some((again) => {
    if (isSameCell(again, change)) return true;
    // Another value may tell whether what was read is still so: a version, a state.
    const tree = again.site.file === change.site.file ? program.bench.tree(change.site.file) : undefined;
    return tree !== undefined && decidesChange(tree, again.site, change.site);
  });
}

/** The ways to both places from the function in which they part. */
function waysApart(read: AccessSummary, change: AccessSummary): readonly [readonly Site[], readonly Site[]] {
  let common = 0;
  while (common < read.calls.length && isSameSite(read.calls[common]!, change.calls[common])) common++;
  return [
    [...read.calls.slice(common), read.site],
    [...change.calls.slice(common), change.site],
  ];
}

function isSameSite(a: Site, b: Site | undefined): boolean {
  return b !== undefined && siteKey(a) === siteKey(b);
}

function isSameCell(a: AccessSummary, b: AccessSummary): boolean {
  return pathKey(a.object) === pathKey(b.object) && JSON.stringify(a.cell) === JSON.stringify(b.cell);
}

function state(program: Program, split: SplitSection, report: Report): void {
  const { thread, read, change, first, second } = split;
  const other = split.others.find(({ access }) => siteKey(access.site) !== siteKey(change.site)) ?? split.others[0]!;
  const name = change.object.text;
  const lock = second.lock.text;
  report({
    message: `What is done to "${name}" here rests on what was read under "${lock}" before, and the lock was given back in between: what another thread has changed meanwhile is overwritten or overlooked.`,
    site: change.site,
    related: others(change.site, [
      { message: `"${name}" is read here`, site: read.site },
      { message: `under "${lock}", which is taken here for the first time`, site: first.site },
      ...calls(read),
      { message: `"${lock}" is taken again here`, site: second.site },
      ...calls(change),
      { message: `another thread changes "${name}" here`, site: other.access.site },
      ...calls(other.access),
      ...start(thread),
      ...start(other.thread),
    ]),
    fixes: (finding) => mergeSections(program, first.site, second.site, finding),
  });
}
