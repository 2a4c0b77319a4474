import { testUnderLock } from "./fixes/test-under-lock.js";
import type { Rule } from "./rule.js";
import { others } from "./story.js";

export const rule: Rule = {
  title: "Test before a lock that is not repeated under it",
  severity: "warning",
  checkProgram(program, report) {
    for (const { name, text, site, taken, changed } of program.outsideChecks) {
      report({
        message: `"${text}" is tested before the lock is taken and not again under it: another call of "${name}" may have changed that meanwhile.`,
        site,
        related: others(site, [
          { message: "while this waits for the lock, another call has it", site: taken },
          { message: "what was tested is changed here", site: changed },
        ]),
        fixes: (finding) => testUnderLock(program, site, taken, finding),
      });
    }
  },
};
