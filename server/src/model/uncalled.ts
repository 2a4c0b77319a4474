import { ts } from "../source/syntax.js";
import type { Effect } from "./catalogue/index.js";
import { unwrap } from "./declarations.js";
import type { Uncalled } from "./events.js";
import type { FunctionScope } from "./function-scope.js";

/** Effects for the sake of which alone a method is named. */
const DEEDS: ReadonlySet<Effect["effect"]> = new Set([
  "abort",
  "acquire",
  "release",
  "dispose",
  "notify",
  "meet",
  "start",
  "join",
]);

/** `controller.abort` where `controller.abort()` was meant: a known method, named where nobody gets what it is. */
export function uncalledAt(node: ts.Expression, scope: FunctionScope): Uncalled | undefined {
  if (!ts.isPropertyAccessExpression(node)) return undefined;
  const use = dropped(node);
  if (!use) return undefined;
  const { symbols } = scope.context;
  const callback = ts.isArrowFunction(use) ? use : undefined;
  const effect = symbols.effectAt(node);
  if (!effect || !DEEDS.has(effect.effect) || !symbols.isMethod(node)) return undefined;
  if (callback && !isResultDropped(callback, scope)) return undefined;
  return {
    kind: "uncalled",
    text: node.getText(),
    aborts: effect.effect === "abort",
    callback: callback && scope.site(callback),
    site: scope.site(node),
  };
}

/** The statement, or the arrow function, whose whole value an expression is. */
function dropped(node: ts.Expression): ts.ExpressionStatement | ts.ArrowFunction | undefined {
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

function isResultDropped(callback: ts.ArrowFunction, scope: FunctionScope): boolean {
  if (scope.context.symbols.isResultIgnored(callback)) return true;
  let at: ts.Node = callback;
  while (ts.isParenthesizedExpression(at.parent)) at = at.parent;
  const call = at.parent;
  if (!ts.isCallExpression(call)) return false;
  const effect = scope.context.symbols.effectAt(unwrap(call.expression));
  return effect?.effect === "invoke" && effect.drops === true && call.arguments[effect.body] === at;
}
