import { deleteStart } from "./fixes/resources.js";
import type { Rule } from "./rule.js";
import { others } from "./story.js";

export const rule: Rule = {
  title: "Thread that is started again",
  severity: "error",
  checkProgram(program, report) {
    for (const fault of program.lifeFaults) {
      if (fault.kind !== "untimely" || fault.why !== "started-twice") continue;
      const { resource, site, because } = fault;
      const isLoop = because.length === 0;
      const when = isLoop ? "each further turn of the loop" : "this";
      report({
        message: `A thread starts once only: ${when} starts "${resource.text}" again, which throws a StateError.`,
        site,
        related: others(site, [
          { message: "made here, once", site: resource.site },
          ...because.map((first) => ({ message: "it is started here already", site: first })),
        ]),
        fixes: (finding) => (isLoop ? [] : deleteStart(program, site, finding)),
      });
    }
  },
};
