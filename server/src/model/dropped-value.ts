import { ts } from "../source/syntax.js";
import { unwrap } from "./declarations.js";
import type { FunctionScope } from "./function-scope.js";

/** The statement, or the arrow function, whose whole value an expression is. */
export function droppedBy(node: ts.Expression): ts.ExpressionStatement | ts.ArrowFunction | undefined {
  let at: ts.Node = node;
  while (handsOn(at.parent, at)) at = at.parent;
  const { parent } = at;
  if (ts.isExpressionStatement(parent)) return parent;
  return ts.isArrowFunction(parent) && parent.body === at ? parent : undefined;
}

/** Whether an expression's value is, or may be, that of a part of it. */
function handsOn(node: ts.Node, part: ts.Node): boolean {
  if (ts.isParenthesizedExpression(node) || ts.isVoidExpression(node) || ts.isNonNullExpression(node)) return true;
  if (ts.isConditionalExpression(node)) return node.condition !== part;
  return ts.isBinaryExpression(node) && node.right === part && LOGICAL.has(node.operatorToken.kind);
}

const LOGICAL: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.AmpersandAmpersandToken,
  ts.SyntaxKind.BarBarToken,
  ts.SyntaxKind.QuestionQuestionToken,
]);

/** Whether nobody gets what a callback gives. */
export function isResultDropped(callback: ts.ArrowFunction, scope: FunctionScope): boolean {
  if (scope.context.symbols.isResultIgnored(callback)) return true;
  let at: ts.Node = callback;
  while (ts.isParenthesizedExpression(at.parent)) at = at.parent;
  const call = at.parent;
  if (!ts.isCallExpression(call)) return false;
  const effect = scope.context.symbols.effectAt(unwrap(call.expression));
  return effect?.effect === "invoke" && effect.drops === true && call.arguments[effect.body] === at;
}
