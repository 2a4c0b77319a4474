import { startLast } from "./fixes/resources.js";
import type { Rule } from "./rule.js";

export const rule: Rule = {
  title: "Thread started by the constructor of its own object",
  severity: "warning",
  checkProgram(program, report) {
    for (const { className, site, field, late, subclass } of program.earlyStarts) {
      const whose = subclass === undefined ? "" : ` of a "${subclass}"`;
      report({
        message: `"${className}" starts its thread before its object is complete: "${field}"${whose} is not there in the thread.`,
        site,
        related: [{ message: `"${field}" gets its value here, when the object has travelled already`, site: late }],
        fixes: (finding) => (subclass === undefined ? startLast(program, site, finding) : []),
      });
    }
  },
};
