import { emptyInstead } from "./fixes/empty-instead.js";
import type { Rule } from "./rule.js";

export const rule: Rule = {
  title: "Shared container that is replaced by a plain one",
  severity: "error",
  checkProgram(program, report) {
    for (const { text, shared, made, site, canEmpty } of program.replacedContainers) {
      report({
        message: `From here on "${text}" is a container of this thread alone: the others go on with the ${shared} that it was.`,
        site,
        related: [{ message: "what the threads share is made here", site: made }],
        fixes: (finding) => (canEmpty ? emptyInstead(program, site, canEmpty, finding) : []),
      });
    }
  },
};
