import { resetFirst } from "./fixes/reset-first.js";
import type { Rule } from "./rule.js";
import { others } from "./story.js";

export const rule: Rule = {
  title: "Function that is called before its place is emptied",
  severity: "warning",
  checkProgram(program, report) {
    for (const { text, site, call, put, isOwn } of program.lateResets) {
      const who = isOwn ? `What "${text}" calls puts` : `What "${text}" calls may put`;
      report({
        message: `${who} the next function there before this line, which throws it away: nobody ever calls it.`,
        site,
        related: others(site, [
          { message: `"${text}" is called here`, site: call },
          { message: "the next one is put there here", site: put },
        ]),
        fixes: (finding) => resetFirst(program, call, site, finding),
      });
    }
  },
};
