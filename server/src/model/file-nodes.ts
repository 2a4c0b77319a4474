import { ts } from "../source/syntax.js";

/** All nodes of a file, the file itself among them, in the order of the source. */
export interface FileNodes {
  /** What is inside a node comes behind it. */
  readonly outerFirst: readonly ts.Node[];
  /** What is inside a node comes before it. */
  readonly innerFirst: readonly ts.Node[];
}

let last: { readonly file: ts.SourceFile; readonly nodes: FileNodes } | undefined;

/**
 * Walks a tree once for all readings that look at the whole file. To walk it costs more than what most of them do at a
 * node. Files are read one after the other, so only the last one's nodes are kept.
 */
export function nodesIn(file: ts.SourceFile): FileNodes {
  if (last?.file === file) return last.nodes;
  const outerFirst: ts.Node[] = [];
  const innerFirst: ts.Node[] = [];
  const visit = (node: ts.Node): void => {
    outerFirst.push(node);
    ts.forEachChild(node, visit);
    innerFirst.push(node);
  };
  visit(file);
  last = { file, nodes: { outerFirst, innerFirst } };
  return last.nodes;
}

/** Lets go of the last file. */
export function forgetNodes(): void {
  last = undefined;
}
