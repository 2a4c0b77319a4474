import { reportAlways } from "./fixes/resources.js";
import type { Rule } from "./rule.js";

export const rule: Rule = {
  title: "Queue items that are taken and never reported as done",
  severity: "error",
  seenInRun: "unfinishedItems",
  checkProgram(program, report) {
    for (const { items, name, join } of program.unfinishedQueues) {
      const { text, site, reports } = items;
      const [reported] = reports;
      report({
        message: reported
          ? `"${name}" takes the next item on one way without having called "${text}.taskDone()" for this one: who joins the queue waits for ever.`
          : `"${name}" never calls "${text}.taskDone()" for what it takes: who joins the queue waits for ever.`,
        site,
        related: [
          { message: "this waits until every item was reported", site: join.site },
          ...(reported ? [{ message: "on other ways it is reported here", site: reported }] : []),
        ],
        fixes: (finding) => reportAlways(program, site, text, reports, finding),
      });
    }
  },
};
