import type { CallPlace, Change } from "./lock-calls.js";
import { ts } from "./syntax.js";
import { nodeAt } from "./updates.js";

/** `e instanceof Error ? e : null` becomes `e instanceof Error ? e : new Error(String(e))`, and a text where one is kept. */
export function wrappedOtherwise(file: ts.SourceFile, place: CallPlace): readonly Change[] | undefined {
  const choice = nodeAt(file, place.start, place.end);
  if (!ts.isConditionalExpression(choice)) return undefined;
  const { condition, whenTrue, whenFalse } = choice;
  const test = ts.isParenthesizedExpression(condition) ? condition.expression : condition;
  if (!ts.isBinaryExpression(test)) return undefined;
  const name = test.left.getText(file);
  const text = `String(${name})`;
  const kept = whenTrue.getText(file);
  const newText = kept === name ? `new Error(${text})` : kept === `${name}.message` ? text : undefined;
  return newText === undefined ? undefined : [{ start: whenFalse.getStart(file), end: whenFalse.end, newText }];
}
