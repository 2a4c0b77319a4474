import type { FunctionView, HeldLock } from "../program.js";
import { type Site, siteKey } from "../source/site.js";
import { asyncFormFix } from "./fixes/use-async-form.js";
import type { Rule } from "./rule.js";

export const rule: Rule = {
  title: "Lock that blocks threads is held across an await",
  severity: "warning",
  checkFunction(fn, program, report) {
    if (!fn.model.isAsync && fn.model.entry !== "module") return;
    for (const { held, site } of awaits(fn)) {
      const name = held.lock.text;
      report({
        message: `"${name}" is held across this await although taking it stops the whole thread: a task of this thread that wants it meanwhile waits for ever, because the thread never gets back here to release it.`,
        site,
        related: [{ message: `"${name}" is taken here`, site: held.site }],
        fixes: (finding) => asyncFormFix(program, fn, held.site, finding),
      });
    }
  },
};

/** Every lock that was taken by stopping the thread, with the first place where the function suspends under it. */
function* awaits(fn: FunctionView): Generator<{ readonly held: HeldLock; readonly site: Site }> {
  if (!fn.model.nodes.some(({ event }) => event.kind === "await")) return;
  const seen = new Set<string>();
  for (const { node, locks } of fn.events()) {
    if (node.event.kind !== "await") continue;
    for (const held of locks.must.values()) {
      const key = siteKey(held.site);
      // How a caller takes it, the annotation does not say.
      if (held.async || held.by === "caller" || seen.has(key)) continue;
      seen.add(key);
      yield { held, site: node.event.site };
    }
  }
}
