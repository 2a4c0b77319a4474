import { listenEarlier } from "./fixes/earlier-listener.js";
import type { Rule } from "./rule.js";
import { others } from "./story.js";

export const rule: Rule = {
  title: "Listener that comes after what it is for",
  severity: "warning",
  checkProgram(program, report) {
    for (const { event, peer, site, waits, begins, isAsked } of program.lateListeners) {
      const before = isAsked
        ? { message: `"${peer}" is sent what it answers here`, site: begins }
        : { message: `"${peer}" goes its own way from here on`, site: begins };
      report({
        message: `"${event}" of "${peer}" may be over when this begins to listen: it is not kept, and nobody hears of it.`,
        site,
        related: others(site, [before, { message: "meanwhile the code waits for something else", site: waits }]),
        fixes: (finding) => listenEarlier(program, site, waits, finding),
      });
    }
  },
};
