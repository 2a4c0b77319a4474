import { ts } from "./syntax.js";

/** Whether all files see what a file declares: a script's declarations are everybody's, and a module's global augmentations. */
export function isEverybodys(tree: ts.SourceFile): boolean {
  return !ts.isExternalModule(tree) || /\bdeclare\s+(global|module)\b/.test(tree.text);
}
