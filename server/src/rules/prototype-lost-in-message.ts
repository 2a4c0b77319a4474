import type { Rule } from "./rule.js";

export const rule: Rule = {
  title: "Member of a class used on a copy that is no instance of it",
  severity: "error",
  checkFunction(fn, _program, report) {
    for (const { event } of fn.model.nodes) {
      if (event.kind !== "class-lost") continue;
      const { text, owner, what, how, from, site } = event;
      const copy = how === "copied" ? "a structured clone" : "what arrives in a message";
      const so = {
        method: `"${text}" is not there, and calling it throws a TypeError`,
        accessor: `"${text}" is undefined`,
        test: `"${text}" is never true`,
      }[what];
      report({
        message: `${so}: ${copy} is a plain object and no instance of "${owner}".`,
        site,
        related: [{ message: how === "copied" ? "it is copied here" : "it is received here", site: from }],
      });
    }
  },
};
