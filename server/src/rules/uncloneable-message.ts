import type { Finding, Fix } from "../finding.js";
import type { Event, Program } from "../program.js";
import type { Rule } from "./rule.js";
import { others } from "./story.js";

export const rule: Rule = {
  title: "Message with a value that no message can hold",
  severity: "error",
  checkFunction(fn, program, report) {
    for (const { event } of fn.model.nodes) {
      if (event.kind !== "uncloneable") continue;
      const { text, what, by, site, sent } = event;
      report({
        message: `"${text}" is or holds a ${what}, of which messages have no copies: sending it throws a DataCloneError.`,
        site,
        related: others(site, [{ message: `"${by}" sends it here`, site: sent }]),
        fixes: (finding) => waysOut(program, event, finding),
      });
    }
  },
};

function waysOut(program: Program, event: Event & { kind: "uncloneable" }, finding: Finding): readonly Fix[] {
  const gated = (title: string, site: typeof event.site, newText: string): Fix => {
    const edits = [{ site, newText }];
    return { title, edits: () => (program.bench.accepts(edits, finding) ? edits : undefined) };
  };
  const { file, start } = event.site;
  return [
    ...(event.mayAwait ? [gated("Await it", { file, start, end: start }, "await ")] : []),
    ...(event.cut ? [gated(`Leave "${event.text}" out`, event.cut, "")] : []),
  ];
}
