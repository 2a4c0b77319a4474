import { ts } from "./syntax.js";

const known = new WeakMap<ts.SourceFile, boolean>();

/** Whether all files see what a file declares: a script's declarations are everybody's, and a module's global augmentations. */
export function isEverybodys(tree: ts.SourceFile): boolean {
  let isSo = known.get(tree);
  if (isSo === undefined) {
    isSo = !ts.isExternalModule(tree) || /\bdeclare\s+(global|module)\b/.test(tree.text);
    known.set(tree, isSo);
  }
  return isSo;
}
