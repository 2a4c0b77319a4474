import type { Edit, Finding, Fix } from "../finding.js";
import { type InstanceLock, type Program, pathKey } from "../program.js";
import { siteKey } from "../source/site.js";
import type { Rule } from "./rule.js";
import { calls, others, start, way } from "./story.js";

export const rule: Rule = {
  title: "Shared state guarded by a lock that every object has for itself",
  severity: "warning",
  checkProgram(program, report) {
    const seen = new Set<string>();
    for (const { change, against } of program.races) {
      const { access, thread } = change;
      const instance = access.held.length === 0 ? program.instanceLockAt(access.site) : undefined;
      const key = `${access.functionId}|${pathKey(access.object)}`;
      if (!instance || seen.has(key)) continue;
      seen.add(key);
      const { held, made } = instance;
      const name = access.object.text;
      const other = against.find((each) => siteKey(each.access.site) !== siteKey(access.site)) ?? against[0]!;
      const does = other.access.access === "read" ? "reads" : "changes";
      report({
        message: `"${name}" is the same for all threads, and "${held.lock.text}" is another lock in every object: two threads with an object each change "${name}" at the same time.`,
        site: access.site,
        related: others(access.site, [
          { message: `"${held.lock.text}" is taken here`, site: held.site },
          { message: "every object makes its own lock here", site: made },
          { message: `another thread ${does} "${name}" here`, site: other.access.site },
          ...calls(other.access),
          ...start(thread),
          ...start(other.thread),
        ]),
        ways: [way(thread, access), way(other.thread, other.access)],
        fixes: (finding) => nameLock(program, instance, name, finding),
      });
    }
  },
};

/** A lock with a name is the same one for all objects and threads. */
function nameLock(program: Program, { made }: InstanceLock, name: string, finding: Finding): readonly Fix[] {
  const tree = program.bench.tree(made.file);
  if (!tree?.text.slice(made.start, made.end).endsWith("()")) return [];
  const edits: Edit[] = [
    { site: { ...made, start: made.end - 1, end: made.end - 1 }, newText: `{ name: ${JSON.stringify(name)} }` },
  ];
  return [
    {
      title: "Make it one lock for all objects, by a name",
      edits: () => (program.bench.accepts(edits, finding) ? edits : undefined),
    },
  ];
}
