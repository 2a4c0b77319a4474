import { statementsOf } from "./dependence.js";
import { indentationAt, isFirstOnLine, layoutOf, startWithComments } from "./layout.js";
import type { CallPlace, Change } from "./lock-calls.js";
import { ts } from "./syntax.js";
import { nodeAt } from "./updates.js";

/** A call on a line of its own before each statement that one of the places is in. */
export function statedBefore(
  file: ts.SourceFile,
  places: readonly CallPlace[],
  call: string,
): readonly Change[] | undefined {
  const { newline, semicolon } = layoutOf(file);
  const starts = new Set<number>();
  for (const { start, end } of places) {
    const statement = statementAround(nodeAt(file, start, end));
    if (!statement || !isFirstOnLine(file.text, statement.getStart(file))) return undefined;
    const at = startWithComments(file, statement);
    starts.add(at);
  }
  return [...starts].map((at) => ({
    start: at,
    end: at,
    newText: `${call}${semicolon}${newline}${indentationAt(file.text, at)}`,
  }));
}

/** The innermost statement of a list, if the node is not in another function inside of it. */
function statementAround(node: ts.Node): ts.Statement | undefined {
  for (let at = node; at.parent; at = at.parent) {
    if (ts.isFunctionLike(at)) return undefined;
    if (statementsOf(at.parent)?.includes(at as ts.Statement)) return at as ts.Statement;
  }
  return undefined;
}
