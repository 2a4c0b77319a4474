import { ts } from "../source/syntax.js";
import { type FunctionNode, isFunctionNode, unwrap } from "./declarations.js";
import { isAsync } from "./lower-state.js";
import type { StateNames } from "./state-names.js";

/** The function of the same file that a call is one of, by scopes alone. */
export function calledIn(call: ts.CallExpression, names: StateNames): FunctionNode | undefined {
  const callee = unwrap(call.expression);
  if (isFunctionNode(callee)) return callee;
  if (ts.isPropertyAccessExpression(callee)) return names.methodOf(callee);
  const declared = ts.isIdentifier(callee) ? names.declarationOf(callee)?.node : undefined;
  if (!declared) return undefined;
  if (isFunctionNode(declared)) return declared;
  const isConstant = (ts.getCombinedNodeFlags(declared) & ts.NodeFlags.Const) !== 0;
  const value =
    isConstant && ts.isVariableDeclaration(declared) && declared.initializer && unwrap(declared.initializer);
  return value && isFunctionNode(value) ? value : undefined;
}

/** Whether an expression gives a promise, as far as the file alone can tell. */
export function isPromiseBySyntax(expression: ts.Expression, names: StateNames): boolean {
  const node = unwrap(expression);
  if (ts.isNewExpression(node)) return node.expression.getText() === "Promise";
  if (!ts.isCallExpression(node)) return false;
  const callee = unwrap(node.expression);
  if (callee.kind === ts.SyntaxKind.ImportKeyword) return true;
  if (ts.isIdentifier(callee) && callee.text === "fetch") return names.declarationOf(callee) === undefined;
  if (ts.isPropertyAccessExpression(callee)) {
    if (callee.expression.getText() === "Promise") return callee.name.text !== "withResolvers";
    if (callee.name.text === "then") return node.arguments.some((each) => isFunctionNode(unwrap(each)));
    if (/^(?:catch|finally)$/.test(callee.name.text)) return isPromiseBySyntax(callee.expression, names);
  }
  const own = calledIn(node, names);
  return own !== undefined && isAsync(own) && !(own as ts.FunctionDeclaration).asteriskToken;
}
