import { siteKey } from "../source/site.js";
import { lockedWaitStory } from "./locked-wait.js";
import type { Rule } from "./rule.js";

export const rule: Rule = {
  title: "Wait under a lock that the other side needs",
  severity: "error",
  seenInRun: "blockedHolder",
  checkProgram(program, report) {
    const seen = new Set<string>();
    for (const wait of program.lockedWaits) {
      const { pause, held, other, signal } = wait;
      const key = siteKey(pause.site);
      // Of two locks that a condition's waiter holds, one is given back: that is `wait-with-second-lock`.
      if (pause.underLock || seen.has(key)) continue;
      seen.add(key);
      const name = held.lock.text;
      const what = signal ? `told "${pause.on?.text}"` : "ended";
      report({
        message: `This waits with "${name}" held until "${other.name}" has ${what}, for which that needs "${name}": neither can go on.`,
        site: pause.site,
        related: lockedWaitStory(wait),
      });
    }
  },
};
