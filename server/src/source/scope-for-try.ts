import { statementsOf } from "./dependence.js";
import { indentationAt, isFirstOnLine, layoutOf, linesOf } from "./layout.js";
import { type CallPlace, type Change, removal, withAwait } from "./lock-calls.js";
import { isIdle } from "./outliving.js";
import { freshName } from "./regions.js";
import { ts } from "./syntax.js";
import { nodeAt } from "./updates.js";

/**
 * A section between an acquire and the `finally` behind it as a scope: `using _ = lock.hold();`. What else `catch` and
 * `finally` do stays.
 *
 * @param as its `statements` in place of the `try`, where nothing that works comes behind it; or a `block` of its own
 */
export function scopeForTry(
  file: ts.SourceFile,
  acquire: CallPlace,
  releases: readonly CallPlace[],
  as: "statements" | "block",
): readonly Change[] | undefined {
  const call = nodeAt(file, acquire.start, acquire.end);
  const whole = withAwait(call);
  const taken = whole.parent;
  const list = taken.parent && statementsOf(taken.parent);
  if (!ts.isExpressionStatement(taken) || !list || !ts.isCallExpression(call) || call.arguments.length > 0)
    return undefined;
  const tried = list[list.indexOf(taken) + 1];
  if (!tried || !ts.isTryStatement(tried) || !ts.isPropertyAccessExpression(call.expression)) return undefined;
  const { finallyBlock } = tried;
  const given = finallyBlock?.statements.find((each) => releases.some((place) => isThere(file, each, place)));
  if (!finallyBlock || !given || releases.length > 1) return undefined;
  // What is done once the lock is given back would be done under it.
  if (!finallyBlock.statements.slice(finallyBlock.statements.indexOf(given) + 1).every(isIdle)) return undefined;
  const { newline, unit, semicolon } = layoutOf(file);
  const lock = call.expression.expression.getText(file);
  const held = ts.isAwaitExpression(whole) ? `await ${lock}.holdAsync()` : `${lock}.hold()`;
  const guard = `using ${freshName(taken)} = ${held}${semicolon}`;
  const isLast = list.slice(list.indexOf(tried) + 1).every(isIdle);
  const start = taken.getStart(file);
  if (!isFirstOnLine(file.text, start)) return undefined;
  const needsTry = tried.catchClause !== undefined || finallyBlock.statements.length > 1 || hasComment(finallyBlock);
  if (needsTry) {
    if (!isLast || as === "block") return undefined;
    const isEmpty = finallyBlock.statements.length === 1 && tried.catchClause && !hasComment(finallyBlock);
    const end = isEmpty ? { start: tried.catchClause.end, end: tried.end, newText: "" } : removal(file, given);
    return [{ start, end: taken.end, newText: guard }, end];
  }
  const indentation = indentationAt(file.text, start);
  const between = file.text.slice(taken.end, tried.getStart(file));
  const opening = tried.tryBlock.getStart(file);
  if (as === "block") {
    const kept = between.trim() === "" ? "" : between.trim() + newline + indentation;
    return [
      { start, end: opening + 1, newText: `${kept}{${newline}${indentation}${unit}${guard}` },
      { start: tried.tryBlock.end, end: tried.end, newText: "" },
    ];
  }
  if (!isLast) return undefined;
  const inside = linesOf(file, opening + 1, tried.tryBlock.end - 1).map(({ text, isLiteral }) =>
    !isLiteral && text.startsWith(indentation + unit) ? text.slice(unit.length) : text,
  );
  const body = inside.join(newline).trimEnd();
  return [{ start, end: tried.end, newText: guard + between.trimEnd() + body }];

  function hasComment(block: ts.Block): boolean {
    return /\/[/*]/.test(block.getText(file));
  }
}

function isThere(file: ts.SourceFile, statement: ts.Statement, place: CallPlace): boolean {
  return ts.isExpressionStatement(statement) && statement.getStart(file) <= place.start && place.end <= statement.end;
}
