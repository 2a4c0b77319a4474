import type { Rule } from "./rule.js";

export const rule: Rule = {
  title: "Reply that belongs to somebody else",
  severity: "warning",
  checkProgram({ leftWaiters, uncertainReceives }, report) {
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
    for (const { lacks, port, site, wait } of uncertainReceives) {
      report({
        message:
          lacks === "skip"
            ? `If an earlier call has timed out, its reply comes out of "${port}" here, and nobody waits on for the right one.`
            : `"${port}" may be empty here: what ended the wait may belong to an earlier call that has timed out.`,
        site,
        related: [
          { message: "a call whose wait times out here leaves its reply and its wake-up to the next", site: wait },
        ],
      });
    }
  },
};
