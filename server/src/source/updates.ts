import { ts } from "./syntax.js";

/** The smallest node that covers the span. */
export function nodeAt(file: ts.SourceFile, start: number, end: number): ts.Node {
  let found: ts.Node = file;
  for (;;) {
    const inner: ts.Node | undefined = ts.forEachChild(found, (child) =>
      child.getStart(file) <= start && child.end >= end ? child : undefined,
    );
    if (!inner) return found;
    found = inner;
  }
}

/** Any assignment, compound ones included. */
export function isAssignment(node: ts.Node): node is ts.AssignmentExpression<ts.AssignmentOperatorToken> {
  return (
    ts.isBinaryExpression(node) &&
    node.operatorToken.kind >= ts.SyntaxKind.FirstAssignment &&
    node.operatorToken.kind <= ts.SyntaxKind.LastAssignment
  );
}

/** `++` or `--`, in front or behind. */
export function isStep(node: ts.Node): node is Step {
  return (
    (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) &&
    (node.operator === ts.SyntaxKind.PlusPlusToken || node.operator === ts.SyntaxKind.MinusMinusToken)
  );
}

interface Stepping {
  readonly operator: ts.SyntaxKind.PlusPlusToken | ts.SyntaxKind.MinusMinusToken;
}
export type Step = (ts.PrefixUnaryExpression & Stepping) | (ts.PostfixUnaryExpression & Stepping);

/** The place that is written when `node` is part of it: `v` and `value` of `v.value` lead to `v.value`. */
function placeAround(node: ts.Node): ts.Node {
  const parent = node.parent;
  const isPart =
    (ts.isPropertyAccessExpression(parent) && (parent.expression === node || parent.name === node)) ||
    (ts.isElementAccessExpression(parent) && parent.expression === node) ||
    (ts.isParenthesizedExpression(parent) && parent.expression === node) ||
    (ts.isNonNullExpression(parent) && parent.expression === node);
  return isPart ? placeAround(parent) : node;
}

/** The whole update (`v.value += 1`, `v[0]++`) when `node` is what it changes or a part of that; else `node`. */
export function updateAround(node: ts.Node): ts.Node {
  const place = placeAround(node);
  const parent = place.parent;
  if (isAssignment(parent) && parent.left === place) return parent;
  if (parent && isStep(parent) && parent.operand === place) return parent;
  return node;
}

/** What `v[i]++` and its relatives do, as far as an atomic operation has to repeat it. */
export interface ElementUpdate {
  /** The whole update. */
  readonly start: number;
  readonly end: number;
  readonly view: string;
  readonly index: string;
  readonly operator: "+" | "-" | "&" | "|" | "^";
  /** The other operand as written; undefined for `++` and `--`, whose operand is one. */
  readonly operand: string | undefined;
  /** Whether somebody uses the value of the update, and then whether it is the value before or after. */
  readonly result: "unused" | "before" | "after";
  /** Whether writing the operand twice changes nothing. */
  readonly isOperandRepeatable: boolean;
  /** Whether an operator may follow the new text without parentheses around it. */
  readonly standsAlone: boolean;
}

const COMPOUND: ReadonlyMap<ts.SyntaxKind, ElementUpdate["operator"]> = new Map([
  [ts.SyntaxKind.PlusEqualsToken, "+"],
  [ts.SyntaxKind.MinusEqualsToken, "-"],
  [ts.SyntaxKind.AmpersandEqualsToken, "&"],
  [ts.SyntaxKind.BarEqualsToken, "|"],
  [ts.SyntaxKind.CaretEqualsToken, "^"],
]);

const BINARY: ReadonlyMap<ts.SyntaxKind, ElementUpdate["operator"]> = new Map([
  [ts.SyntaxKind.PlusToken, "+"],
  [ts.SyntaxKind.MinusToken, "-"],
  [ts.SyntaxKind.AmpersandToken, "&"],
  [ts.SyntaxKind.BarToken, "|"],
  [ts.SyntaxKind.CaretToken, "^"],
]);

/** The element update around the span, or undefined where an atomic operation would not do the same. */
export function elementUpdateAt(file: ts.SourceFile, start: number, end: number): ElementUpdate | undefined {
  const node = updateAround(nodeAt(file, start, end));
  const shape = isStep(node) ? stepShape(node) : isAssignment(node) ? assignmentShape(node) : undefined;
  if (!shape) return undefined;
  const target = withoutParentheses(shape.target);
  if (!ts.isElementAccessExpression(target) || target.questionDotToken) return undefined;
  const operand = shape.operand;
  if (operand && (!isIntegral(operand) || containsSuspension(operand))) return undefined;
  return {
    start: node.getStart(file),
    end: node.end,
    view: target.expression.getText(file),
    index: target.argumentExpression.getText(file),
    operator: shape.operator,
    operand: operand?.getText(file),
    result: isUnused(node) ? "unused" : ts.isPostfixUnaryExpression(node) ? "before" : "after",
    isOperandRepeatable: operand === undefined || isRepeatable(operand),
    standsAlone: standsAlone(node),
  };
}

interface Shape {
  readonly target: ts.Expression;
  readonly operator: ElementUpdate["operator"];
  readonly operand: ts.Expression | undefined;
}

function stepShape(node: Step): Shape {
  const operator = node.operator === ts.SyntaxKind.PlusPlusToken ? "+" : "-";
  return { target: node.operand, operator, operand: undefined };
}

function assignmentShape(node: ts.AssignmentExpression<ts.AssignmentOperatorToken>): Shape | undefined {
  const compound = COMPOUND.get(node.operatorToken.kind);
  if (compound) return { target: node.left, operator: compound, operand: node.right };
  const right = withoutParentheses(node.right);
  if (node.operatorToken.kind !== ts.SyntaxKind.EqualsToken || !ts.isBinaryExpression(right)) return undefined;
  const operator = BINARY.get(right.operatorToken.kind);
  if (!operator || !isSamePlace(node.left)) return undefined;
  if (sameText(node.left, right.left)) return { target: node.left, operator, operand: right.right };
  if (operator !== "-" && sameText(node.left, right.right)) return { target: node.left, operator, operand: right.left };
  return undefined;
}

/** Whether evaluating the place twice (as `v[i] = v[i] + 1` does) means the same element both times. */
function isSamePlace(place: ts.Expression): boolean {
  const bare = withoutParentheses(place);
  return ts.isElementAccessExpression(bare) && isRepeatable(bare.expression) && isRepeatable(bare.argumentExpression);
}

function sameText(a: ts.Expression, b: ts.Expression): boolean {
  return withoutSpace(withoutParentheses(a)) === withoutSpace(withoutParentheses(b));
}

function withoutSpace(node: ts.Node): string {
  return node.getText().replace(/\s+/g, "");
}

function withoutParentheses(node: ts.Expression): ts.Expression {
  return ts.isParenthesizedExpression(node) || ts.isNonNullExpression(node)
    ? withoutParentheses(node.expression)
    : node;
}

function isRepeatable(node: ts.Expression): boolean {
  const bare = withoutParentheses(node);
  if (ts.isIdentifier(bare) || ts.isLiteralExpression(bare) || bare.kind === ts.SyntaxKind.ThisKeyword) return true;
  if (ts.isPropertyAccessExpression(bare)) return isRepeatable(bare.expression);
  if (ts.isElementAccessExpression(bare)) return isRepeatable(bare.expression) && isRepeatable(bare.argumentExpression);
  if (isStep(bare) || isAssignment(bare)) return false;
  if (ts.isPrefixUnaryExpression(bare)) return isRepeatable(bare.operand);
  return ts.isBinaryExpression(bare) && isRepeatable(bare.left) && isRepeatable(bare.right);
}

const ROUNDING = /^Math\.(floor|round|trunc|ceil|imul|clz32|sign)$/;

/**
 * Whether nothing in the operand looks fractional. The plain update adds first and truncates then, `Atomics.add`
 * truncates its operand first: with fractions the two differ.
 */
function isIntegral(node: ts.Expression): boolean {
  const bare = withoutParentheses(node);
  if (ts.isNumericLiteral(bare)) return Number.isInteger(Number(bare.text));
  if (ts.isStringLiteralLike(bare) || ts.isTemplateExpression(bare)) return false;
  if (ts.isCallExpression(bare)) {
    const callee = bare.expression.getText();
    return ROUNDING.test(callee) || !callee.startsWith("Math.");
  }
  if (ts.isBinaryExpression(bare)) {
    const kind = bare.operatorToken.kind;
    if (kind >= ts.SyntaxKind.BarToken && kind <= ts.SyntaxKind.CaretToken) return true;
    if (kind === ts.SyntaxKind.AmpersandToken) return true;
    if (kind === ts.SyntaxKind.SlashToken) return false;
    return isIntegral(bare.left) && isIntegral(bare.right);
  }
  if (ts.isConditionalExpression(bare)) return isIntegral(bare.whenTrue) && isIntegral(bare.whenFalse);
  return true;
}

function containsSuspension(node: ts.Node): boolean {
  if (ts.isAwaitExpression(node) || ts.isYieldExpression(node)) return true;
  if (ts.isFunctionLike(node)) return false;
  return ts.forEachChild(node, (child) => containsSuspension(child) || undefined) ?? false;
}

function isUnused(node: ts.Node): boolean {
  const parent = node.parent;
  if (ts.isParenthesizedExpression(parent)) return isUnused(parent);
  if (ts.isExpressionStatement(parent) || ts.isVoidExpression(parent)) return true;
  return ts.isForStatement(parent) && (parent.incrementor === node || parent.initializer === node);
}

function standsAlone(node: ts.Node): boolean {
  const parent = node.parent;
  return (
    ts.isExpressionStatement(parent) ||
    ts.isParenthesizedExpression(parent) ||
    ts.isVariableDeclaration(parent) ||
    ts.isReturnStatement(parent) ||
    ts.isArrowFunction(parent) ||
    ts.isTemplateSpan(parent) ||
    ts.isForStatement(parent) ||
    ts.isIfStatement(parent) ||
    ts.isWhileStatement(parent) ||
    ts.isDoStatement(parent) ||
    ts.isSwitchStatement(parent) ||
    ts.isPropertyAssignment(parent) ||
    ts.isArrayLiteralExpression(parent) ||
    (ts.isCallExpression(parent) && parent.expression !== node) ||
    (ts.isElementAccessExpression(parent) && parent.argumentExpression === node) ||
    (isAssignment(parent) && parent.right === node)
  );
}
