import { errorOfAnything } from "./fixes/error-of-anything.js";
import type { Rule } from "./rule.js";

export const rule: Rule = {
  title: "Failure that its receiver takes for success",
  severity: "warning",
  checkProgram(program, report) {
    for (const { name, site, success } of program.lostErrors) {
      report({
        message: `If "${name}" is no "Error" of this realm, the message says that there was none: who gets it takes the failure for success.`,
        site,
        related: [{ message: "the same is said of a success here", site: success }],
        fixes: (finding) => errorOfAnything(program, site, finding),
      });
    }
  },
};
