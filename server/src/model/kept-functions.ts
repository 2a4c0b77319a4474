import { ts } from "../source/syntax.js";
import { enclosingFunction, unwrap } from "./declarations.js";
import type { FunctionScope } from "./function-scope.js";

/**
 * What the user calls the collection whose elements a variable stands for, one after the other, where the collection
 * outlives the function: a field, or a variable of the module. Who put them there, nobody knows.
 */
export function keptIn(declaration: ts.Declaration, scope: FunctionScope): string | undefined {
  const collection = collectionOf(declaration, scope);
  const source = collection && unwrap(collection);
  if (!source) return undefined;
  if (ts.isPropertyAccessExpression(source)) return source.getText();
  const variable = ts.isIdentifier(source) ? scope.context.symbols.symbolAt(source)?.valueDeclaration : undefined;
  const isOfModule =
    variable &&
    ts.isVariableDeclaration(variable) &&
    ts.isSourceFile(enclosingFunction(variable)) &&
    !isLiteral(variable);
  return isOfModule ? source.getText() : undefined;
}

function collectionOf(declaration: ts.Declaration, scope: FunctionScope): ts.Expression | undefined {
  const { parent } = declaration;
  if (ts.isVariableDeclaration(declaration) && ts.isForOfStatement(parent.parent)) {
    return withoutCopy(parent.parent.expression);
  }
  if (!ts.isParameter(declaration) || !ts.isArrowFunction(parent) || parent.parameters[0] !== declaration) {
    return undefined;
  }
  const call = parent.parent;
  if (!ts.isCallExpression(call) || call.arguments[0] !== parent) return undefined;
  const effect = scope.effectOf(call);
  const isIteration = effect?.effect === "invoke" && effect.many === true;
  const callee = unwrap(call.expression);
  return isIteration && ts.isPropertyAccessExpression(callee) ? withoutCopy(callee.expression) : undefined;
}

/** `[...listeners]` has the same elements. */
function withoutCopy(node: ts.Expression): ts.Expression {
  const at = unwrap(node);
  const [only, ...more] = ts.isArrayLiteralExpression(at) ? at.elements : [];
  return only && more.length === 0 && ts.isSpreadElement(only) ? only.expression : at;
}

/** A list of functions that is written down: everybody knows what they do. */
function isLiteral({ initializer }: ts.VariableDeclaration): boolean {
  const node = initializer && unwrap(initializer);
  return node !== undefined && ts.isArrayLiteralExpression(node) && node.elements.length > 0;
}
