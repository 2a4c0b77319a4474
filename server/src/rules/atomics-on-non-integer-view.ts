import type { Related } from "../finding.js";
import type { Rule } from "./rule.js";

export const rule: Rule = {
  title: "Atomics on an array that does not hold plain integers",
  severity: "error",
  checkFunction(fn, _program, report) {
    for (const { event } of fn.model.nodes) {
      if (event.kind !== "operate" || !event.view || !/Float|Clamped/.test(event.view.array)) continue;
      const related: Related[] = [{ message: `"${event.text}" is given here`, site: event.array }];
      if (event.view.made) related.unshift({ message: `"${event.text}" is made here`, site: event.view.made });
      report({
        message: `"${event.name}" throws a TypeError here: atomic operations exist for arrays of integers only, and "${event.text}" is of the class ${event.view.array}.`,
        site: event.site,
        related,
      });
    }
  },
};
