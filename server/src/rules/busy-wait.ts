import { waitOnce } from "./fixes/resources.js";
import type { Rule } from "./rule.js";

export const rule: Rule = {
  title: "Loop that looks again and again instead of waiting",
  severity: "info",
  checkProgram(program, report) {
    for (const { asked, instead, object, sleeps, site, pause } of program.busyWaits) {
      const call = `${object}.${sleeps === "suspends" ? instead.suspends : instead.stops}`;
      report({
        message:
          sleeps === undefined
            ? `This loop keeps its thread busy until "${asked}" gives another answer: "${call}" sleeps until then.`
            : `This loop looks at "${asked}" from time to time, too often and too late: "${call}" goes on at once when it is so.`,
        site,
        related: [
          {
            message: sleeps === undefined ? "this is asked without end" : "this much later it is noticed",
            site: pause,
          },
        ],
        fixes: (finding) => waitOnce(program, site, call, sleeps === "suspends", finding),
      });
    }
  },
};
