import type { Edit } from "../finding.js";
import { elementAt } from "../source/method-call.js";
import type { Rule } from "./rule.js";

export const rule: Rule = {
  title: "Loop that waits for a plain read to change",
  severity: "error",
  checkFunction(fn, program, report) {
    for (const spin of fn.spins) {
      const name = spin.object.text;
      const loop = fn.model.nodes.find(
        ({ event }) => event.kind === "loop" && event.site.start <= spin.site.start && spin.site.end <= event.site.end,
      );
      report({
        message: `The loop waits for another thread to change "${name}" but reads it plainly: the compiler may read it once and never again, and the loop never ends.`,
        site: spin.site,
        related: loop ? [{ message: "this loop does nothing else", site: loop.event.site }] : [],
        fixes(finding) {
          const { file, start, end } = spin.site;
          const tree = program.bench.tree(file);
          const element = tree && elementAt(tree, start, end);
          if (!element || !spin.holder.integer) return [];
          const edits: Edit[] = [{ site: spin.site, newText: `Atomics.load(${element.view}, ${element.index})` }];
          return [
            { title: "Use `Atomics.load`", edits: () => (program.bench.accepts(edits, finding) ? edits : undefined) },
          ];
        },
      });
    }
  },
};
