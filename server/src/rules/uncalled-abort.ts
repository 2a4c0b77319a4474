import { callMethod } from "./fixes/call-method.js";
import type { Rule } from "./rule.js";
import { nextAfter } from "./story.js";

export const rule: Rule = {
  title: "Method that is named and not called",
  severity: "error",
  checkFunction(fn, program, report) {
    for (const { event } of fn.model.nodes) {
      if (event.kind !== "uncalled") continue;
      const { text, aborts, callback, site } = event;
      const so = aborts ? "nobody is told to stop" : "nothing happens";
      report({
        message: `"${text}" is only named here, not called: ${so}.`,
        site,
        related: callback
          ? [{ message: "this function does nothing when it is called", site: callback }]
          : [{ message: "the code goes on with nothing done", site: nextAfter(fn, site) }],
        fixes: (finding) => callMethod(program, site, finding),
      });
    }
  },
};
