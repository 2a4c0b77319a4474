import { KEPT } from "../program.js";
import { type Site, siteKey } from "../source/site.js";
import type { Rule } from "./rule.js";
import { calls, others } from "./story.js";

export const rule: Rule = {
  title: "Functions that others have registered are called under a lock",
  severity: "warning",
  checkFunction(fn, _program, report) {
    if (!fn.takesLocks) return;
    const seen = new Set<string>();
    for (const invoke of fn.summary.invokes) {
      if (!invoke.parameter.startsWith(KEPT) || invoke.later || invoke.uncertain || seen.has(siteKey(invoke.site))) {
        continue;
      }
      // It is told where the lock is taken. A promise that nobody waits for comes to nothing under an async lock.
      const held = invoke.held.find(
        ({ site, reentrant, reads, async }) =>
          !reentrant && !reads && (!async || invoke.awaited) && isInside(site, fn.model.site),
      );
      if (!held) continue;
      seen.add(siteKey(invoke.site));
      const collection = invoke.parameter.slice(KEPT.length);
      const { text } = held.lock;
      report({
        message: `What others have put into "${collection}" is called with "${text}" held: a function among them that comes back here, or waits for somebody who wants "${text}", never returns.`,
        site: invoke.site,
        related: others(invoke.site, [{ message: `"${text}" is taken here`, site: held.site }, ...calls(invoke)]),
      });
    }
  },
};

function isInside(inner: Site, outer: Site): boolean {
  return inner.file === outer.file && outer.start <= inner.start && inner.end <= outer.end;
}
