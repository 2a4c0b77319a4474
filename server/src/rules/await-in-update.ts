import { awaitFirst } from "./fixes/await-first.js";
import { gapStory } from "./gap-story.js";
import type { Rule } from "./rule.js";

export const rule: Rule = {
  title: "Update that reads before an await and writes behind it",
  severity: "warning",
  checkProgram(program, report) {
    for (const each of program.staleWrites) {
      if (each.by !== "update") continue;
      const { text } = each.state;
      report({
        message: `"${text}" is read before an await and written behind it: what others write meanwhile is lost.`,
        site: each.put.site,
        related: gapStory(each),
        fixes: (finding) => awaitFirst(program, each.put.site, finding),
      });
    }
  },
};
