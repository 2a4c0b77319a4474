import type { Related } from "../finding.js";
import { notifyAfterStore } from "./fixes/notify-after-store.js";
import type { Rule } from "./rule.js";
import { calls, others, start } from "./story.js";

export const rule: Rule = {
  title: "Wait that nobody ends",
  severity: "error",
  seenInRun: "unheardWait",
  checkProgram(program, report) {
    for (const { thread, pause, changes, misses } of program.unheardWaits) {
      if (misses.length > 0) continue; // Somebody is woken, at another element: that is `wait-notify-mismatch`.
      const name = pause.on.text;
      const message =
        changes.length > 0
          ? `This waits for "${name}", which is changed but never notified: if the change comes while the thread sleeps, it sleeps for ever.`
          : `This waits for "${name}", and nothing in the program ever ends the wait.`;
      const related: Related[] = [
        ...calls(pause),
        ...changes.map(({ site }) => ({ message: `"${name}" is changed here, which wakes nobody`, site })),
        ...start(thread),
      ];
      const elsewhere = program.executions.flatMap(({ threads }) => threads).flatMap(start);
      report({
        message,
        site: pause.site,
        related: others(pause.site, related.length > 0 ? related : elsewhere),
        fixes: (finding) => notifyAfterStore(program, changes, finding),
      });
    }
  },
};
