import { putIfMissing, shareRun } from "./fixes/mend-gap.js";
import { gapStory } from "./gap-story.js";
import type { Rule } from "./rule.js";
import { isEntry } from "./stale-checks.js";

export const rule: Rule = {
  title: "Cache that is filled after an await",
  severity: "warning",
  checkProgram(program, report) {
    for (const each of program.staleWrites) {
      const { by, says, put, state, task, isChanged } = each;
      if (by !== "check" || says !== "absent" || put.gives === "nothing" || !isEntry(state)) continue;
      // To read or compute the same twice costs time and no more. It hurts where the work itself is what is remembered,
      // or where what is kept is changed later: of two such objects, one is lost with all that was done to it.
      if (put.gives !== "constant" && !isChanged) continue;
      report({
        message: `"${state.text}" is filled after an await: every call of "${task.name}" that comes meanwhile finds nothing and does the work again.`,
        site: put.site,
        related: gapStory(each),
        fixes: (finding) => [...putIfMissing(program, each, finding), ...shareRun(program, each, finding)],
      });
    }
  },
};
