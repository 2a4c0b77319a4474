import { addAwait } from "./fixes/lock-calls.js";
import type { Rule } from "./rule.js";

export const rule: Rule = {
  title: "Work that is started under a lock and goes on without it",
  severity: "warning",
  checkProgram(program, report) {
    for (const { name, site, taken, text, written, canAwait } of program.floatingWork) {
      report({
        message: `"${name}" is started under the lock, but nobody waits for it: the lock is given back while it goes on.`,
        site,
        related: [
          { message: "the lock is taken here, and held until what it was given is done", site: taken },
          { message: `"${text}" is written here, behind a wait`, site: written },
        ],
        ...(canAwait ? { fixes: (finding) => addAwait(program, site, finding) } : {}),
      });
    }
  },
};
