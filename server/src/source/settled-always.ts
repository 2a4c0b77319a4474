import { bodyAround, statementsOf } from "./dependence.js";
import { indentationAt, isFirstOnLine, layoutOf, linesOf } from "./layout.js";
import type { CallPlace, Change } from "./lock-calls.js";
import { ts } from "./syntax.js";
import { nodeAt } from "./updates.js";

/**
 * What a handler does before it wakes somebody goes into a `try`, and the wake-up with the store in front of it into the
 * `finally`: a value that the work stores stays in the `try`.
 */
export function wokenAlways(file: ts.SourceFile, notify: CallPlace): readonly Change[] | undefined {
  const last = nodeAt(file, notify.start, notify.end).parent;
  const body = last.parent;
  if (!ts.isExpressionStatement(last) || !ts.isBlock(body) || !ts.isFunctionLike(body.parent)) return undefined;
  const list = body.statements;
  let at = list.indexOf(last);
  if (at !== list.length - 1) return undefined;
  while (at > 0 && isPlainStore(list[at - 1], file)) at--;
  const [ending] = list.slice(at);
  const [first] = list;
  const before = list[at - 1];
  if (!ending || !first || !before || at === 0) return undefined;
  // What the wake-up names has to be declared outside.
  const outside = list.findIndex((each) => !isDeclarationOf(each, list.slice(at), file));
  const start = list[outside];
  if (!start || outside >= at || !isFirstOnLine(file.text, start.getStart(file))) return undefined;
  if (list.slice(outside, at).some((each) => isDeclarationOf(each, list.slice(at), file))) return undefined;
  const { newline, unit } = layoutOf(file);
  const indentation = indentationAt(file.text, start.getStart(file));
  const indented = (from: number, to: number): string =>
    linesOf(file, from, to)
      .map(({ text, isLiteral }, index) =>
        index > 0 && (isLiteral || text.trim() === "") ? text : unit + (index === 0 ? indentation : "") + text,
      )
      .join(newline);
  const newText = [
    "try {",
    indented(start.getStart(file), before.end),
    `${indentation}} finally {`,
    indented(ending.getStart(file), last.end),
    `${indentation}}`,
  ].join(newline);
  return [{ start: start.getStart(file), end: last.end, newText }];
}

/** `Atomics.store(cell, 0, 1)`: it cannot fail for what the work has done. */
function isPlainStore(statement: ts.Statement | undefined, file: ts.SourceFile): boolean {
  const call = statement && ts.isExpressionStatement(statement) ? statement.expression : undefined;
  if (
    !call ||
    !ts.isCallExpression(call) ||
    !/(?:^|\.)(?:store|add|sub|or|exchange)$/.test(call.expression.getText(file))
  ) {
    return false;
  }
  const [, , value] = call.arguments;
  return (
    value !== undefined &&
    (ts.isNumericLiteral(value) || ts.isIdentifier(value) || ts.isPropertyAccessExpression(value))
  );
}

function isDeclarationOf(statement: ts.Statement, users: readonly ts.Statement[], file: ts.SourceFile): boolean {
  if (!ts.isVariableStatement(statement)) return false;
  const names = statement.declarationList.declarations.map(({ name }) => name.getText(file));
  return users.some((user) => names.some((name) => new RegExp(`\\b${name}\\b`).test(user.getText(file))));
}

/**
 * `new Promise((resolve) => { for (…) … if (--left === 0) resolve(); })` resolves at once if there is nothing to wait for.
 *
 * @param settles the call that settles the promise
 * @param loop the loop, or the call that runs a function for each element
 */
export function settledForNone(
  file: ts.SourceFile,
  collection: string,
  settles: CallPlace,
  loop: CallPlace,
  size: "length" | "size",
): readonly Change[] | undefined {
  const call = nodeAt(file, settles.start, settles.end);
  let statement: ts.Node = nodeAt(file, loop.start, loop.end);
  while (statement.parent && !(ts.isStatement(statement) && statementsOf(statement.parent)))
    statement = statement.parent;
  if (!ts.isCallExpression(call) || !ts.isStatement(statement) || call.arguments.length > 0) return undefined;
  const start = statement.getStart(file);
  if (!isFirstOnLine(file.text, start) || bodyAround(statement).pos > settles.start) return undefined;
  // JavaScript has no types that tell which one it is: the code that counts does.
  if (!file.text.includes(`${collection}.${size}`)) return undefined;
  const { newline, semicolon } = layoutOf(file);
  const test = `if (${collection}.${size} === 0) ${call.getText(file)}${semicolon}`;
  return [{ start, end: start, newText: test + newline + indentationAt(file.text, start) }];
}
