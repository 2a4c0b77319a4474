import { bareConditions } from "./bare-conditions.js";
import { takeOwnLock } from "./fixes/waits.js";
import type { Rule } from "./rule.js";
import { calls, others } from "./story.js";

export const rule: Rule = {
  title: "Condition used without its lock",
  severity: "error",
  checkProgram(program, report) {
    for (const { use, name, does, root } of bareConditions(program)) {
      if (use.held.length > 0) continue; // Some other lock is held: that is `condition-lock-mismatch`.
      report({
        message: `"${name}" is ${does} here without its lock, which throws: what is waited for could change between the test and the wait.`,
        site: use.site,
        related: others(use.site, [...calls(use), { message: "nothing is held on the way from here", site: root }]),
        fixes: (finding) => takeOwnLock(program, use.site, finding),
      });
    }
  },
};
