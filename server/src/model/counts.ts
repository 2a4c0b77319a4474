import { ts } from "../source/syntax.js";
import type { Effect } from "./catalogue/index.js";
import { enclosingFunction, isFunctionNode, unwrap } from "./declarations.js";
import type { Count } from "./events.js";
import type { Invocation } from "./spawns.js";

type Does = Count["does"] | undefined;

/** What an operation on a number in shared memory is to those who count there. */
export function countAt(node: Invocation, effect: Effect & { effect: "access" }): Does {
  const { adds, subtracts, access } = effect;
  if (access === "read") return awaitsZero(node) ? "drain" : undefined;
  const amount = node.arguments?.[adds ?? subtracts ?? -1];
  if (!amount) return undefined;
  return isNegative(amount) === (adds !== undefined) ? "lower" : "raise";
}

/** What a method is to those who count what is to be done. */
export function countOf(effect: Effect & { effect: "wait" | "notify" }): Does {
  if (effect.effect === "wait") return effect.drains ? "drain" : undefined;
  return effect.counts && (effect.counts === "up" ? "raise" : "lower");
}

/** `value++`, `value -= 1` */
export function countBy(node: ts.PrefixUnaryExpression | ts.PostfixUnaryExpression | ts.BinaryExpression): Does {
  const operator = ts.isBinaryExpression(node) ? node.operatorToken.kind : node.operator;
  if (operator === ts.SyntaxKind.PlusPlusToken) return "raise";
  if (operator === ts.SyntaxKind.MinusMinusToken) return "lower";
  const isUp = operator === ts.SyntaxKind.PlusEqualsToken;
  if (!ts.isBinaryExpression(node) || (!isUp && operator !== ts.SyntaxKind.MinusEqualsToken)) return undefined;
  return isNegative(node.right) === isUp ? "lower" : "raise";
}

/** Amounts are taken for positive where no sign says otherwise. */
function isNegative(amount: ts.Expression): boolean {
  const node = unwrap(amount);
  return ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.MinusToken;
}

/** Whether a look at a number is what a loop goes on for until there is nothing left: `while (Atomics.load(n, 0) > 0)`. */
export function awaitsZero(look: ts.Expression): boolean {
  if (decidesAtZero(look)) return true;
  const { parent } = wrapped(look);
  if (!ts.isVariableDeclaration(parent) || !ts.isIdentifier(parent.name)) return false;
  const { name } = parent;
  const visit = (node: ts.Node): boolean => {
    if (isFunctionNode(node)) return false;
    if (ts.isIdentifier(node) && node !== name && node.text === name.text && decidesAtZero(node)) return true;
    return ts.forEachChild(node, (child) => visit(child) || undefined) ?? false;
  };
  return ts.forEachChild(enclosingFunction(look), (child) => visit(child) || undefined) ?? false;
}

/** Whether a loop ends where the value is zero, and goes on where it is more. */
function decidesAtZero(value: ts.Expression): boolean {
  let at = wrapped(value);
  // `while ((left = Atomics.load(n, 0)) > 0)`
  if (ts.isBinaryExpression(at.parent) && at.parent.right === at && isPlainAssignment(at.parent))
    at = wrapped(at.parent);
  let isZero = false;
  if (ts.isBinaryExpression(at.parent)) {
    const compared = comparison(at.parent, at);
    if (compared === undefined) return false;
    isZero = compared;
    at = wrapped(at.parent);
  }
  for (; ts.isPrefixUnaryExpression(at.parent); at = wrapped(at.parent)) {
    if (at.parent.operator !== ts.SyntaxKind.ExclamationToken) return false;
    isZero = !isZero;
  }
  const { parent } = at;
  if (ts.isWhileStatement(parent) || ts.isDoStatement(parent)) return parent.expression === at && !isZero;
  if (ts.isForStatement(parent)) return parent.condition === at && !isZero;
  return ts.isIfStatement(parent) && parent.expression === at && isZero && leavesLoop(parent);
}

/** What a comparison with a number says where the other side is zero; undefined if it says the same of some above. */
function comparison({ left, operatorToken, right }: ts.BinaryExpression, value: ts.Node): boolean | undefined {
  const isLeft = left === value;
  const other = unwrap(isLeft ? right : left);
  if (!ts.isNumericLiteral(other) && !ts.isBigIntLiteral(other)) return undefined;
  const bound = Number(other.text.replace(/n$/, ""));
  const operator = isLeft ? operatorToken.kind : MIRRORED.get(operatorToken.kind);
  if (bound === 1) {
    if (operator === ts.SyntaxKind.LessThanToken) return true;
    return operator === ts.SyntaxKind.GreaterThanEqualsToken ? false : undefined;
  }
  return bound === 0 && operator !== undefined ? AT_ZERO.get(operator) : undefined;
}

/** What comparisons with zero say of zero, as far as they say the opposite of all that is above. */
const AT_ZERO: ReadonlyMap<ts.SyntaxKind, boolean> = new Map([
  [ts.SyntaxKind.GreaterThanToken, false],
  [ts.SyntaxKind.ExclamationEqualsToken, false],
  [ts.SyntaxKind.ExclamationEqualsEqualsToken, false],
  [ts.SyntaxKind.EqualsEqualsToken, true],
  [ts.SyntaxKind.EqualsEqualsEqualsToken, true],
  [ts.SyntaxKind.LessThanEqualsToken, true],
]);

/** The same comparison, read from the right. */
const MIRRORED: ReadonlyMap<ts.SyntaxKind, ts.SyntaxKind> = new Map([
  [ts.SyntaxKind.LessThanToken, ts.SyntaxKind.GreaterThanToken],
  [ts.SyntaxKind.GreaterThanToken, ts.SyntaxKind.LessThanToken],
  [ts.SyntaxKind.LessThanEqualsToken, ts.SyntaxKind.GreaterThanEqualsToken],
  [ts.SyntaxKind.GreaterThanEqualsToken, ts.SyntaxKind.LessThanEqualsToken],
  [ts.SyntaxKind.EqualsEqualsToken, ts.SyntaxKind.EqualsEqualsToken],
  [ts.SyntaxKind.EqualsEqualsEqualsToken, ts.SyntaxKind.EqualsEqualsEqualsToken],
  [ts.SyntaxKind.ExclamationEqualsToken, ts.SyntaxKind.ExclamationEqualsToken],
  [ts.SyntaxKind.ExclamationEqualsEqualsToken, ts.SyntaxKind.ExclamationEqualsEqualsToken],
]);

/** `for (;;) { …; if (left === 0) break; … }` */
function leavesLoop({ thenStatement, parent }: ts.IfStatement): boolean {
  const then = ts.isBlock(thenStatement) ? thenStatement.statements.at(-1) : thenStatement;
  if (!then || !(ts.isBreakStatement(then) || ts.isReturnStatement(then))) return false;
  const loop = ts.isBlock(parent) ? parent.parent : parent;
  return isEndless(loop);
}

function isEndless(node: ts.Node): boolean {
  if (ts.isForStatement(node)) return node.condition === undefined;
  return ts.isWhileStatement(node) && node.expression.kind === ts.SyntaxKind.TrueKeyword;
}

function isPlainAssignment({ operatorToken }: ts.BinaryExpression): boolean {
  return operatorToken.kind === ts.SyntaxKind.EqualsToken;
}

/** With the parentheses around it. */
function wrapped(node: ts.Expression): ts.Expression {
  let at = node;
  while (ts.isParenthesizedExpression(at.parent) || ts.isNonNullExpression(at.parent)) at = at.parent;
  return at;
}
