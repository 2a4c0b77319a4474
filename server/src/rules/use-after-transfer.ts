import { sendCopy } from "./fixes/send-copy.js";
import type { Rule } from "./rule.js";
import { others } from "./story.js";

export const rule: Rule = {
  title: "Use of what was transferred to another thread",
  severity: "error",
  checkProgram(program, report) {
    for (const { text, how, used, taken } of program.usesAfterTransfer) {
      if (how === "transfer") continue;
      const fate =
        how === "message" ? "it cannot be sent again" : taken.isMemory ? "nothing is left of it" : "it is dead";
      report({
        message: `"${text}" is used here after a message may have taken "${taken.text}" along to another thread: ${fate} on this side.`,
        site: used,
        related: others(used, [{ message: `"${taken.by}" takes "${taken.text}" along here`, site: taken.site }]),
        fixes: (finding) => sendCopy(program, taken.listed, finding),
      });
    }
  },
};
