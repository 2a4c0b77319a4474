import { statementsOf } from "./dependence.js";
import { indentationAt, layoutOf, linesOf } from "./layout.js";
import { type CallPlace, type Change, withAwait } from "./lock-calls.js";
import { ts } from "./syntax.js";
import { nodeAt } from "./updates.js";

/** `condition.notify();` becomes `condition.withLock(() => condition.notify());`, a wait with the loop around it. */
export function underOwnLock(file: ts.SourceFile, place: CallPlace): readonly Change[] | undefined {
  const call = nodeAt(file, place.start, place.end);
  if (!ts.isCallExpression(call) || !ts.isPropertyAccessExpression(call.expression)) return undefined;
  const whole = withAwait(call);
  const { parent } = whole;
  if (!ts.isExpressionStatement(parent)) return undefined;
  const region = loopAround(parent) ?? parent;
  if (!statementsOf(region.parent)) return undefined;
  const isAwaited = ts.isAwaitExpression(whole);
  const receiver = call.expression.expression.getText(file);
  const { newline, unit, semicolon } = layoutOf(file);
  const opening = isAwaited ? `await ${receiver}.withLockAsync(async () => ` : `${receiver}.withLock(() => `;
  const start = region.getStart(file);
  if (region === parent) {
    const newText = isAwaited
      ? `await ${receiver}.withLockAsync(() => ${call.getText(file)})${semicolon}`
      : `${opening}${call.getText(file)})${semicolon}`;
    return [{ start, end: region.end, newText }];
  }
  const indentation = indentationAt(file.text, start);
  const body = linesOf(file, start, region.end)
    .map(({ text }, index) => (index === 0 ? `${indentation}${unit}${text}` : unit + text))
    .join(newline);
  const newText = `${opening}{${newline}${body}${newline}${indentation}})${semicolon}`;
  return [{ start, end: region.end, newText }];
}

/** The loop that repeats nothing but the statement. */
function loopAround(statement: ts.Statement): ts.Statement | undefined {
  const { parent } = statement;
  const body = ts.isBlock(parent) && parent.statements.length === 1 ? parent : statement;
  const loop = body.parent;
  return (ts.isWhileStatement(loop) || ts.isDoStatement(loop)) && loop.statement === body ? loop : undefined;
}

/** `new Condition()` is made with a lock. */
export function madeWith(file: ts.SourceFile, place: CallPlace, lock: string): readonly Change[] | undefined {
  const made = nodeAt(file, place.start, place.end);
  if (!ts.isNewExpression(made)) return undefined;
  const [given] = made.arguments ?? [];
  if (given) return [{ start: given.getStart(file), end: given.end, newText: lock }];
  const end = made.arguments ? made.end - 1 : made.end;
  return [{ start: end, end, newText: made.arguments ? lock : `(${lock})` }];
}

/** The second argument of one call is written like the other's. */
export function sameIndex(file: ts.SourceFile, place: CallPlace, index: string): readonly Change[] | undefined {
  const call = nodeAt(file, place.start, place.end);
  const given = ts.isCallExpression(call) ? call.arguments[1] : undefined;
  return given && [{ start: given.getStart(file), end: given.end, newText: index }];
}

/** What the second argument of a call is. */
export function indexOf(file: ts.SourceFile, place: CallPlace): string | undefined {
  const call = nodeAt(file, place.start, place.end);
  return ts.isCallExpression(call) ? call.arguments[1]?.getText(file) : undefined;
}

/** `Atomics.wait(…)` becomes `await Atomics.waitAsync(…).value`, and `queue.get()` `await queue.getAsync()`. */
export function awaitedForm(file: ts.SourceFile, place: CallPlace): readonly Change[] | undefined {
  const call = nodeAt(file, place.start, place.end);
  if (!ts.isCallExpression(call) || !ts.isPropertyAccessExpression(call.expression)) return undefined;
  const { name, expression } = call.expression;
  const end = name.end;
  const start = call.getStart(file);
  const isAtomic = expression.getText(file) === "Atomics";
  const isStatement = ts.isExpressionStatement(call.parent) || ts.isVariableDeclaration(call.parent);
  const changes: Change[] = [
    { start, end: start, newText: isStatement ? "await " : "(await " },
    { start: end, end, newText: "Async" },
  ];
  const closing = `${isAtomic ? ".value" : ""}${isStatement ? "" : ")"}`;
  return closing === "" ? changes : [...changes, { start: call.end, end: call.end, newText: closing }];
}

/** `condition.notify()` becomes `condition.notifyAll()`. */
export function forEverybody(file: ts.SourceFile, place: CallPlace): readonly Change[] | undefined {
  const call = nodeAt(file, place.start, place.end);
  if (!ts.isCallExpression(call) || !ts.isPropertyAccessExpression(call.expression)) return undefined;
  if (call.arguments.length > 0) return undefined;
  return [{ start: call.expression.name.getStart(file), end: call.expression.name.end, newText: "notifyAll" }];
}
