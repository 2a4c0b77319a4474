import { someInBody, statementsOf } from "./dependence.js";
import { boundNames } from "./imports.js";
import { indentationAt, isFirstOnLine, layoutOf } from "./layout.js";
import type { CallPlace, Change } from "./lock-calls.js";
import { unusedName } from "./new-lock.js";
import { suspends } from "./outliving.js";
import { ts } from "./syntax.js";
import { isAssignment, nodeAt } from "./updates.js";

/**
 * `total += await price()` becomes `const price = await price(); total += price`: what is waited for comes first, and
 * nothing is between the reading and the writing.
 *
 * @param put the assignment
 */
export function awaitedFirst(file: ts.SourceFile, put: CallPlace): readonly Change[] | undefined {
  const update = nodeAt(file, put.start, put.end);
  const statement = update.parent;
  if (!isAssignment(update) || !ts.isExpressionStatement(statement) || !statementsOf(statement.parent))
    return undefined;
  const start = statement.getStart(file);
  if (!isFirstOnLine(file.text, start)) return undefined;
  const isStep = update.operatorToken.kind !== ts.SyntaxKind.EqualsToken;
  const waited = isStep ? update.right : onlyWait(update.right);
  // What else is done there must stay in front of the wait.
  if (!waited || !someInBody(waited, suspends) || isConditional(waited, update)) return undefined;
  const isBefore = (node: ts.Node): boolean => ts.isCallLikeExpression(node) && node.end <= waited.getStart(file);
  if (someInBody(update, isBefore)) return undefined;
  const name = unusedName(file, nameFor(waited));
  const { newline, semicolon } = layoutOf(file);
  const declaration = `const ${name} = ${bare(waited, file)}${semicolon}${newline}${indentationAt(file.text, start)}`;
  return [
    { start, end: start, newText: declaration },
    { start: waited.getStart(file), end: waited.end, newText: name },
  ];
}

/** `const id = last; await …; last = id + 1` becomes `const id = last++; await …`. */
export function countedFirst(file: ts.SourceFile, put: CallPlace): readonly Change[] | undefined {
  const update = nodeAt(file, put.start, put.end);
  const statement = update.parent;
  const list = statement.parent && statementsOf(statement.parent);
  if (!isAssignment(update) || !ts.isExpressionStatement(statement) || !list) return undefined;
  const { right } = update;
  const isNext =
    update.operatorToken.kind === ts.SyntaxKind.EqualsToken &&
    ts.isBinaryExpression(right) &&
    right.operatorToken.kind === ts.SyntaxKind.PlusToken &&
    ts.isIdentifier(right.left) &&
    right.right.getText(file) === "1";
  if (!isNext || !ts.isIdentifier(right.left)) return undefined;
  const name = right.left.text;
  const state = update.left.getText(file);
  const read = list.find((each) => ts.isVariableStatement(each) && boundBy(each).includes(name));
  if (!read || !ts.isVariableStatement(read) || !(read.declarationList.flags & ts.NodeFlags.Const)) return undefined;
  const [declared, ...more] = read.declarationList.declarations;
  if (!declared?.initializer || more.length > 0 || declared.initializer.getText(file) !== state) return undefined;
  // Whoever returns in between does not count.
  const between = list.slice(list.indexOf(read) + 1, list.indexOf(statement));
  if (between.some((each) => someInBody(each, (node) => ts.isReturnStatement(node) || mentions(node, state, file))))
    return undefined;
  return [
    { start: declared.initializer.end, end: declared.initializer.end, newText: "++" },
    { start: statement.pos, end: statement.end, newText: "" },
  ];
}

function boundBy(statement: ts.VariableStatement): readonly string[] {
  return statement.declarationList.declarations.flatMap(({ name }) => boundNames(name));
}

function mentions(node: ts.Node, state: string, file: ts.SourceFile): boolean {
  return ts.isExpression(node) && node.getText(file) === state;
}

/** The one part of an expression that is waited for, with the members that are read of it. */
function onlyWait(expression: ts.Expression): ts.Expression | undefined {
  const waits: ts.Expression[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node)) return;
    if (ts.isAwaitExpression(node)) waits.push(node);
    else ts.forEachChild(node, visit);
  };
  visit(expression);
  const [only, ...more] = waits;
  if (!only || more.length > 0) return undefined;
  let whole: ts.Expression = only;
  while (ts.isParenthesizedExpression(whole.parent) || isMemberOf(whole)) whole = whole.parent as ts.Expression;
  return whole;
}

function isMemberOf(node: ts.Node): boolean {
  return ts.isPropertyAccessExpression(node.parent) && !ts.isCallExpression(node.parent.parent);
}

/** Whether something decides in the assignment whether this is waited for at all. */
function isConditional(waited: ts.Node, update: ts.Node): boolean {
  const SKIPS = [ts.SyntaxKind.AmpersandAmpersandToken, ts.SyntaxKind.BarBarToken, ts.SyntaxKind.QuestionQuestionToken];
  for (let at = waited; at !== update; at = at.parent) {
    const { parent } = at;
    if (ts.isConditionalExpression(parent) && parent.condition !== at) return true;
    if (ts.isBinaryExpression(parent) && parent !== update && SKIPS.includes(parent.operatorToken.kind as never)) {
      if (parent.right === at) return true;
    }
  }
  const operator = (update as ts.BinaryExpression).operatorToken.kind;
  return (
    operator === ts.SyntaxKind.QuestionQuestionEqualsToken ||
    operator === ts.SyntaxKind.BarBarEqualsToken ||
    operator === ts.SyntaxKind.AmpersandAmpersandEqualsToken
  );
}

/** What is read of it, or what is asked for. */
function nameFor(waited: ts.Expression): string {
  const node = ts.isParenthesizedExpression(waited) ? waited.expression : waited;
  if (ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.name)) return node.name.text;
  return "awaited";
}

function bare(waited: ts.Expression, file: ts.SourceFile): string {
  return (ts.isParenthesizedExpression(waited) ? waited.expression : waited).getText(file);
}
