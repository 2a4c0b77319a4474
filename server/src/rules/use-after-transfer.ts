import type { Finding, Fix } from "../finding.js";
import type { Program } from "../program.js";
import type { Site } from "../source/site.js";
import type { Rule } from "./rule.js";
import { others } from "./story.js";

export const rule: Rule = {
  title: "Use of what was transferred to another thread",
  severity: "error",
  checkProgram(program, report) {
    for (const { text, how, used, taken } of program.usesAfterTransfer) {
      if (how === "transfer") continue;
      const fate =
        how === "message" ? "it cannot be sent again" : taken.isMemory ? "nothing is left of it" : "it is dead";
      report({
        message: `"${text}" is used here after a message may have taken "${taken.text}" along to another thread: ${fate} on this side.`,
        site: used,
        related: others(used, [{ message: `"${taken.by}" takes "${taken.text}" along here`, site: taken.site }]),
        fixes: (finding) => sendCopy(program, taken.listed, finding),
      });
    }
  },
};

/** Without its place in the list, the message has a copy. */
function sendCopy(program: Program, listed: Site | undefined, finding: Finding): readonly Fix[] {
  if (!listed) return [];
  const edits = [{ site: listed, newText: "" }];
  return [{ title: "Send a copy", edits: () => (program.bench.accepts(edits, finding) ? edits : undefined) }];
}
