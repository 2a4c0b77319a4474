import { runTogether } from "./fixes/pool-calls.js";
import type { Rule } from "./rule.js";

export const rule: Rule = {
  title: "Tasks of a pool that run one by one",
  severity: "info",
  checkFunction(fn, program, report) {
    for (const { event } of fn.model.nodes) {
      if (event.kind !== "one-by-one") continue;
      const { text, loop, site } = event;
      report({
        message: `"${text}" waits for its task in every round: one worker of the pool works, and the others never do.`,
        site,
        related: [{ message: "no round needs what the one before has given", site: loop }],
        fixes: (finding) => runTogether(program, site, finding),
      });
    }
  },
};
