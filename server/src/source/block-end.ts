import type { Site } from "./site.js";
import { ts } from "./syntax.js";
import { nodeAt } from "./updates.js";

/** The closing brace of the block in which a place is; undefined where it is in none. */
export function blockEnd(tree: ts.SourceFile, { file, start, end }: Site): Site | undefined {
  for (let node: ts.Node | undefined = nodeAt(tree, start, end); node; node = node.parent) {
    if (ts.isBlock(node) || ts.isModuleBlock(node) || ts.isCaseBlock(node)) {
      return { file, start: node.end - 1, end: node.end };
    }
  }
  return undefined;
}
