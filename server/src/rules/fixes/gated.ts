import type { Edit, Finding, Fix } from "../../finding.js";
import type { Program } from "../../program.js";
import type { Change } from "../../source/lock-calls.js";

export type Tree = NonNullable<ReturnType<Program["bench"]["tree"]>>;

/** The first of several ways to phrase a change of one file that the gate lets pass. */
export function gated(
  program: Program,
  finding: Finding,
  file: string,
  title: string,
  ways: readonly ((tree: Tree) => readonly Change[] | undefined)[],
): Fix {
  return {
    title,
    edits() {
      const tree = program.bench.tree(file);
      if (!tree) return undefined;
      for (const way of ways) {
        const edits = way(tree)?.map(({ start, end, newText }): Edit => ({ site: { file, start, end }, newText }));
        if (edits && program.bench.accepts(edits, finding)) return edits;
      }
      return undefined;
    },
  };
}
