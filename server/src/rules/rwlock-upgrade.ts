import { reentries } from "./reentry.js";
import type { Rule } from "./rule.js";

export const rule: Rule = {
  title: "Lock for readers and writers taken from its other side",
  severity: "error",
  checkFunction(fn, _program, report) {
    for (const { acquire, held, site, related } of reentries(fn)) {
      if (acquire.reads === held.reads) continue;
      const message = held.reads
        ? `"${acquire.lock.text}" waits until all readers are gone, and "${held.lock.text}" is still held here: it waits for itself for ever.`
        : `"${acquire.lock.text}" waits until the writer is gone, and "${held.lock.text}" is still held here: it waits for itself for ever.`;
      report({ message, site, related });
    }
  },
};
