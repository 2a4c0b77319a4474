import type { IgnoredCallback } from "../program.js";
import { awaitAll } from "./fixes/await-all.js";
import type { Rule } from "./rule.js";
import { others } from "./story.js";

export const rule: Rule = {
  title: "Async function given to what takes no promise",
  severity: "warning",
  peers: ["no-misused-promises", "noMisusedPromises"],
  checkProgram(program, report) {
    for (const callback of program.ignoredCallbacks) {
      const { kind, list, site, gap, canAwait } = callback;
      report({
        message: messageOf(callback),
        site,
        related: others(site, [
          {
            message: kind === "dropped" ? "what fails here nobody hears of" : "its answer is not there yet",
            site: gap,
          },
        ]),
        fixes: (finding) => (canAwait ? awaitAll(program, list, canAwait, finding) : []),
      });
    }
  },
};

function messageOf({ kind, method, text }: IgnoredCallback): string {
  switch (kind) {
    case "predicate":
      return `"${method}" of "${text}" takes the promise of this function for an answer, and a promise is always true.`;
    case "order":
      return `"${method}" of "${text}" takes the promise of this function for a number, and leaves everything as it is.`;
    case "dropped":
      return `"${method}" of "${text}" waits for none of these calls, and where one fails the process ends.`;
  }
}
