import { releaseOnce } from "./fixes/release-once.js";
import type { Rule } from "./rule.js";
import { others } from "./story.js";

export const rule: Rule = {
  title: "Releasing function that counts as often as it is called",
  severity: "warning",
  checkProgram(program, report) {
    for (const { text, site, release, raise, test } of program.repeatableReleases) {
      report({
        message: `Each call of this function lowers "${text}", which was raised once for it: called twice, it gives back what somebody else has.`,
        site,
        related: others(site, [
          { message: `"${text}" is raised once here`, site: raise },
          { message: `"${text}" decides here`, site: test },
        ]),
        fixes: (finding) => releaseOnce(program, release, finding),
      });
    }
  },
};
