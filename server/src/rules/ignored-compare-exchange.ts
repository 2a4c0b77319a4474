import type { Related } from "../finding.js";
import { type FunctionView, type Operate, pathKey } from "../program.js";
import { type Site, siteKey } from "../source/site.js";
import type { Rule } from "./rule.js";

export const rule: Rule = {
  title: "Compare-exchange whose result nobody looks at",
  severity: "warning",
  checkFunction(fn, _program, report) {
    for (const { event } of fn.model.nodes) {
      if (event.kind !== "operate" || event.operation !== "compare-exchange" || event.usesResult) continue;
      const rests = whatRestsOnIt(fn, event);
      if (!rests) continue;
      report({
        message: `Nobody looks whether this exchange in "${event.text}" took place: if another thread was faster, nothing was stored, and the code goes on as if it had been.`,
        site: event.site,
        related: [rests],
      });
    }
  },
};

/**
 * What is wrong if the exchange fails: a value computed from an old one is lost, or a lock that was not got is given
 * back. A step from one constant to another, which somebody else may have made as well, is none of these.
 */
function whatRestsOnIt(fn: FunctionView, exchange: Operate): Related | undefined {
  if (!exchange.on) return undefined;
  const key = pathKey(exchange.on);
  const reads: Site[] = [];
  for (const { event } of fn.model.nodes) {
    if (event.kind !== "access" || !event.atomic || event.site.start === exchange.site.start) continue;
    const own = event.cell.kind === "index" ? `${pathKey(event.object)}.${event.cell.index}` : pathKey(event.object);
    if (own !== key) continue;
    if (event.access === "read") reads.push(event.site);
    else if (exchange.storesConstant && event.access === "write" && event.site.start > exchange.site.start) {
      return { message: "what may belong to another thread is given back here", site: event.site };
    }
  }
  const [read] = reads.filter((site) => siteKey(site) !== siteKey(exchange.site));
  return exchange.storesConstant || !read
    ? undefined
    : { message: "the new value rests on what was read here", site: read };
}
