import { eventsOf, type FunctionView, type Program } from "../program.js";
import { type Site, siteKey } from "../source/site.js";
import { runTogether } from "./fixes/pool-calls.js";
import type { Rule } from "./rule.js";

export const rule: Rule = {
  title: "Tasks of a pool that run one by one",
  severity: "info",
  checkFunction(fn, program, report) {
    for (const { text, loop, site } of eventsOf(fn.model, "one-by-one")) {
      if (needsTurns(fn, program, site)) continue;
      report({
        message: `"${text}" waits for its task in every round: one worker of the pool works, and the others never do.`,
        site,
        related: [{ message: "no round needs what the one before has given", site: loop }],
        fixes: (finding) => runTogether(program, site, finding),
      });
    }
  },
};

/** Whether the task changes what all share, without a lock: then the loop is what keeps its runs apart. */
function needsTurns({ model }: FunctionView, program: Program, site: Site): boolean {
  const spawn = eventsOf(model, "spawn").find((each) => siteKey(each.site) === siteKey(site));
  const task = spawn?.target.kind === "function" ? program.view(spawn.target.id) : undefined;
  return (
    task?.summary.accesses.some(({ access, atomic, held }) => access !== "read" && !atomic && held.length === 0) ??
    false
  );
}
