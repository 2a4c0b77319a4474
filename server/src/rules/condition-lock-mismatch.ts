import { bareConditions } from "./bare-conditions.js";
import { makeWithLock } from "./fixes/waits.js";
import type { Rule } from "./rule.js";
import { calls, others } from "./story.js";

export const rule: Rule = {
  title: "Condition used under another lock than its own",
  severity: "error",
  checkProgram(program, report) {
    for (const { use, name, does } of bareConditions(program)) {
      const [held] = use.held;
      if (!held) continue; // No lock is held: that is `condition-without-lock`.
      report({
        message: `"${name}" is ${does} here under "${held.lock.text}", which is not its lock, and that throws.`,
        site: use.site,
        related: others(use.site, [...calls(use), { message: `"${held.lock.text}" is taken here`, site: held.site }]),
        fixes: (finding) => (use.on ? makeWithLock(program, use.on, held, finding) : []),
      });
    }
  },
};
