import { restoreAlways } from "./fixes/restore-always.js";
import type { Rule } from "./rule.js";

export const rule: Rule = {
  title: "Flag that stays set when an await fails",
  severity: "warning",
  checkProgram(program, report) {
    for (const { state, set, gap, restored } of program.leftSet) {
      report({
        message: `"${state.text}" stays as it is set here if what is awaited fails: only the way without an exception sets it back.`,
        site: set.site,
        related: [
          { message: "an exception that this await brings leaves the function", site: gap },
          { message: `"${state.text}" is set back here`, site: restored },
        ],
        fixes: (finding) => restoreAlways(program, set.site, restored, finding),
      });
    }
  },
};
