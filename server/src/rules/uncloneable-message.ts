import type { Finding, Fix } from "../finding.js";
import type { Event, Program } from "../program.js";
import { cutFrom, insertInto } from "./fixes/message-lists.js";
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

function waysOut(
  program: Program,
  { site, ...event }: Event & { kind: "uncloneable" },
  finding: Finding,
): readonly Fix[] {
  const before = { file: site.file, start: site.start, end: site.start };
  const awaiting = event.mayAwait ? { at: before, text: "await " } : undefined;
  return [
    ...insertInto(program, "Await it", awaiting, finding),
    ...cutFrom(program, `Leave "${event.text}" out`, event.cut, finding),
  ];
}
