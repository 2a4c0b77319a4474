import { awaitInstead } from "./fixes/waits.js";
import type { Rule } from "./rule.js";
import { calls, others, start } from "./story.js";

export const rule: Rule = {
  title: "Thread stops for something that only its own event loop tells",
  severity: "error",
  checkProgram(program, report) {
    for (const { thread, pause, signal } of program.selfWaits) {
      report({
        message: `The thread stops here until "${pause.on.text}" is told, but only a listener or timer of this very thread tells it, and while the thread stops it runs neither: it waits for ever.`,
        site: pause.site,
        related: others(pause.site, [
          ...calls(pause),
          { message: `"${pause.on.text}" is told here, by the event loop of the thread that waits`, site: signal.site },
          ...start(thread),
        ]),
        fixes: (finding) => awaitInstead(program, pause.site, finding),
      });
    }
  },
};
