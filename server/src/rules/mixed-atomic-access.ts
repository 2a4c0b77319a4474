import type { Finding, Fix } from "../finding.js";
import { type AccessSummary, type Program, pathKey } from "../program.js";
import { siteKey } from "../source/site.js";
import { atomicForm } from "./fixes/publish.js";
import type { Rule } from "./rule.js";
import { calls, others, start, way } from "./story.js";

export const rule: Rule = {
  title: "Plain access to an element that others change atomically",
  severity: "warning",
  checkProgram(program, report) {
    const { spins } = program;
    // The plain read before a plain write is part of an update, which is another rule's.
    const updates = new Set(
      program.mixedAccesses
        .filter(({ plain }) => plain.access.access === "update")
        .map(({ plain }) => keyOf(plain.access)),
    );
    const seen = new Set<string>();
    for (const { plain, atomic } of program.mixedAccesses) {
      const { access } = plain;
      // A plain update of what others change is a lost update, and a loop around a plain read never ends: other rules.
      if (access.access === "update" || spins.has(siteKey(access.site)) || access.held.length > 0) continue;
      const key = keyOf(access);
      if (seen.has(key) || updates.has(key)) continue;
      seen.add(key);
      const name = access.object.text;
      const does = access.access === "read" ? "read" : "written";
      report({
        message: `An element of "${name}" is ${does} plainly here while another thread works on it with Atomics: only if both sides are atomic does one see what the other did, and in which order.`,
        site: access.site,
        related: others(access.site, [
          ...calls(access),
          { message: "another thread works on it with Atomics here", site: atomic.access.site },
          ...calls(atomic.access),
          ...start(plain.thread),
          ...start(atomic.thread),
        ]),
        ways: [way(plain.thread, access), way(atomic.thread, atomic.access)],
        fixes: (finding) => inAtomicForm(program, access, finding),
      });
    }
  },
};

function keyOf({ functionId, object, cell }: AccessSummary): string {
  return `${functionId}|${pathKey(object)}|${JSON.stringify(cell)}`;
}

function inAtomicForm(program: Program, access: AccessSummary, finding: Finding): readonly Fix[] {
  const edit = atomicForm(program, access);
  if (!edit) return [];
  const title = access.access === "read" ? "Use `Atomics.load`" : "Use `Atomics.store`";
  return [{ title, edits: () => (program.bench.accepts([edit], finding) ? [edit] : undefined) }];
}
