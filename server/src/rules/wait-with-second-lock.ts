import { siteKey } from "../source/site.js";
import { lockedWaitStory } from "./locked-wait.js";
import type { Rule } from "./rule.js";

export const rule: Rule = {
  title: "Wait for a condition with another lock held",
  severity: "error",
  checkProgram(program, report) {
    const seen = new Set<string>();
    for (const wait of program.lockedWaits) {
      const { pause, held, other } = wait;
      const key = siteKey(pause.site);
      if (!pause.underLock || seen.has(key)) continue;
      seen.add(key);
      const name = held.lock.text;
      report({
        message: `The wait gives back the lock of "${pause.on?.text}" but not "${name}", which "${other.name}" needs before it can notify: neither can go on.`,
        site: pause.site,
        related: lockedWaitStory(wait),
      });
    }
  },
};
