import { ts } from "./syntax.js";

const DECLARING = /\bdeclare(?:\s|\/\*[\s\S]*?\*\/|\/\/.*[\n\r\u2028\u2029])+(?:global|module)\b/;

const known = new WeakMap<ts.SourceFile, boolean>();

/** Whether all files see what a file declares: a script's declarations are everybody's, and a module's global augmentations. */
export function isEverybodys(tree: ts.SourceFile): boolean {
  let isSo = known.get(tree);
  if (isSo === undefined) {
    isSo = !ts.isExternalModule(tree) || DECLARING.test(tree.text);
    known.set(tree, isSo);
  }
  return isSo;
}
