import { addAwait } from "./fixes/lock-calls.js";
import type { Rule } from "./rule.js";
import { others } from "./story.js";

export const rule: Rule = {
  title: "Promise returned while what it needs is ended",
  severity: "warning",
  checkProgram(program, report) {
    for (const { text, site, needed, end, canAwait } of program.earlyDisposals) {
      report({
        message: `"${text}" is returned without being awaited, and "${needed}" ends before it is done.`,
        site,
        related: others(site, [
          { message: "this ends as soon as the promise is there, and not when it is settled", site: end },
        ]),
        fixes: (finding) => (canAwait ? addAwait(program, site, finding) : []),
      });
    }
  },
};
