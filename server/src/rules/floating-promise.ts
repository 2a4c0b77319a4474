import type { Related } from "../finding.js";
import type { FloatingPromise } from "../program.js";
import { awaitOrLeave } from "./fixes/await-or-leave.js";
import type { Rule } from "./rule.js";
import { others } from "./story.js";

export const rule: Rule = {
  title: "Promise that nobody has",
  severity: "warning",
  peers: ["no-floating-promises", "noFloatingPromises"],
  checkProgram(program, report) {
    for (const promise of program.floatingPromises) {
      const { site, kind, canAwait, caughtBy, late, later, next } = promise;
      const mayLeave = kind === "unheard" && !caughtBy && !late && !later;
      const related = others(site, relatedTo(promise));
      report({
        message: messageOf(promise),
        site,
        related: related.length > 0 ? related : [{ message: "the code goes on here at once", site: next }],
        fixes: (finding) => awaitOrLeave(program, site, { canAwait, mayLeave }, finding),
      });
    }
  },
};

function relatedTo({ failure, caughtBy, late, later }: FloatingPromise): Related[] {
  return [
    ...(late ? [{ message: `"${late.text}" is taken for set here`, site: late.use }] : []),
    ...(late ? [{ message: "and is set here, later", site: late.put }] : []),
    ...(later ? [{ message: "this may come first", site: later }] : []),
    ...(failure ? [{ message: "what fails here nobody hears of", site: failure }] : []),
    ...(caughtBy ? [{ message: "this hears nothing of it", site: caughtBy }] : []),
  ];
}

function messageOf({ kind, text, late, later, caughtBy }: FloatingPromise): string {
  if (kind === "pause") return `Nobody waits for "${text}": what follows runs at once.`;
  if (late) return `Nobody waits for "${text}": what follows reads "${late.text}" before it is set.`;
  if (caughtBy) return `Nobody waits for "${text}": where it fails, the "catch" around it has been left long ago.`;
  if (later) return `Nobody waits for "${text}": what the code waits for next may come first.`;
  return `Nobody waits for "${text}", and nobody hears of it where it fails.`;
}
