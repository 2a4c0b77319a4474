import type { Related } from "../finding.js";
import type { FunctionView } from "../program.js";
import type { Rule } from "./rule.js";

type GuardFault = Extract<FunctionView["model"]["nodes"][number]["event"], { kind: "guard-fault" }>;

export const rule: Rule = {
  title: "Annotation that names no lock that could guard",
  severity: "error",
  checkFunction(fn, program, report) {
    for (const { event } of fn.model.nodes) {
      if (event.kind !== "guard-fault") continue;
      const { site, hint, declaration, name, subject } = event;
      const named: Related[] = declaration ? [{ message: "what it names is declared here", site: declaration }] : [];
      report({
        message: objection(event),
        site,
        related: [{ message: `"${name}" is declared here`, site: subject }, ...named],
        fixes: (finding) => {
          if (hint === undefined || event.word === "") return [];
          const edits = [{ site, newText: hint }];
          return [
            { title: `Name \`${hint}\``, edits: () => (program.bench.accepts(edits, finding) ? edits : undefined) },
          ];
        },
      });
    }
  },
};

function objection({ why, name, word, hint }: GuardFault): string {
  const instead = hint === undefined ? "" : `; "${hint}" may be meant`;
  switch (why) {
    case "no-lock":
      return `"${word}" is no lock that could be held, so that nothing keeps others away from "${name}".`;
    case "instance":
      return `"${word}" is another lock in every object, while "${name}" exists once for all of them: two objects let two tasks in at once.`;
    case "replaced":
      return `"${word}" holds another lock later: who still holds the old one and who takes the new one use "${name}" at the same time.`;
    default:
      return word === ""
        ? `The annotation of "${name}" names no lock, so that nothing is checked: write it behind the tag.`
        : `There is no "${word}" here that could guard "${name}", so that nothing is checked${instead}.`;
  }
}
