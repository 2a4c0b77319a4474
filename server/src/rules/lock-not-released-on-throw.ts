import { releaseAlways } from "./fixes/lock-calls.js";
import type { Rule } from "./rule.js";
import { throwLeaks } from "./throwing.js";

export const rule: Rule = {
  title: "Lock still held when an exception leaves the function",
  severity: "warning",
  checkFunction(fn, program, report) {
    for (const { held, thrown, releases, isCleanedUpLater } of throwLeaks(fn, program)) {
      if (isCleanedUpLater) continue;
      const name = held.lock.text;
      report({
        message: `"${name}" stays held when something throws before it is released: whoever wants it next waits for ever.`,
        site: held.site,
        related: [
          { message: "an exception from here leaves the function", site: thrown },
          ...releases.map((site) => ({ message: `and this release of "${name}" never happens`, site })),
        ],
        fixes: (finding) => releaseAlways(program, held.site, releases, finding),
      });
    }
  },
};
