import { bodyAround } from "./dependence.js";
import { indentationAt, isFirstOnLine, layoutOf } from "./layout.js";
import type { CallPlace, Change } from "./lock-calls.js";
import { ts } from "./syntax.js";
import { nodeAt } from "./updates.js";

/**
 * `race([work(), new Promise((_, reject) => setTimeout(reject, ms))])` becomes a race behind which the timer is cleared,
 * by a variable in front of the first of the two statements. @param typed whether the file can say of what type it is
 */
export function clearedBehind(
  file: ts.SourceFile,
  timer: CallPlace,
  race: CallPlace,
  typed: boolean,
): readonly Change[] | undefined {
  const set = nodeAt(file, timer.start, timer.end);
  const raced = nodeAt(file, race.start, race.end);
  if (!ts.isCallExpression(set) || !/setTimeout$/.test(set.expression.getText(file))) return undefined;
  const first = timer.start < race.start || covers(raced, set) ? set : raced;
  const statement = ownStatement(first, bodyAround(raced));
  if (!statement || !isFirstOnLine(file.text, statement.getStart(file))) return undefined;
  const { newline, semicolon } = layoutOf(file);
  const name = freshIn(file, ["timer", "raceTimer", "timerOfRace"]);
  if (name === undefined) return undefined;
  const start = statement.getStart(file);
  const type = typed ? ": ReturnType<typeof setTimeout> | undefined" : "";
  const isResult = ts.isArrowFunction(set.parent);
  if (!isResult && !ts.isExpressionStatement(set.parent)) return undefined;
  return [
    { start, end: start, newText: `let ${name}${type}${semicolon}${newline}${indentationAt(file.text, start)}` },
    { start: timer.start, end: timer.start, newText: `${isResult ? "(" : ""}${name} = ` },
    ...(isResult ? [{ start: timer.end, end: timer.end, newText: ")" }] : []),
    { start: race.end, end: race.end, newText: `.finally(() => clearTimeout(${name}))` },
  ];
}

function covers(outer: ts.Node, inner: ts.Node): boolean {
  return outer.pos <= inner.pos && inner.end <= outer.end;
}

/** The statement in the block of `body`'s own code that a place is in. */
function ownStatement(place: ts.Node, body: ts.Node): ts.Statement | undefined {
  for (let at = place; at.parent && at !== body; at = at.parent) {
    if (!ts.isStatement(at) || !(ts.isBlock(at.parent) || ts.isSourceFile(at.parent))) continue;
    if (bodyAround(at) === body) return at;
  }
  return undefined;
}

function freshIn(file: ts.SourceFile, names: readonly string[]): string | undefined {
  return names.find((name) => !new RegExp(`\\b${name}\\b`).test(file.text));
}
