import type { Rule } from "./rule.js";
import { others } from "./story.js";

export const rule: Rule = {
  title: "Shared object sent to a process, which shares nothing",
  severity: "error",
  checkFunction(fn, _program, report) {
    for (const { event } of fn.model.nodes) {
      if (event.kind !== "shared-with-process") continue;
      const { text, what, by, site, sent } = event;
      const outcome = what === "SharedArrayBuffer" ? "an empty object, or an error" : "an empty object";
      report({
        message: `"${text}" is or holds a ${what}, which the threads of one process share: what "${by}" gives another process is ${outcome}.`,
        site,
        related: others(site, [{ message: `"${by}" sends it here`, site: sent }]),
      });
    }
  },
};
