import { disposeOf } from "./fixes/resources.js";
import type { Rule } from "./rule.js";

export const rule: Rule = {
  title: "Pool that is left open",
  severity: "warning",
  checkProgram(program, report) {
    for (const { noun, text, home, closing, site } of program.ownedFaults) {
      if (noun !== "pool" || !closing) continue;
      report({
        message: `"${closing.name}" leaves the pool in "${text}" open: no method of "${home}" closes it, and nobody else can.`,
        site,
        related: [
          { message: "the object is closed here, and its threads go on waiting for tasks", site: closing.site },
        ],
      });
    }
    for (const fault of program.lifeFaults) {
      if (fault.kind !== "unended" && fault.kind !== "left") continue;
      const { noun, text, site } = fault.resource;
      if (noun !== "pool") continue;
      if (fault.kind === "unended") {
        report({
          message: `Nobody closes "${text}": each call leaves its threads behind, waiting for tasks that never come.`,
          site,
          related: [{ message: `the function ends here, with "${text}" open`, site: fault.exit }],
          fixes: (finding) => disposeOf(program, fault.resource, finding),
        });
        continue;
      }
      const way = fault.by === "throw" ? "when this fails, the function is left here" : "the function is left here";
      report({
        message: `"${text}" stays open on one way out, and its threads go on waiting for tasks.`,
        site,
        related: [
          { message: `${way}, with "${text}" open`, site: fault.exit },
          ...fault.ends.slice(0, 1).map((end) => ({ message: "on other ways it is closed here", site: end })),
        ],
        fixes: (finding) => disposeOf(program, fault.resource, finding),
      });
    }
  },
};
