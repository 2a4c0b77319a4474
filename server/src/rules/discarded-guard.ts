import { keepGuard } from "./fixes/lock-calls.js";
import type { Rule } from "./rule.js";
import { endOf } from "./story.js";

export const rule: Rule = {
  title: "Guard of a lock thrown away",
  severity: "error",
  checkFunction(fn, program, report) {
    if (!fn.takesLocks) return;
    for (const { node } of fn.events()) {
      const { event } = node;
      if (event.kind !== "acquire" || event.gives !== "guard" || !event.isDropped) continue;
      const { text, site, isFloating } = event;
      const promised = isFloating ? ", and nobody waits until it is taken" : "";
      report({
        message: `The guard of "${text}" is thrown away, so that nothing releases the lock${promised}: whoever wants it next waits for ever.`,
        site,
        related: [{ message: `the function ends here with "${text}" held`, site: endOf(fn) }],
        fixes: (finding) => keepGuard(program, site, isFloating, finding),
      });
    }
  },
};
