import { closeFirst } from "./fixes/resources.js";
import type { Rule } from "./rule.js";
import { others } from "./story.js";

export const rule: Rule = {
  title: "Pool used out of order",
  severity: "error",
  checkProgram(program, report) {
    for (const fault of program.lifeFaults) {
      if (fault.kind !== "untimely" || fault.resource.noun !== "pool") continue;
      const { resource, why, method, site, because } = fault;
      const made = { message: "made here", site: resource.site };
      if (why === "not-closed") {
        report({
          message: `"${resource.text}" still takes tasks here, so that "${method}" would never end: it throws a StateError. Close the pool first.`,
          site,
          related: [made],
          fixes: (finding) => closeFirst(program, resource.text, site, finding),
        });
      }
      if (why === "closed") {
        report({
          message: `"${resource.text}" is closed and takes no more tasks: "${method}" fails.`,
          site,
          related: others(site, [...because.map((closed) => ({ message: "it is closed here", site: closed })), made]),
        });
      }
    }
  },
};
