import type { Site } from "./site.js";
import { ts } from "./syntax.js";
import { nodeAt } from "./updates.js";

/** Whether an expression is of a type that can be awaited. What is of unknown type is not. */
export function isPromiseAt(compiled: ts.Program, { file, start, end }: Site): boolean {
  const tree = compiled.getSourceFile(file);
  const node = tree && nodeAt(tree, start, end);
  if (!node || !ts.isExpression(node)) return false;
  const type = compiled.getTypeChecker().getTypeAtLocation(node);
  const parts = type.isUnion() ? type.types : [type];
  return parts.some((part) => {
    const then = part.flags & ts.TypeFlags.Object ? part.getProperty("then") : undefined;
    return then !== undefined && (then.flags & (ts.SymbolFlags.Method | ts.SymbolFlags.Property)) !== 0;
  });
}
