import { siteKey } from "../source/site.js";
import type { Rule } from "./rule.js";
import { others, start } from "./story.js";

export const rule: Rule = {
  title: "Module variable read in a thread as if it were shared",
  severity: "warning",
  checkProgram(program, report) {
    const seen = new Set<string>();
    for (const { thread, variable, here, there } of program.unsharedState) {
      if (seen.has(siteKey(here.site))) continue;
      seen.add(siteKey(here.site));
      const noun = thread.spawn?.spawn.noun ?? "thread";
      const name = `"${here.text}"`;
      const message =
        here.does === "read"
          ? `Each thread has its own ${name}: this ${noun} finds in it what loading the module has put there, whatever the code that started it has done.`
          : `Each thread has its own ${name}: what this ${noun} changes here nobody else ever sees.`;
      report({
        message,
        site: here.site,
        related: others(here.site, [
          {
            message:
              here.does === "read"
                ? "another thread changes its own one here"
                : "another thread reads its own one here",
            site: there.site,
          },
          { message: "every thread that loads the module makes one", site: variable.site },
          ...start(thread),
        ]),
      });
    }
  },
};
