import type { Rule } from "./rule.js";
import { others } from "./story.js";

export const rule: Rule = {
  title: "Reply that is not sent, and nobody says so",
  severity: "warning",
  checkProgram({ uncaughtReplies }, report) {
    for (const { send, name, site, call, caught } of uncaughtReplies) {
      report({
        message: `"${send}" throws if "${name}" cannot be sent, and nobody catches that: no reply is sent at all, and whoever asked waits for ever.`,
        site,
        related: others(site, [
          { message: "this function of somebody else gives it, whatever it is", site: call },
          { message: "its other failures are caught here, and replied", site: caught },
        ]),
      });
    }
  },
};
