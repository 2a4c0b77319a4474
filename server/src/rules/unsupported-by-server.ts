import { eventsOf } from "../program.js";
import { siteKey } from "../source/site.js";
import type { Rule } from "./rule.js";

export const rule: Rule = {
  title: "Call that the server behind a manager or queue refuses",
  severity: "error",
  checkFunction(fn, _program, report) {
    const seen = new Set<string>();
    for (const { text, server, why, of, site } of eventsOf(fn.model, "refused")) {
      if (seen.has(siteKey(site))) continue; // a copy in a `finally` says nothing new
      seen.add(siteKey(site));
      report({
        message: `"${text}" always throws "Unsupported": ${why}.`,
        site,
        related: [{ message: `this is had from a server of ${server}`, site: of }],
      });
    }
  },
};
