import { shareRun, testAgain } from "./fixes/mend-gap.js";
import { gapStory, whoComes } from "./gap-story.js";
import type { Rule } from "./rule.js";
import { isEntry } from "./stale-checks.js";

export const rule: Rule = {
  title: "Check whose answer is out of date after an await",
  severity: "warning",
  checkProgram(program, report) {
    for (const each of program.staleWrites) {
      const { by, says, put, state, isLeft } = each;
      if (by !== "check" || put.gives === "nothing") continue;
      if (says === "present" || (says === "absent" && (put.gives !== "constant" || isEntry(state)))) continue;
      report({
        message: `"${state.text}" is tested ${isLeft ? "now and written by what is left for later" : "before an await and written behind it"}: ${whoComes(each)} passes the same test meanwhile.`,
        site: put.site,
        related: gapStory(each),
        // Who finds a flag unset a second time has done the work a second time.
        fixes: (finding) => (says === "other" ? testAgain(program, each, finding) : shareRun(program, each, finding)),
      });
    }
  },
};
