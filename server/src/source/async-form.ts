import type { Site } from "./site.js";
import { ts } from "./syntax.js";
import { nodeAt } from "./updates.js";

/**
 * The method that does by a promise what the call at a place does while its thread stops: `takeAsync` for `take`, declared
 * for the same object by the same library, with a promise as its result. Asks the checker.
 */
export function asyncFormAt(compiled: ts.Program, { file, start, end }: Site): string | undefined {
  const tree = compiled.getSourceFile(file);
  const call = tree && nodeAt(tree, start, end);
  if (!call || !ts.isCallExpression(call) || !ts.isPropertyAccessExpression(call.expression)) return undefined;
  const checker = compiled.getTypeChecker();
  const { name, expression } = call.expression;
  const form = `${name.text}Async`;
  const own = checker.getSymbolAtLocation(name)?.valueDeclaration;
  const other = checker.getTypeAtLocation(expression).getProperty(form);
  const declared = other?.valueDeclaration;
  if (!own || !other || !declared || own.getSourceFile() !== declared.getSourceFile()) return undefined;
  if (!own.getSourceFile().isDeclarationFile) return undefined;
  const results = checker.getTypeOfSymbolAtLocation(other, call).getCallSignatures();
  return results.some((each) => each.getReturnType().getProperty("then")) ? form : undefined;
}
