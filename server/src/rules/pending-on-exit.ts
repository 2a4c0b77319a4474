import { rejectOpen, settleForNone, wakeAlways } from "./fixes/settle-always.js";
import type { Rule } from "./rule.js";
import { others } from "./story.js";

export const rule: Rule = {
  title: "Promise that stays open when a worker or a task fails",
  severity: "warning",
  checkProgram(program, report) {
    for (const { stored, handler, settles, messages, ends } of program.abandonedSettlers) {
      report({
        message: `When "${handler.peer}" ends, this handler settles none of the promises in "${stored.store}": who awaits one of them waits for ever.`,
        site: handler.site,
        related: [
          { message: "the promise is settled by whoever takes it from here", site: stored.site },
          { message: `only "${settles.name}" does that, when a message comes`, site: settles.site },
        ],
        fixes: (finding) => rejectOpen(program, { stored: stored.site, messages, ends }, finding),
      });
    }
    for (const { collection, site, settles, loop } of program.countedWaits) {
      report({
        message: `If "${collection}" is empty, nobody settles this promise: it is settled when the last of its elements is done.`,
        site,
        related: [
          { message: `this runs for each element of "${collection}"`, site: loop },
          { message: "the promise is settled here", site: settles },
        ],
        fixes: (finding) => settleForNone(program, { collection, settles, loop }, finding),
      });
    }
    for (const { text, notify, throws, awaits, handler } of program.skippedNotifies) {
      report({
        message: `"${text}" is left out, and the thread that waits for it sleeps on, if ${awaits ? "what is awaited before fails" : "an error is thrown before"}.`,
        site: notify,
        related: others(notify, [
          { message: awaits ? "a failure of this leaves the function" : "this leaves the function", site: throws },
          { message: "the message of the thread that waits is handled here", site: handler },
        ]),
        fixes: (finding) => wakeAlways(program, notify, finding),
      });
    }
  },
};
