import { bodyAround } from "./dependence.js";
import { indentationAt, layoutOf } from "./layout.js";
import type { CallPlace, Change } from "./lock-calls.js";
import { ts } from "./syntax.js";
import { isRepeatable } from "./tested-again.js";
import { nodeAt } from "./updates.js";

/**
 * `if (done) return; await lock.withLockAsync(async () => { … })` has the same test at the beginning of the section.
 *
 * @param test what is tested
 * @param taken the callee of the call that runs the section
 */
export function testedUnderLock(file: ts.SourceFile, test: CallPlace, taken: CallPlace): readonly Change[] | undefined {
  const tested = ifAround(nodeAt(file, test.start, test.end));
  const callee = nodeAt(file, taken.start, taken.end);
  const call = callee.parent;
  const section = ts.isCallExpression(call) && call.expression === callee ? call.arguments.at(-1) : undefined;
  if (!tested || tested.elseStatement || !isRepeatable(tested.expression)) return undefined;
  if (!section || !(ts.isArrowFunction(section) || ts.isFunctionExpression(section))) return undefined;
  const { body } = section;
  if (!ts.isBlock(body) || bodyAround(tested) !== bodyAround(call)) return undefined;
  const isInside = tested.thenStatement.pos <= call.pos && call.end <= tested.thenStatement.end;
  const condition = isInside ? negated(tested.expression, file) : tested.expression.getText(file);
  const [first] = body.statements;
  if (!first) return undefined;
  const { newline, semicolon } = layoutOf(file);
  const start = first.getStart(file);
  // What the section gives is not known to be the answer of the function: it gives nothing.
  const newText = `if (${condition}) return${semicolon}${newline}${indentationAt(file.text, start)}`;
  return [{ start, end: start, newText }];
}

function ifAround(test: ts.Node): ts.IfStatement | undefined {
  for (let at = test; at.parent; at = at.parent) {
    if (ts.isIfStatement(at.parent)) return at.parent.expression === at ? at.parent : undefined;
    if (ts.isStatement(at)) return undefined;
  }
  return undefined;
}

function negated(condition: ts.Expression, file: ts.SourceFile): string {
  const isNot = ts.isPrefixUnaryExpression(condition) && condition.operator === ts.SyntaxKind.ExclamationToken;
  if (isNot) return condition.operand.getText(file);
  const text = condition.getText(file);
  const isSimple =
    ts.isIdentifier(condition) || ts.isPropertyAccessExpression(condition) || ts.isCallExpression(condition);
  return isSimple ? `!${text}` : `!(${text})`;
}
