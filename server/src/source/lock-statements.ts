import { statementsOf } from "./dependence.js";
import { indentationAt, isFirstOnLine, layoutOf, lineStart, linesOf, startWithComments } from "./layout.js";
import { type CallPlace, type Change, removal, withAwait } from "./lock-calls.js";
import { isIdle } from "./outliving.js";
import { ts } from "./syntax.js";
import { nodeAt } from "./updates.js";

/** `try { lock.acquire(); …` becomes `lock.acquire(); try { …`. */
export function movedBeforeTry(file: ts.SourceFile, place: CallPlace): readonly Change[] | undefined {
  const statement = withAwait(nodeAt(file, place.start, place.end)).parent;
  const block = statement.parent;
  if (!ts.isExpressionStatement(statement) || !ts.isBlock(block) || !ts.isTryStatement(block.parent)) return undefined;
  const tried = block.parent;
  const before = block.statements.slice(0, block.statements.indexOf(statement));
  if (tried.tryBlock !== block || !before.every(isIdle) || !statementsOf(tried.parent)) return undefined;
  const start = tried.getStart(file);
  if (!isFirstOnLine(file.text, start)) return undefined;
  const { newline, unit } = layoutOf(file);
  const from = startWithComments(file, statement);
  const moved = linesOf(file, from, statement.end).map(({ text }) => text.replace(unit, ""));
  const newText = [...moved, indentationAt(file.text, start)].join(newline);
  return [
    { start, end: start, newText },
    { ...removal(file, statement), start: lineStart(file.text, from) },
  ];
}

/** `lock.acquire()` becomes `lock.release()`. */
export function releasedInstead(file: ts.SourceFile, place: CallPlace): readonly Change[] | undefined {
  const call = nodeAt(file, place.start, place.end);
  const whole = withAwait(call);
  if (!ts.isCallExpression(call) || !ts.isPropertyAccessExpression(call.expression) || call.arguments.length > 0)
    return undefined;
  if (!ts.isExpressionStatement(whole.parent)) return undefined;
  const newText = `${call.expression.expression.getText(file)}.release()`;
  return [{ start: whole.getStart(file), end: whole.end, newText }];
}

/** Without a section in which nothing happens: its call, its guard, or its acquire and release. */
export function withoutSection(file: ts.SourceFile, place: CallPlace): readonly Change[] | undefined {
  const receiver = nodeAt(file, place.start, place.end);
  const isReceiver = ts.isPropertyAccessExpression(receiver.parent) && ts.isCallExpression(receiver.parent.parent);
  const call = isReceiver ? receiver.parent.parent : receiver;
  const { parent } = withAwait(call);
  if (ts.isVariableDeclaration(parent)) {
    const list = parent.parent;
    const isOnly = ts.isVariableDeclarationList(list) && list.declarations.length === 1;
    return isOnly && ts.isVariableStatement(list.parent) ? [removal(file, list.parent)] : undefined;
  }
  const siblings = parent.parent && statementsOf(parent.parent);
  if (!ts.isExpressionStatement(parent) || !siblings) return undefined;
  if (isReceiver && ts.isCallExpression(call) && call.arguments.length > 0) return [removal(file, parent)];
  const next = siblings[siblings.indexOf(parent) + 1];
  return next && [removal(file, parent), removal(file, next)];
}
