import type { Related } from "../finding.js";
import type { FunctionView } from "../program.js";
import { fileForm, nextLineForm } from "../source/suppressions.js";
import { removeComment } from "./fixes/remove-comment.js";
import type { JudgedSuppression, Rule } from "./rule.js";

type Pointless = Extract<FunctionView["model"]["nodes"][number]["event"], { kind: "pointless" }>;

export const rule: Rule = {
  title: "Annotation or comment about findings that is of no effect",
  severity: "warning",
  checkFunction(fn, program, report) {
    for (const { event } of fn.model.nodes) {
      if (event.kind !== "pointless") continue;
      const { site, subject, name, removal } = event;
      const edits = [{ site: removal, newText: "" }];
      report({
        message: pointless(event),
        site,
        related: [{ message: `"${name}" is declared here`, site: subject }],
        fixes: (finding) => [
          { title: "Remove the annotation", edits: () => (program.bench.accepts(edits, finding) ? edits : undefined) },
        ],
      });
    }
  },
  checkSuppressions(judged, program, report) {
    for (const each of judged) {
      if (each.outcome === "used") continue;
      const { site, removal } = each.suppression;
      report({
        message: objection(each),
        site,
        related: about(each),
        fixes: (finding) => [removeComment(program, removal, finding)],
      });
    }
  },
};

function pointless({ why, tag, name }: Pointless): string {
  switch (why) {
    case "no-reason":
      return `Nothing says why races for "${name}" do no harm, so that "${tag}" silences nothing: write the reason behind it.`;
    case "repeated":
      return `"${tag}" says the same of "${name}" twice.`;
    default:
      return `"${name}" works with its own values alone: the lock that "${tag}" asks of its callers is for nothing.`;
  }
}

function objection({ suppression: { form, ruleId }, outcome, meant }: JudgedSuppression): string {
  const hint = meant === undefined ? "" : `; "${meant}" may be meant`;
  switch (outcome) {
    case "unknown form":
      return `Nothing is suppressed by "${form}": write "${nextLineForm}" or "${fileForm}".`;
    case "no rule":
      return `"${form}" names no rule, so that nothing is suppressed: write its id, a colon and the reason.`;
    case "unknown rule":
      return `There is no rule "${ruleId}" whose findings could be suppressed${hint}.`;
    case "no reason":
      return `Nothing says why "${ruleId}" is wrong here, so that nothing is suppressed: write a colon and the reason.`;
    default:
      return `No finding of "${ruleId}" is suppressed by this comment, and one that comes later would be missed.`;
  }
}

function about({ suppression: { form, nextLine }, outcome }: JudgedSuppression): readonly Related[] {
  if (nextLine === undefined) return [];
  if (outcome !== "unused") return [{ message: "what is found here is reported", site: nextLine }];
  const message = form === fileForm ? "in all of this file nothing of it is found" : "nothing of it is found here";
  return [{ message, site: nextLine }];
}
