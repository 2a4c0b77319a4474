import type { Edit, Fix } from "./finding.js";
import type { Program } from "./program.js";
import type { Change } from "./source/lock-calls.js";

export type Tree = NonNullable<ReturnType<Program["bench"]["tree"]>>;

/** A way to phrase a change of one file; `undefined` where the file's text does not allow it. */
export type Way = (tree: Tree) => readonly Change[] | undefined;

/** The first of several ways to phrase a change of one file that the gate lets pass. */
export function firstAccepted(
  { bench }: Program,
  file: string,
  title: string,
  ways: readonly Way[],
  gate: (edits: readonly Edit[]) => boolean,
): Fix {
  return {
    title,
    edits() {
      const tree = bench.tree(file);
      if (!tree) return undefined;
      for (const way of ways) {
        const edits = way(tree)?.map((change) => editOf(file, change));
        if (edits && gate(edits)) return edits;
      }
      return undefined;
    },
  };
}

export function editOf(file: string, { start, end, newText }: Change): Edit {
  return { site: { file, start, end }, newText };
}
