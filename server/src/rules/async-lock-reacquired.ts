import { reentries } from "./reentry.js";
import type { Rule } from "./rule.js";

export const rule: Rule = {
  title: "Async lock awaited again by the task that holds it",
  severity: "error",
  checkFunction(fn, _program, report) {
    for (const { acquire, held, site, isCall, related } of reentries(fn)) {
      if (acquire.reentrant || !acquire.async || !held.async || acquire.reads !== held.reads) continue;
      const name = held.lock.text;
      const message = isCall
        ? `This call awaits "${name}", which the task holds already: the promise never settles.`
        : `"${name}" is awaited although the task holds it already: the promise never settles.`;
      report({ message, site, related });
    }
  },
};
