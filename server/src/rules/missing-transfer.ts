import { insertInto } from "./fixes/message-lists.js";
import type { Rule } from "./rule.js";

export const rule: Rule = {
  title: "Message with what has to be transferred, and is not",
  severity: "error",
  checkFunction(fn, program, report) {
    for (const { event } of fn.model.nodes) {
      if (event.kind !== "unlisted") continue;
      const { text, what, by, site, sent, insert } = event;
      report({
        message: `"${text}" is a ${what}, of which there are no copies, and is in no transfer list: sending it throws.`,
        site,
        related: [{ message: `"${by}" sends it here`, site: sent }],
        fixes: (finding) => insertInto(program, "Transfer it", insert, finding),
      });
    }
  },
};
