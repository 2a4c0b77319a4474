import { ts } from "../source/syntax.js";
import { isFunctionNode, unwrap } from "./declarations.js";

/** Whether the code runs in a `finally`, whose business is to give back what the `try` had. */
export function isInFinally(node: ts.Node): boolean {
  for (let at = node; at.parent && !isFunctionNode(at); at = at.parent) {
    if (ts.isTryStatement(at.parent) && at.parent.finallyBlock === at) return true;
  }
  return false;
}

/** `() => {}`, without a word inside that says why. */
export function isEmptyFunction(node: ts.Expression | undefined): boolean {
  const body = node && isFunctionNode(unwrap(node)) ? (unwrap(node) as ts.ArrowFunction).body : undefined;
  if (!body || !ts.isBlock(body) || body.statements.length > 0) return false;
  return !holdsMore(body.getSourceFile().text.slice(body.getStart() + 1, body.end - 1));
}

/** The statement that consists of nothing but the call, awaited or not. */
export function ownStatement(call: ts.Node): ts.Statement | undefined {
  let at = call;
  while (ts.isAwaitExpression(at.parent) || ts.isParenthesizedExpression(at.parent)) at = at.parent;
  if (ts.isVariableDeclaration(at.parent)) return at.parent.parent.parent as ts.Statement;
  return ts.isExpressionStatement(at.parent) ? at.parent : undefined;
}

/** The statement right behind another one, with no line of remarks between them; `end` where the block ends there. */
export function nextStatement(statement: ts.Statement): ts.Statement | "end" | undefined {
  const { parent } = statement;
  if (!ts.isBlock(parent) && !ts.isSourceFile(parent) && !ts.isCaseOrDefaultClause(parent)) return undefined;
  const siblings: readonly ts.Statement[] = parent.statements;
  const next = siblings[siblings.indexOf(statement) + 1];
  const { text } = statement.getSourceFile();
  if (next) return holdsMore(text.slice(statement.end, next.getStart())) ? undefined : next;
  return ts.isBlock(parent) && !holdsMore(text.slice(statement.end, parent.end - 1)) ? "end" : undefined;
}

/** Whether a remark stands directly above the statement. */
export function hasRemark(statement: ts.Statement): boolean {
  const { text } = statement.getSourceFile();
  return (ts.getLeadingCommentRanges(text, statement.pos) ?? []).length > 0;
}

/** Whether there is more between two pieces of code than white space and the end of a line: a remark of its own. */
function holdsMore(text: string): boolean {
  return /\S/.test(text.replace(/^[ \t]*\/\/.*/, ""));
}
