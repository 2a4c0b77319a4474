import type { FunctionView, Path } from "../program.js";
import { pathKey } from "../program.js";
import { type Site, siteKey } from "../source/site.js";
import { tryInstead } from "./fixes/lock-calls.js";
import type { Rule } from "./rule.js";

export const rule: Rule = {
  title: "Lock taken because it was free a moment ago",
  severity: "warning",
  checkFunction(fn, program, report) {
    if (!fn.takesLocks || !fn.model.nodes.some(({ event }) => event.kind === "probe")) return;
    const seen = new Set<string>();
    for (const { node, index } of fn.events()) {
      const { event } = node;
      if (event.kind !== "acquire" || !event.lock || event.patience !== "blocking") continue;
      const asked = decidingProbe(fn, index, event.lock);
      if (!asked || seen.has(siteKey(event.site))) continue;
      seen.add(siteKey(event.site));
      const name = event.lock.text;
      report({
        message: `"${name}" was free when it was asked, and another thread may take it before this does: then this waits, which the question was to avoid.`,
        site: event.site,
        related: [{ message: `whether "${name}" is free is asked here`, site: asked }],
        fixes: (finding) => tryInstead(program, event.site, asked, finding),
      });
    }
  },
};

/** The question by which it is decided whether the lock is taken at all. */
function decidingProbe(fn: FunctionView, acquire: number, lock: Path): Site | undefined {
  const key = pathKey(lock);
  for (const [index, { event }] of fn.model.nodes.entries()) {
    if (event.kind !== "probe" || !event.isFree || pathKey(event.lock) !== key) continue;
    if (!fn.reachable(index).has(acquire) || fn.reachable(0, index).has(acquire)) continue;
    // Where the other answer leads to the acquire as well, as in a loop, nobody minds waiting.
    const held = fn.model.nodes.findIndex(
      ({ event: other }) => other.kind === "probe" && !other.isFree && siteKey(other.site) === siteKey(event.site),
    );
    if (held < 0 || !fn.reachable(held).has(acquire)) return event.site;
  }
  return undefined;
}
