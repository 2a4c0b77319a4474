import { siteKey } from "../source/site.js";
import { sendCopy } from "./fixes/send-copy.js";
import type { Rule } from "./rule.js";
import { others } from "./story.js";

export const rule: Rule = {
  title: "Transfer of what was transferred before",
  severity: "error",
  checkProgram(program, report) {
    for (const { text, how, used, taken } of program.usesAfterTransfer) {
      if (how !== "transfer") continue;
      const again = siteKey(used) === siteKey(taken.site);
      const fate = taken.isMemory ? "its memory" : "it";
      report({
        message: again
          ? `"${text}" is transferred in each round: the first message takes ${fate} along, and nothing is left for the others.`
          : `"${text}" is transferred here, though it may have been transferred before: nothing of ${fate} is left to take along.`,
        site: used,
        related: again
          ? [{ message: "it is the same one in the next round", site: taken.call }]
          : others(used, [{ message: `"${taken.by}" takes "${taken.text}" along here`, site: taken.site }]),
        fixes: (finding) => sendCopy(program, taken.listed, finding),
      });
    }
  },
};
