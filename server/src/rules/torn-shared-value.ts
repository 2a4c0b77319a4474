import { pathKey } from "../program.js";
import type { Rule } from "./rule.js";
import { calls, others, start, way } from "./story.js";

export const rule: Rule = {
  title: "64-bit element written in parts while another thread uses it",
  severity: "warning",
  checkProgram(program, report) {
    const seen = new Set<string>();
    for (const { change, against } of program.races) {
      const { access, thread } = change;
      if (access.access !== "write" || access.holder.kind !== "view" || !access.holder.wide) continue;
      // With a lock in play the defect is the missing lock.
      if ([change, ...against].some((each) => each.access.held.length > 0)) continue;
      const key = `${access.functionId}|${pathKey(access.object)}`;
      const other = against.find((each) => !each.access.atomic && each.access.access !== "update");
      if (seen.has(key) || !other) continue;
      seen.add(key);
      const name = access.object.text;
      const does = other.access.access === "read" ? "reads" : "writes";
      report({
        message: `An element of "${name}" has 64 bits and is written plainly while another thread ${does} it: half of the old value and half of the new one can come together.`,
        site: access.site,
        related: others(access.site, [
          ...calls(access),
          { message: `another thread ${does} it here`, site: other.access.site },
          ...calls(other.access),
          ...start(thread),
          ...start(other.thread),
        ]),
        ways: [way(thread, access), way(other.thread, other.access)],
      });
    }
  },
};
