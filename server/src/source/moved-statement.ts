import { covers, statementsOf } from "./dependence.js";
import { indentationAt, isFirstOnLine, isLastOnLine, layoutOf, lineStart } from "./layout.js";
import { type CallPlace, type Change, removal } from "./lock-calls.js";
import { ts } from "./syntax.js";
import { nodeAt, updateAround } from "./updates.js";

/** The statement at `place`, with the notifications that follow it, comes behind the last of `others` in its list. */
export function movedBehind(
  file: ts.SourceFile,
  place: CallPlace,
  others: readonly CallPlace[],
): readonly Change[] | undefined {
  const { parent: statement } = updateAround(nodeAt(file, place.start, place.end));
  const list = statement.parent && statementsOf(statement.parent);
  if (!ts.isExpressionStatement(statement) || !list) return undefined;
  const first = list.indexOf(statement);
  let last = first;
  while (isNotification(list[last + 1])) last++;
  const nodes = others.map(({ start, end }) => nodeAt(file, start, end));
  const target = list.findLast((candidate) => nodes.some((node) => covers(candidate, node)));
  const moved = list.slice(first, last + 1);
  if (!target || list.indexOf(target) <= last) return undefined;
  const isApart = [...moved, target].every(
    (each) => isFirstOnLine(file.text, each.getStart(file)) && isLastOnLine(file.text, each.end),
  );
  if (!isApart) return undefined;
  const { newline } = layoutOf(file);
  const lines = moved.map((each) => file.text.slice(lineStart(file.text, each.getStart(file)), each.end));
  const newText = lines.map((line) => newline + line).join("");
  return [...moved.map((each) => removal(file, each)), { start: target.end, end: target.end, newText }];
}

function isNotification(statement: ts.Statement | undefined): boolean {
  if (!statement || !ts.isExpressionStatement(statement) || !ts.isCallExpression(statement.expression)) return false;
  return statement.expression.expression.getText() === "Atomics.notify";
}

/** The statement at `place` comes before the call at `target`, in whatever function that stands. */
export function movedBefore(file: ts.SourceFile, place: CallPlace, target: CallPlace): readonly Change[] | undefined {
  const { parent: statement } = updateAround(nodeAt(file, place.start, place.end));
  const call = nodeAt(file, target.start, target.end);
  if (!ts.isExpressionStatement(statement) || !statementsOf(statement.parent)) return undefined;
  if (!isFirstOnLine(file.text, statement.getStart(file)) || !isLastOnLine(file.text, statement.end)) return undefined;
  const { newline, unit, semicolon } = layoutOf(file);
  const text = statement.getText(file);
  const { parent } = call;
  if (ts.isExpressionStatement(parent) && statementsOf(parent.parent)) {
    const start = parent.getStart(file);
    const newText = `${text}${newline}${indentationAt(file.text, start)}`;
    return [{ start, end: start, newText }, removal(file, statement)];
  }
  if (!ts.isArrowFunction(parent) || parent.body !== call) return undefined;
  const outer = indentationAt(file.text, call.getStart(file));
  const lines = [text, `${call.getText(file)}${semicolon}`].map((line) => outer + unit + line);
  const newText = ["{", ...lines, `${outer}}`].join(newline);
  return [{ start: call.getStart(file), end: call.end, newText }, removal(file, statement)];
}
