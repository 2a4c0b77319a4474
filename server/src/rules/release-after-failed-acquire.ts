import { type FunctionView, type HeldLock, pathKey } from "../program.js";
import { siteKey } from "../source/site.js";
import { releaseIfGot } from "./fixes/lock-calls.js";
import type { Rule } from "./rule.js";

export const rule: Rule = {
  title: "Lock released although taking it may have failed",
  severity: "error",
  checkFunction(fn, program, report) {
    if (!fn.takesLocks) return;
    const holding = holdingReleases(fn);
    const seen = new Set<string>();
    for (const { node, locks } of fn.events()) {
      const { event } = node;
      if (event.kind !== "release" || !event.lock || locks.unknown || seen.has(siteKey(event.site))) continue;
      const key = pathKey(event.lock);
      const asked = locks.must.has(key) ? undefined : locks.refused.get(key);
      // Where the function never holds it, somebody else took it, and knows by other means.
      if (!asked || !holding.has(siteKey(event.site)) || mayGoWithout(fn, asked)) continue;
      seen.add(siteKey(event.site));
      const name = event.lock.text;
      report({
        message: `"${name}" is released here although taking it may have failed: then another thread that holds it loses it in the middle of its work.`,
        site: event.site,
        related: [{ message: `"${name}" is asked for here, and may not be got`, site: asked.site }],
        fixes: (finding) => releaseIfGot(program, asked.site, event.site, finding),
      });
    }
  },
};

/** The releases that on some way give back what the function has taken. */
function holdingReleases(fn: FunctionView): ReadonlySet<string> {
  const sites = new Set<string>();
  for (const { node, locks } of fn.events()) {
    const { event } = node;
    if (event.kind === "release" && event.lock && locks.may.has(pathKey(event.lock))) sites.add(siteKey(event.site));
  }
  return sites;
}

/** Whether a way on which the lock was not got ends without releasing it: then something else decides who does. */
function mayGoWithout(fn: FunctionView, asked: HeldLock): boolean {
  const { nodes } = fn.model;
  const key = pathKey(asked.lock);
  const conditions = new Set<string>();
  for (const { event } of nodes) {
    if (event.kind === "acquire" && event.condition !== undefined && siteKey(event.site) === siteKey(asked.site)) {
      conditions.add(event.condition);
    }
  }
  const queue = nodes.flatMap(({ event }, index) =>
    event.kind === "assume" && !event.value && conditions.has(event.condition) ? [index] : [],
  );
  const seen = new Set(queue);
  for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
    const { event, next } = nodes[at]!;
    if (event.kind === "exit") return true;
    // Asked for again, or given back: from there on it is another story.
    if ((event.kind === "acquire" || event.kind === "release") && event.lock && pathKey(event.lock) === key) continue;
    for (const to of next) {
      if (seen.has(to)) continue;
      seen.add(to);
      queue.push(to);
    }
  }
  return false;
}
