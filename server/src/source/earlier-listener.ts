import { statementsOf } from "./dependence.js";
import { topNames } from "./imports.js";
import { indentationAt, isFirstOnLine, isLastOnLine, layoutOf, startWithComments } from "./layout.js";
import { type CallPlace, type Change, removal } from "./lock-calls.js";
import { ts } from "./syntax.js";
import { nodeAt } from "./updates.js";

/** The statement that adds a listener comes before the one that waits, if it needs nothing of what is in between. */
export function listenedEarlier(
  file: ts.SourceFile,
  listener: CallPlace,
  wait: CallPlace,
): readonly Change[] | undefined {
  const statement = nodeAt(file, listener.start, listener.end).parent;
  const list = statement && statementsOf(statement.parent);
  if (!ts.isExpressionStatement(statement) || !list) return undefined;
  const first = list.findIndex((each) => each.pos <= wait.start && wait.end <= each.end);
  const last = list.indexOf(statement);
  if (first < 0 || first >= last) return undefined;
  const target = list[first]!;
  const names = list.slice(first, last).flatMap(topNames);
  if (names.some((name) => new RegExp(`\\b${name}\\b`).test(statement.getText(file)))) return undefined;
  const from = startWithComments(file, statement);
  const start = startWithComments(file, target);
  if (![from, start].every((at) => isFirstOnLine(file.text, at)) || !isLastOnLine(file.text, statement.end))
    return undefined;
  const { newline } = layoutOf(file);
  const newText = file.text.slice(from, statement.end) + newline + indentationAt(file.text, start);
  return [
    { start, end: start, newText },
    { ...removal(file, statement), start: lineStartOf(file, from) },
  ];
}

function lineStartOf(file: ts.SourceFile, offset: number): number {
  return file.text.lastIndexOf("\n", offset - 1) + 1;
}
