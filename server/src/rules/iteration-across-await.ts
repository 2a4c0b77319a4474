import { copyWalked } from "./fixes/copy-walked.js";
import type { Rule } from "./rule.js";

export const rule: Rule = {
  title: "Loop that waits while others move what it goes through",
  severity: "warning",
  checkProgram(program, report) {
    for (const { text, site, gap, by, change, canCopy } of program.changedWalks) {
      report({
        message: `"${text}" is gone through with a wait on the way, and "${by}" moves its elements meanwhile: one is left out, or comes twice.`,
        site,
        related: [
          { message: "while this waits, other code runs", site: gap },
          {
            message: "what stands behind here gets another index, and the loop goes on with the old one",
            site: change,
          },
        ],
        fixes: (finding) => (canCopy ? copyWalked(program, site, finding) : []),
      });
    }
  },
};
