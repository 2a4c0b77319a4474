import type { Rule } from "./rule.js";
import { others } from "./story.js";

export const rule: Rule = {
  title: "Collection that is emptied after a wait, with what came meanwhile",
  severity: "warning",
  checkProgram({ lateClears }, report) {
    for (const { text, site, use, gap, put, putter } of lateClears) {
      report({
        message: `"${text}" is emptied as a whole: what "${putter}" put into it during the wait is thrown away, and nobody has seen it.`,
        site,
        related: others(site, [
          { message: `what is in "${text}" by then is handed on here`, site: use },
          { message: "while this waits, other calls run", site: gap },
          { message: `"${putter}" puts something into it here`, site: put },
        ]),
      });
    }
  },
};
