import { addAwait } from "./fixes/lock-calls.js";
import type { Rule } from "./rule.js";
import { nextAfter } from "./story.js";

export const rule: Rule = {
  title: "Lock taken by a promise that nobody awaits",
  severity: "error",
  checkFunction(fn, program, report) {
    if (!fn.takesLocks) return;
    for (const { node } of fn.events()) {
      const { event } = node;
      // A guard that nobody awaits is lost as well, which is the worse half of it.
      if (event.kind !== "acquire" || event.gives !== "boolean" || !event.isFloating) continue;
      const { text, site } = event;
      report({
        message: `Nobody waits until "${text}" is taken: the code behind it runs without the lock.`,
        site,
        related: [{ message: `this runs whether "${text}" is held or not`, site: nextAfter(fn, site) }],
        fixes: (finding) => addAwait(program, site, finding),
      });
    }
  },
};
