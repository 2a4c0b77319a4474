import type { Rule } from "./rule.js";

export const rule: Rule = {
  title: "Reply that belongs to somebody else",
  severity: "warning",
  checkProgram({ leftWaiters }, report) {
    for (const { stored, timer, given } of leftWaiters) {
      report({
        message: `After this timeout the waiter is still in "${stored.store}": it is given what comes next, and nobody gets that.`,
        site: timer.site,
        related: [
          { message: "the waiter is put there", site: stored.site },
          { message: "what comes is given to the waiter that is found", site: given },
        ],
      });
    }
  },
};
