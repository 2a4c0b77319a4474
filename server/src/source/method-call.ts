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
