import { bodyAround, covers, decisiveAccesses, someInBody } from "./dependence.js";
import { ts } from "./syntax.js";
import { isAssignment, nodeAt, updateAround } from "./updates.js";

/** A stretch of the source. */
interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * Whether what is read at `read` decides if `change` is made, or what it writes. The change may stand in a function
 * that is written inside the reading one, or be the call that leads to it.
 */
export function decidesChange(file: ts.SourceFile, read: Span, change: Span): boolean {
  const source = updateAround(nodeAt(file, read.start, read.end));
  const body = bodyAround(source);
  let node = updateAround(nodeAt(file, change.start, change.end));
  if (!covers(body, node)) return false;
  while (bodyAround(node) !== body) {
    node = bodyAround(node);
    if (ts.isSourceFile(node)) return false;
  }
  return decisiveAccesses(node, [source]).has(source);
}

/** Whether the assignment at the span writes what is the same every time. */
export function writesLiteral(file: ts.SourceFile, { start, end }: Span): boolean {
  const node = updateAround(nodeAt(file, start, end));
  if (!isAssignment(node)) return false;
  const { kind } = node.right;
  return (
    ts.isLiteralExpression(node.right) || kind === ts.SyntaxKind.TrueKeyword || kind === ts.SyntaxKind.FalseKeyword
  );
}

/**
 * Whether two reads meet in one expression that makes sense only if both come from the same moment: a calculation, a
 * comparison, the parts of one object. What is only printed, or asked again and again until it fits, is none.
 */
export function mustFitTogether(file: ts.SourceFile, one: Span, two: Span): boolean {
  const node = nodeAt(file, Math.min(one.start, two.start), Math.max(one.end, two.end));
  if (ts.isBinaryExpression(node)) return isCalculation(node) && !isAskedAgain(node);
  const isPart =
    ts.isObjectLiteralExpression(node) ||
    ts.isArrayLiteralExpression(node) ||
    ts.isCallExpression(node) ||
    ts.isNewExpression(node);
  return isPart && !isAskedAgain(node) && !isPrinted(node);
}

const CALCULATIONS: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.MinusToken,
  ts.SyntaxKind.AsteriskToken,
  ts.SyntaxKind.SlashToken,
  ts.SyntaxKind.PercentToken,
  ts.SyntaxKind.LessThanToken,
  ts.SyntaxKind.LessThanEqualsToken,
  ts.SyntaxKind.GreaterThanToken,
  ts.SyntaxKind.GreaterThanEqualsToken,
  ts.SyntaxKind.EqualsEqualsToken,
  ts.SyntaxKind.EqualsEqualsEqualsToken,
  ts.SyntaxKind.ExclamationEqualsToken,
  ts.SyntaxKind.ExclamationEqualsEqualsToken,
]);

function isCalculation(node: ts.BinaryExpression): boolean {
  const { kind } = node.operatorToken;
  if (kind !== ts.SyntaxKind.PlusToken) return CALCULATIONS.has(kind);
  return !someInBody(node, (inner) => ts.isStringLiteralLike(inner) || ts.isTemplateExpression(inner));
}

function isAskedAgain(expression: ts.Node): boolean {
  for (let node = expression; ts.isExpression(node); node = node.parent) {
    const { parent } = node;
    if ((ts.isWhileStatement(parent) || ts.isDoStatement(parent)) && parent.expression === node) return true;
    if (ts.isForStatement(parent) && parent.condition === node) return true;
  }
  return false;
}

function isPrinted(expression: ts.Node): boolean {
  for (let node = expression; ts.isExpression(node) || ts.isTemplateSpan(node); node = node.parent) {
    if (ts.isCallExpression(node) && isConsole(node.expression)) return true;
  }
  return false;
}

function isConsole(callee: ts.Expression): boolean {
  return (
    ts.isPropertyAccessExpression(callee) && ts.isIdentifier(callee.expression) && callee.expression.text === "console"
  );
}

/** Whether the assignment or call at the span writes zero or `false`. */
export function writesNothing(file: ts.SourceFile, { start, end }: Span): boolean {
  const node = updateAround(nodeAt(file, start, end));
  const written = isAssignment(node) ? node.right : ts.isCallExpression(node) ? node.arguments.at(-1) : undefined;
  return written !== undefined && /^(?:0n?|false)$/.test(written.getText(file));
}

/** What is asked of the value that is read: the largest expression around it, without white space. */
export function testAround(file: ts.SourceFile, { start, end }: Span): string {
  let node: ts.Node = nodeAt(file, start, end);
  while (ts.isExpression(node.parent) && !ts.isFunctionLike(node.parent) && !ts.isCallExpression(node.parent))
    node = node.parent;
  return node.getText(file).replace(/\s+/g, "");
}

/** Whether writing `written` at the span leaves `value === 0`, `!value` and the like true, which is no news to who asks so. */
export function confirms(file: ts.SourceFile, span: Span, asked: string): boolean {
  return /^!|={2,3}(?:0n?|false)$/.test(asked) && writesNothing(file, span);
}
