import { cutFrom, insertInto } from "./fixes/message-lists.js";
import type { Rule } from "./rule.js";

export const rule: Rule = {
  title: "Transfer of what cannot be moved",
  severity: "error",
  checkFunction(fn, program, report) {
    for (const { event } of fn.model.nodes) {
      if (event.kind !== "unmovable") continue;
      const { text, fate, what, by, site, sent, cut } = event;
      const why =
        fate === "view"
          ? `it is a view of the class ${what}, and only its buffer can be moved`
          : "shared memory is in both threads and is never moved";
      report({
        message: `"${text}" cannot stand in a transfer list, and "${by}" throws: ${why}.`,
        site,
        related: [{ message: `"${by}" is called here`, site: sent }],
        fixes: (finding) =>
          fate === "view"
            ? insertInto(program, "List its buffer", { at: { ...site, start: site.end }, text: ".buffer" }, finding)
            : cutFrom(program, "Leave it out of the list", cut, finding),
      });
    }
  },
};
