import type { Related } from "../finding.js";
import { siteKey } from "../source/site.js";
import type { Rule } from "./rule.js";
import { calls, others, start } from "./story.js";

export const rule: Rule = {
  title: "Wait under a lock that the other side needs",
  severity: "error",
  checkProgram(program, report) {
    const seen = new Set<string>();
    for (const { thread, pause, held, other, need, signal } of program.lockedWaits) {
      const key = siteKey(pause.site);
      if (seen.has(key)) continue;
      seen.add(key);
      const name = held.lock.text;
      const what = signal ? `told "${pause.on?.text}"` : "ended";
      const told: Related[] = signal
        ? [{ message: `"${pause.on?.text}" is told here, under "${name}"`, site: signal.site }]
        : [];
      report({
        message: `This waits with "${name}" held until "${other.name}" has ${what}, for which that needs "${name}": neither can go on.`,
        site: pause.site,
        related: others(pause.site, [
          { message: `"${name}" is taken here`, site: held.site },
          ...calls(pause),
          { message: `"${other.name}" takes "${name}" here`, site: need.site },
          ...told,
          ...start(other),
          ...start(thread),
        ]),
      });
    }
  },
};
