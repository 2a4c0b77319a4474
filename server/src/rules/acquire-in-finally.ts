import { releaseInstead } from "./fixes/lock-calls.js";
import { mistakenAcquires } from "./mistaken-acquires.js";
import type { Rule } from "./rule.js";

export const rule: Rule = {
  title: "Lock taken in the finally that should release it",
  severity: "error",
  checkFunction(fn, program, report) {
    for (const { lock, site, held } of mistakenAcquires(fn)) {
      report({
        message: `"${lock.text}" is taken again in this \`finally\`, where it should be released: the thread waits for itself, or keeps the lock for ever.`,
        site,
        related: [{ message: `"${lock.text}" is taken here first`, site: held.site }],
        fixes: (finding) => releaseInstead(program, site, finding),
      });
    }
  },
};
