import type { Rule } from "./rule.js";
import { others } from "./story.js";

export const rule: Rule = {
  title: "View of a memory that may have grown since",
  severity: "warning",
  checkProgram({ staleViews }, report) {
    for (const { text, used, made, grown } of staleViews) {
      report({
        message: `"${text}" may be a view of what the memory was before it grew: such a view has no bytes any more.`,
        site: used,
        related: others(used, [
          { message: "the view is made here", site: made },
          { message: "from here on the memory may have grown, which detaches its old buffer", site: grown },
        ]),
      });
    }
  },
};
