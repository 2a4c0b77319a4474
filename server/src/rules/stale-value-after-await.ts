import { refindIndex } from "./fixes/refind-index.js";
import type { Rule } from "./rule.js";
import { others } from "./story.js";

export const rule: Rule = {
  title: "Index that is kept while elements move",
  severity: "warning",
  checkProgram(program, report) {
    for (const { name, array, site, kept, moved } of program.keptIndexes) {
      report({
        message: `"${name}" was put away as an index into "${array}", out of which elements are taken meanwhile: another element may be there now.`,
        site,
        related: others(site, [
          { message: `"${name}" is put away here`, site: kept },
          { message: `the elements of "${array}" move here`, site: moved },
        ]),
        fixes: (finding) => refindIndex(program, site, kept, finding),
      });
    }
  },
};
