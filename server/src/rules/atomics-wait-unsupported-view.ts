import type { Related } from "../finding.js";
import type { Operate } from "../program.js";
import { sharedViewFix } from "./fixes/make-view.js";
import type { Rule } from "./rule.js";

export const rule: Rule = {
  title: "Wait on memory that cannot be waited on",
  severity: "error",
  checkFunction(fn, program, report) {
    for (const { event } of fn.model.nodes) {
      if (event.kind !== "operate" || !event.view) continue;
      if (event.operation !== "wait" && event.operation !== "notify") continue;
      const why = objection(event);
      if (!why) continue;
      const related: Related[] = [{ message: `"${event.text}" is given here`, site: event.array }];
      const { made } = event.view;
      if (made) related.unshift({ message: `"${event.text}" is made here`, site: made });
      report({
        message: `"${event.name}" throws a TypeError here: ${why}.`,
        site: event.site,
        related,
        fixes: (finding) => (made && event.view ? sharedViewFix(program, made, event.view, finding) : []),
      });
    }
  },
};

/** What `Atomics.wait` and `Atomics.notify` do not accept about an array. */
function objection({ view, text, operation }: Operate): string | undefined {
  if (!view) return undefined;
  if (view.array !== "Int32Array" && view.array !== "BigInt64Array") {
    // What has no integers at all is no array for any operation of `Atomics`, which is another rule's.
    return /^(Big)?(Int|Uint)\d+Array$/.test(view.array)
      ? `only an Int32Array or a BigInt64Array can be waited on, and "${text}" is of the class ${view.array}`
      : undefined;
  }
  return operation === "wait" && view.shared === "no"
    ? `"${text}" shows memory of this thread alone, in which nobody else could ever wake it`
    : undefined;
}
