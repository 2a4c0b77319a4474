import type { Edit, Finding, Fix } from "../finding.js";
import { type AccessSummary, type Program, pathKey, type Race } from "../program.js";
import { siteKey } from "../source/site.js";
import { storedUpdateAt } from "../source/stored-update.js";
import type { Report, Rule } from "./rule.js";
import { calls, others, start } from "./story.js";

export const rule: Rule = {
  title: "Update of shared memory in two atomic steps",
  severity: "warning",
  checkProgram(program, report) {
    const seen = new Set<string>();
    for (const race of program.steppedUpdates) {
      const { access } = race.change;
      const key = siteKey(access.site);
      if (access.holder.kind !== "view" || seen.has(key)) continue;
      seen.add(key);
      state(program, race, report);
    }
  },
};

function state(program: Program, { change, against }: Race, report: Report): void {
  const { access, thread } = change;
  const name = access.object.text;
  const other = against.find((each) => siteKey(each.access.site) !== siteKey(access.site)) ?? against[0]!;
  report({
    message: `An element of "${name}" is loaded, changed and stored by two atomic operations: a change made by another thread between them is lost.`,
    site: access.site,
    related: others(access.site, [
      ...loads(program, access),
      ...calls(access),
      { message: `another thread changes an element of "${name}" here`, site: other.access.site },
      ...calls(other.access),
      ...start(thread),
      ...start(other.thread),
    ]),
    fixes: (finding) => atomicForm(program, access, finding),
  });
}

/** Where the function reads the element before it stores it. */
function loads(program: Program, access: AccessSummary): { message: string; site: AccessSummary["site"] }[] {
  const key = `${pathKey(access.object)}|${JSON.stringify(access.cell)}`;
  const reads = program.view(access.functionId)?.model.nodes.flatMap(({ event }) => {
    if (event.kind !== "access" || event.access !== "read" || !event.atomic) return [];
    return `${pathKey(event.object)}|${JSON.stringify(event.cell)}` === key ? [event.site] : [];
  });
  const before = (reads ?? []).filter((site) => site.start < access.site.end).at(-1);
  return before ? [{ message: "loaded here", site: before }] : [];
}

function atomicForm(program: Program, access: AccessSummary, finding: Finding): readonly Fix[] {
  const { file, start: from, end } = access.site;
  const tree = program.bench.tree(file);
  const update = tree && access.holder.integer ? storedUpdateAt(tree, from, end) : undefined;
  if (!update) return [];
  const edits: Edit[] = update.changes.map(({ start: at, end: to, newText }) => ({
    site: { file, start: at, end: to },
    newText,
  }));
  return [
    {
      title: `Use \`Atomics.${update.operation}\``,
      edits: () => (program.bench.accepts(edits, finding) ? edits : undefined),
    },
  ];
}
