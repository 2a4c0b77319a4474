import { shareRun } from "./fixes/mend-gap.js";
import { gapStory, whoComes } from "./gap-story.js";
import type { Rule } from "./rule.js";
import { isEntry } from "./stale-checks.js";

export const rule: Rule = {
  title: "Lazy initialisation that two calls do at once",
  severity: "warning",
  checkProgram(program, report) {
    for (const each of program.staleWrites) {
      const { by, says, put, state, isLeft } = each;
      if (by !== "check" || says !== "absent" || put.gives !== "value" || isEntry(state)) continue;
      report({
        message: `"${state.text}" is set ${isLeft ? "by what is left for later" : "after an await"}: ${whoComes(each)} finds it missing meanwhile${each.other ? "" : " and makes it a second time"}.`,
        site: put.site,
        related: gapStory(each),
        fixes: (finding) => shareRun(program, each, finding),
      });
    }
  },
};
