import { startTryEarlier } from "./fixes/lock-calls.js";
import type { Rule } from "./rule.js";
import { throwLeaks } from "./throwing.js";

export const rule: Rule = {
  title: "Work that may throw between taking a lock and the try that releases it",
  severity: "warning",
  checkFunction(fn, program, report) {
    for (const { held, thrown, releases, isCleanedUpLater } of throwLeaks(fn, program)) {
      if (!isCleanedUpLater) continue;
      const name = held.lock.text;
      report({
        message: `"${name}" stays held when this throws, for the \`try\` that releases it has not begun: whoever wants it next waits for ever.`,
        site: thrown,
        related: [
          { message: `"${name}" is taken here`, site: held.site },
          ...releases.map((site) => ({ message: `"${name}" is released here, too late`, site })),
        ],
        fixes: (finding) => startTryEarlier(program, held.site, finding),
      });
    }
  },
};
