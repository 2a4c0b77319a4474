import { indentationAt, isFirstOnLine } from "./layout.js";
import { ts } from "./syntax.js";
import { nodeAt } from "./updates.js";

/** A call of a method, as far as a fix must know it that calls another method in its place. */
export interface MethodCall {
  readonly start: number;
  readonly end: number;
  readonly name: { readonly start: number; readonly end: number };
  /** Whether `await` stands in front of it. */
  readonly isAwaited: boolean;
  /** Whether its result is what the function around it returns. */
  readonly isReturned: boolean;
  /** Whether `await` may stand in front of it. */
  readonly mayAwait: boolean;
  /** Whether `await` in front of it would bind to more than the call. */
  readonly needsParentheses: boolean;
}

/** The method call that the span is, or whose receiver it is. */
export function methodCallAt(file: ts.SourceFile, start: number, end: number): MethodCall | undefined {
  const call = callOf(nodeAt(file, start, end));
  if (!call || !ts.isPropertyAccessExpression(call.expression)) return undefined;
  const { name } = call.expression;
  const { parent } = call;
  return {
    start: call.getStart(file),
    end: call.end,
    name: { start: name.getStart(file), end: name.end },
    isAwaited: ts.isAwaitExpression(parent),
    isReturned: ts.isReturnStatement(parent) || (ts.isArrowFunction(parent) && parent.body === call),
    mayAwait: allowsAwait(call),
    needsParentheses:
      (ts.isPropertyAccessExpression(parent) || ts.isElementAccessExpression(parent) || ts.isCallExpression(parent)) &&
      parent.expression === call,
  };
}

/** Whether a method of the object is named in the span without being called: whoever gets it may call it later. */
export function handsOutMethod(
  file: ts.SourceFile,
  { start, end }: { readonly start: number; readonly end: number },
  object: string,
): boolean {
  const visit = (node: ts.Node): boolean => {
    if (node.end < start || node.pos > end) return false;
    if (ts.isPropertyAccessExpression(node) && node.expression.getText(file) === object) {
      const isCalled = ts.isCallExpression(node.parent) && node.parent.expression === node;
      if (!isCalled && node.getStart(file) >= start && node.end <= end) return true;
    }
    return ts.forEachChild(node, (child) => visit(child) || undefined) ?? false;
  };
  return visit(file);
}

function callOf(node: ts.Node): ts.CallExpression | undefined {
  if (ts.isCallExpression(node)) return node;
  const { parent } = node;
  if (!parent || !ts.isPropertyAccessExpression(parent) || parent.expression !== node) return undefined;
  return ts.isCallExpression(parent.parent) && parent.parent.expression === parent ? parent.parent : undefined;
}

function allowsAwait(node: ts.Node): boolean {
  for (let at = node.parent; at; at = at.parent) {
    if (ts.isFunctionLike(at)) {
      return ts.canHaveModifiers(at) && (ts.getModifiers(at) ?? []).some((m) => m.kind === ts.SyntaxKind.AsyncKeyword);
    }
    if (ts.isClassStaticBlockDeclaration(at)) return false;
    if (ts.isSourceFile(at)) return ts.isExternalModule(at) && !/\.c[jt]s$/.test(at.fileName);
  }
  return false;
}

/** A call that is a statement of its own and stands on a line of its own. */
export interface CallStatement {
  readonly end: number;
  readonly indentation: string;
  readonly callee: string;
  readonly args: readonly string[];
}

/** The statement that the call at the span makes up. */
export function callStatementAt(file: ts.SourceFile, start: number, end: number): CallStatement | undefined {
  const call = nodeAt(file, start, end);
  if (!ts.isCallExpression(call) || !ts.isExpressionStatement(call.parent)) return undefined;
  const statement = call.parent;
  if (!ts.isBlock(statement.parent) && !ts.isSourceFile(statement.parent)) return undefined;
  const from = statement.getStart(file);
  if (!isFirstOnLine(file.text, from)) return undefined;
  return {
    end: statement.end,
    indentation: indentationAt(file.text, from),
    callee: call.expression.getText(file),
    args: call.arguments.map((argument) => argument.getText(file)),
  };
}

/** A piece of text, and where it stands. */
export interface Piece {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** A name or a number: an operator may follow without parentheses around it. */
  readonly isSimple: boolean;
}

/** `new C(…)` at the span. */
export function newExpressionAt(
  file: ts.SourceFile,
  start: number,
  end: number,
): { readonly callee: Piece; readonly args: readonly Piece[] } | undefined {
  const node = nodeAt(file, start, end);
  if (!ts.isNewExpression(node)) return undefined;
  const piece = (part: ts.Node): Piece => ({
    start: part.getStart(file),
    end: part.end,
    text: part.getText(file),
    isSimple: ts.isIdentifier(part) || ts.isNumericLiteral(part) || ts.isPropertyAccessExpression(part),
  });
  return { callee: piece(node.expression), args: (node.arguments ?? []).map(piece) };
}

/** `view[index]` at the span. */
export function elementAt(
  file: ts.SourceFile,
  start: number,
  end: number,
): { readonly view: string; readonly index: string } | undefined {
  const node = nodeAt(file, start, end);
  if (!ts.isElementAccessExpression(node)) return undefined;
  return { view: node.expression.getText(file), index: node.argumentExpression.getText(file) };
}

/** `view[index] = value` at the span; `isStatement` where nobody uses its value. */
export function elementWriteAt(
  file: ts.SourceFile,
  start: number,
  end: number,
):
  | { readonly view: string; readonly index: string; readonly value: string; readonly isStatement: boolean }
  | undefined {
  const node = nodeAt(file, start, end);
  if (!ts.isBinaryExpression(node) || node.operatorToken.kind !== ts.SyntaxKind.EqualsToken) return undefined;
  if (!ts.isElementAccessExpression(node.left)) return undefined;
  return {
    view: node.left.expression.getText(file),
    index: node.left.argumentExpression.getText(file),
    value: node.right.getText(file),
    isStatement: ts.isExpressionStatement(node.parent),
  };
}

/** The keyword of the `if` that decides about nothing but the statement which the call at the span is. */
export function ifAround(
  file: ts.SourceFile,
  start: number,
  end: number,
): { readonly start: number; readonly end: number } | undefined {
  let at: ts.Node = nodeAt(file, start, end);
  if (ts.isAwaitExpression(at.parent)) at = at.parent;
  if (!ts.isExpressionStatement(at.parent)) return undefined;
  at = at.parent;
  if (ts.isBlock(at.parent) && at.parent.statements.length === 1) at = at.parent;
  const { parent } = at;
  if (!ts.isIfStatement(parent) || parent.thenStatement !== at || parent.elseStatement) return undefined;
  const from = parent.getStart(file);
  return { start: from, end: from + "if".length };
}
