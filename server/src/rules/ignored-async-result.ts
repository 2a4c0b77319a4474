import { catchesFailures, type Event, eventsOf, type FunctionView, type Program } from "../program.js";
import { type Site, siteKey } from "../source/site.js";
import { askForResult } from "./fixes/task-results.js";
import type { Rule } from "./rule.js";
import { nextAfter, others } from "./story.js";

export const rule: Rule = {
  title: "Result of a task that nobody asks for",
  severity: "warning",
  checkFunction(fn, program, report) {
    for (const result of eventsOf(fn.model, "dropped-result")) {
      const { site } = result;
      const task = taskAt(fn, program, site);
      if (task && catchesFailures(task)) continue;
      report({
        message: messageOf(result),
        site,
        related: others(site, [
          ...(task ? [{ message: "what is thrown here", site: task.site }] : []),
          { message: "the code goes on as if it had been done", site: nextAfter(fn, site) },
        ]),
        fixes: (finding) => askForResult(program, result, finding),
      });
    }
  },
};

function messageOf({ text, chain }: Event & { kind: "dropped-result" }): string {
  return chain
    ? `Where the task of "${text}" fails, nobody hears of it: this "then" takes values only.`
    : `Nobody asks for the result of "${text}": where the task fails, nobody hears of it.`;
}

/** The function that runs on the other thread. */
function taskAt({ model }: FunctionView, program: Program, call: Site): FunctionView["model"] | undefined {
  const spawn = eventsOf(model, "spawn").find(({ site }) => siteKey(site) === siteKey(call));
  return spawn?.target.kind === "function" ? program.view(spawn.target.id)?.model : undefined;
}
