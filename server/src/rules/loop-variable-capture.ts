import { ownForEachTurn } from "./fixes/own-for-each-turn.js";
import type { Rule } from "./rule.js";
import { others } from "./story.js";

export const rule: Rule = {
  title: "Loop variable that has changed when it is used",
  severity: "warning",
  checkProgram(program, report) {
    for (const { name, site, change, keeper, kept, keyword } of program.loopCaptures) {
      report({
        message: `All turns of the loop share one "${name}": when this function runs, it has the value of a later turn.`,
        site,
        related: others(site, [
          { message: `"${keeper}" keeps the function for later`, site: kept },
          { message: `the next turn gives "${name}" another value`, site: change },
        ]),
        fixes: (finding) => (keyword ? ownForEachTurn(program, keyword, finding) : []),
      });
    }
  },
};
