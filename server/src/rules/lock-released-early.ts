import type { Rule } from "./rule.js";
import { others } from "./story.js";

export const rule: Rule = {
  title: "Lock released while the work under it goes on",
  severity: "warning",
  checkFunction(fn, _program, report) {
    if (!fn.model.nodes.some(({ event }) => event.kind === "outrun")) return;
    for (const { node, locks } of fn.events()) {
      const { event } = node;
      if (event.kind !== "outrun") continue;
      const [held] = locks.must.values();
      const taken = event.section ?? held?.site;
      if (!taken) continue;
      report({
        message: `"${event.text}" goes on when the time is up, but its lock is released then: whoever takes it next works beside it.`,
        site: event.site,
        related: others(event.site, [
          { message: "the lock is taken here", site: taken },
          { message: "the work begins here, and nobody waits for its end", site: event.work },
          { message: "this may come first", site: event.timer },
        ]),
      });
    }
  },
};
