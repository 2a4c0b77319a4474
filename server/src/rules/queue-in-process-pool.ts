import { useManager } from "./fixes/use-manager.js";
import type { Rule } from "./rule.js";
import { others } from "./story.js";

export const rule: Rule = {
  title: "Shared object sent to a process, which shares nothing",
  severity: "error",
  checkFunction(fn, program, report) {
    for (const { event } of fn.model.nodes) {
      if (event.kind !== "shared-with-process") continue;
      const { text, what, by, site, sent, fails } = event;
      const arrives = what === "SharedArrayBuffer" ? "an empty object, or an error" : "an empty object";
      const outcome = fails
        ? `"${by}", which would give it to another process, fails with an error`
        : `what "${by}" gives another process is ${arrives}`;
      report({
        message: `"${text}" is or holds a ${what}, which the threads of one process share: ${outcome}.`,
        site,
        related: others(site, [{ message: `"${by}" sends it here`, site: sent }]),
        fixes: (finding) => (fails ? useManager(program, { ...event, giver: fn.model.id }, finding) : []),
      });
    }
  },
};
