import { bodyAround, someInBody, statementsOf } from "./dependence.js";
import { indentationAt, isFirstOnLine, layoutOf } from "./layout.js";
import type { CallPlace, Change } from "./lock-calls.js";
import { ts } from "./syntax.js";
import { isAssignment, isStep, nodeAt } from "./updates.js";

/** The `if` that leaves the function when a test fails stands in front of the write once more. */
export function testedAgain(file: ts.SourceFile, seen: CallPlace, put: CallPlace): readonly Change[] | undefined {
  const test = ifOf(nodeAt(file, seen.start, seen.end));
  const statement = statementOf(nodeAt(file, put.start, put.end));
  if (!test || test.elseStatement || !statement || !isLeaving(test.thenStatement) || !isRepeatable(test.expression)) {
    return undefined;
  }
  if (bodyAround(test) !== bodyAround(statement) || !statementsOf(statement.parent)) return undefined;
  const start = statement.getStart(file);
  if (!isFirstOnLine(file.text, start) || !isFirstOnLine(file.text, test.getStart(file))) return undefined;
  const indentation = indentationAt(file.text, start);
  const own = indentationAt(file.text, test.getStart(file));
  const { newline } = layoutOf(file);
  const lines = test.getText(file).split(/\r?\n/);
  const copy = lines.map((line) => (line.startsWith(own) ? indentation + line.slice(own.length) : line)).join(newline);
  const newText = (lines.length > 1 ? copy : copy.trimStart()) + newline + indentation;
  return [{ start, end: start, newText }];
}

/**
 * A new object is put into a container only if there is still none: `if (!map.has(key)) map.set(key, [])`. What was made
 * for nothing goes, as nobody has seen it.
 */
export function putIfStillMissing(file: ts.SourceFile, seen: CallPlace, put: CallPlace): readonly Change[] | undefined {
  const test = ifOf(nodeAt(file, seen.start, seen.end));
  const node = nodeAt(file, put.start, put.end);
  const statement = statementOf(node);
  const value = isAssignment(node) ? node.right : ts.isCallExpression(node) ? node.arguments[1] : undefined;
  if (!test || test.elseStatement || !statement || !value || !isRepeatable(test.expression)) return undefined;
  const isFresh =
    ts.isObjectLiteralExpression(value) || ts.isArrayLiteralExpression(value) || isNewCollection(value, file);
  const { thenStatement } = test;
  const isInside = thenStatement.getStart(file) <= put.start && put.end <= thenStatement.end;
  if (!isFresh || !isInside || !statementsOf(statement.parent)) return undefined;
  const start = statement.getStart(file);
  return [{ start, end: start, newText: `if (${test.expression.getText(file)}) ` }];
}

function isNewCollection(value: ts.Expression, file: ts.SourceFile): boolean {
  return ts.isNewExpression(value) && /^(?:Map|Set|WeakMap|WeakSet)$/.test(value.expression.getText(file));
}

function ifOf(seen: ts.Node): ts.IfStatement | undefined {
  for (let at = seen; at.parent; at = at.parent) {
    if (ts.isIfStatement(at.parent)) return at.parent.expression === at ? at.parent : undefined;
    if (ts.isStatement(at)) return undefined;
  }
  return undefined;
}

function statementOf(put: ts.Node): ts.ExpressionStatement | undefined {
  return ts.isExpressionStatement(put.parent) ? put.parent : undefined;
}

function isLeaving(statement: ts.Statement): boolean {
  const only = ts.isBlock(statement) && statement.statements.length === 1 ? statement.statements[0] : statement;
  return only !== undefined && (ts.isReturnStatement(only) || ts.isThrowStatement(only));
}

/** Whether an expression may be evaluated once more: it changes nothing and waits for nobody. */
export function isRepeatable(expression: ts.Expression): boolean {
  const ASKS = /^(?:has|get|includes|at|is[A-Z]\w*|isEmpty)$/;
  return !someInBody(
    expression,
    (node) =>
      isAssignment(node) ||
      isStep(node) ||
      ts.isAwaitExpression(node) ||
      ts.isNewExpression(node) ||
      (ts.isCallExpression(node) &&
        !(ts.isPropertyAccessExpression(node.expression) && ASKS.test(node.expression.name.text))),
  );
}
