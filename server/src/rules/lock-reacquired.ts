import type { Related } from "../finding.js";
import { type Site, siteKey } from "../source/site.js";
import type { Rule } from "./rule.js";
import { others } from "./story.js";

export const rule: Rule = {
  title: "Lock taken again by the thread that holds it",
  severity: "error",
  checkFunction(fn, _program, report) {
    if (!fn.takesLocks) return;
    const seen = new Set<string>();
    for (const { acquire, held } of fn.nestedAcquires) {
      if (acquire.reentrant || acquire.patience !== "blocking") continue;
      // A caller sees it too; it is told where both locks come together, which is where the outer one was taken.
      if (!isInside(held.site, fn.model.site)) continue;
      // A callback of the section that holds the lock is written inside it: the way begins in the callback.
      const [call, ...further] = acquire.calls.filter((each) => !isInside(held.site, each));
      const site = call ?? acquire.site;
      if (seen.has(siteKey(site))) continue;
      seen.add(siteKey(site));
      const name = held.lock.text;
      const message = call
        ? `This call takes "${name}", which is held already: the thread waits for itself for ever.`
        : `"${name}" is taken although it is held already: the thread waits for itself for ever.`;
      const related: Related[] = [
        { message: `"${name}" is taken here first`, site: held.site },
        ...further.map((each) => ({ message: "by way of this call", site: each })),
        { message: `and here again`, site: acquire.site },
      ];
      report({ message, site, related: others(site, related) });
    }
  },
};

function isInside(inner: Site, outer: Site): boolean {
  return inner.file === outer.file && outer.start <= inner.start && inner.end <= outer.end;
}
