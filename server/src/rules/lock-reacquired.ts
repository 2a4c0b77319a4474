import { reentries } from "./reentry.js";
import type { Rule } from "./rule.js";

export const rule: Rule = {
  title: "Lock taken again by the thread that holds it",
  severity: "error",
  seenInRun: "ownLock",
  checkFunction(fn, _program, report) {
    for (const { acquire, held, site, isCall, related } of reentries(fn)) {
      // Two promises, and two sides of one lock for readers and writers, are rules of their own.
      if (acquire.reentrant || (acquire.async && held.async) || acquire.reads !== held.reads) continue;
      const name = held.lock.text;
      const message = isCall
        ? `This call takes "${name}", which is held already: the thread waits for itself for ever.`
        : `"${name}" is taken although it is held already: the thread waits for itself for ever.`;
      report({ message, site, related });
    }
  },
};
