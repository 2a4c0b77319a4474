import { ts } from "../source/syntax.js";
import { type FunctionNode, isFunctionNode, unwrap } from "./declarations.js";
import type { StateNames } from "./state-names.js";

/** The function of the file that a value is. */
export function ownFunctionOf(value: ts.Expression, names: StateNames): FunctionNode | undefined {
  const node = unwrap(value);
  if (isFunctionNode(node)) return node;
  if (ts.isPropertyAccessExpression(node)) return names.methodOf(node);
  if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
    return node.expression.name.text === "bind" ? ownFunctionOf(node.expression.expression, names) : undefined;
  }
  if (!ts.isIdentifier(node)) return undefined;
  const declared = names.declarationOf(node)?.node;
  if (declared && isFunctionNode(declared)) return declared;
  const held = declared && ts.isVariableDeclaration(declared) && declared.initializer && unwrap(declared.initializer);
  return held && isFunctionNode(held) ? held : undefined;
}
