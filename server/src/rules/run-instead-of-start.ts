import { startInstead } from "./fixes/resources.js";
import type { Rule } from "./rule.js";

export const rule: Rule = {
  title: "Thread's work done by the thread that made it",
  severity: "warning",
  checkProgram(program, report) {
    for (const fault of program.lifeFaults) {
      if (fault.kind !== "untimely" || fault.why !== "runs-here") continue;
      const { resource, site } = fault;
      report({
        message: `"run" does the work of "${resource.text}" right here, in the thread that calls it: "start" is what begins a thread.`,
        site,
        related: [{ message: "made here, and never started", site: resource.site }],
        fixes: (finding) => startInstead(program, site, finding),
      });
    }
  },
};
