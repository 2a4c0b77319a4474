import { reportAlways } from "./fixes/resources.js";
import type { Rule } from "./rule.js";

export const rule: Rule = {
  title: "Queue items that are taken and never reported as done",
  severity: "error",
  seenInRun: "unfinishedItems",
  checkProgram(program, report) {
    for (const { items, name, join, declared } of program.unfinishedQueues) {
      const { text, site, reports } = items;
      const [reported] = reports;
      const end = join
        ? "who joins the queue waits for ever"
        : `${declared?.server} keeps ${reported ? "an item" : "all of it"}, and gives it out again when this program ends`;
      report({
        message: reported
          ? `"${name}" takes the next item on one way without having called "${text}.taskDone()" for this one: ${end}.`
          : `"${name}" never calls "${text}.taskDone()" for what it takes: ${end}.`,
        site,
        related: [
          ...(join ? [{ message: "this waits until every item was reported", site: join.site }] : []),
          ...(declared && !join
            ? [{ message: "this queue keeps an item until it is reported", site: declared.site }]
            : []),
          ...(reported ? [{ message: "on other ways it is reported here", site: reported }] : []),
        ],
        // In a queue of Redis or RabbitMQ, an item that its taker fails at may be one to come again.
        fixes: (finding) => (join ? reportAlways(program, site, text, reports, finding) : []),
      });
    }
    for (const { name, variable, text, site, uses, declared } of program.unreportedDeliveries) {
      const [used] = uses;
      const what = variable === undefined ? `what "${text}" gives it` : `"${variable}"`;
      report({
        message: used
          ? `"${name}" takes the next item on one way without having reported "${text}": ${declared.server} keeps it, and gives it out again when this program ends.`
          : `"${name}" never reports ${what}, neither as done nor to give it back: ${declared.server} keeps all of it, and gives it out again when this program ends.`,
        site,
        related: [
          { message: "this queue keeps an item until it is reported", site: declared.site },
          ...(used ? [{ message: "on other ways it is reported here", site: used }] : []),
        ],
      });
    }
  },
};
