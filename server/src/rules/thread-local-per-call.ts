import { declareOutside } from "./fixes/lock-calls.js";
import type { Rule } from "./rule.js";

export const rule: Rule = {
  title: "Thread-local variable made anew in every call",
  severity: "warning",
  checkFunction(fn, program, report) {
    // What runs once has one.
    if (fn.model.entry) return;
    for (const { event } of fn.model.nodes) {
      if (event.kind !== "brief-local") continue;
      const { text, use, site } = event;
      report({
        message: `"${text}" is another variable in every call of "${fn.model.name}": what one call sets, no other one finds.`,
        site,
        related: [{ message: "it is used here, where nobody has set it before", site: use }],
        fixes: (finding) => declareOutside(program, site, false, finding, "variable"),
      });
    }
  },
};
