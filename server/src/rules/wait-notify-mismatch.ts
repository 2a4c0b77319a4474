import { wakeThose } from "./fixes/waits.js";
import type { Rule } from "./rule.js";
import { calls, others, start } from "./story.js";

export const rule: Rule = {
  title: "Waiters are woken at another element than the one they wait at",
  severity: "error",
  checkProgram(program, report) {
    for (const { thread, pause, changes, misses } of program.unheardWaits) {
      const [miss] = misses;
      if (!miss) continue; // Nobody is woken anywhere: that is `never-notified-wait`.
      const name = pause.on.text;
      report({
        message: `This waits at element ${pause.on.steps.at(-1)} of "${name}", but only waiters at element ${miss.on?.steps.at(-1)} are ever woken.`,
        site: pause.site,
        related: others(pause.site, [
          ...calls(pause),
          { message: "waiters are woken here, at another element", site: miss.site },
          ...changes.map(({ site }) => ({ message: "the element is changed here", site })),
          ...start(thread),
        ]),
        fixes: (finding) => wakeThose(program, miss.site, pause.site, finding),
      });
    }
  },
};
