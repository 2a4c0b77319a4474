import type { Site } from "./site.js";
import { ts } from "./syntax.js";
import { nodeAt } from "./updates.js";

/** Whether an expression is of a type that can be awaited. What is of unknown type is not. */
export function isPromiseAt(compiled: ts.Program, site: Site): boolean {
  return partsAt(compiled, site).some((part) => {
    const then = part.flags & ts.TypeFlags.Object ? part.getProperty("then") : undefined;
    return then !== undefined && (then.flags & (ts.SymbolFlags.Method | ts.SymbolFlags.Property)) !== 0;
  });
}

/** Whether an expression is an array or a tuple, whatever is in it. What is of unknown type is not. */
export function isArrayAt(compiled: ts.Program, site: Site): boolean {
  const checker = compiled.getTypeChecker();
  return partsAt(compiled, site).some((part) => checker.isArrayType(part) || checker.isTupleType(part));
}

/** The type of the variable whose name is at a place, as code there would write it. */
export function typeTextAt(compiled: ts.Program, { file, start, end }: Site): string | undefined {
  const tree = compiled.getSourceFile(file);
  const node = tree && nodeAt(tree, start, end);
  if (!node || !ts.isIdentifier(node)) return undefined;
  const checker = compiled.getTypeChecker();
  const text = checker.typeToString(checker.getTypeAtLocation(node), node, ts.TypeFormatFlags.NoTruncation);
  return text.includes("import(") ? undefined : text;
}

/** The types that an expression may be of. */
function partsAt(compiled: ts.Program, { file, start, end }: Site): readonly ts.Type[] {
  const tree = compiled.getSourceFile(file);
  const node = tree && nodeAt(tree, start, end);
  if (!node || !ts.isExpression(node)) return [];
  const type = compiled.getTypeChecker().getTypeAtLocation(node);
  return type.isUnion() ? type.types : [type];
}
