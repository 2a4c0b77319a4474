import { someInBody, statementsOf } from "./dependence.js";
import { indentationAt, isFirstOnLine, isLastOnLine, layoutOf, lineStart } from "./layout.js";
import { type CallPlace, type Change, removal, withAwait } from "./lock-calls.js";
import { declaredNames, mentions, suspends } from "./outliving.js";
import { ts } from "./syntax.js";
import { isAssignment, isStep, nodeAt } from "./updates.js";

/** A call that runs a function under a lock, by the receiver in it. */
interface Section {
  readonly call: ts.CallExpression;
  /** The call, and what waits for it. */
  readonly whole: ts.Node;
  readonly callee: string;
  readonly body: ts.ConciseBody;
}

/**
 * `const x = lock.withLock(() => n); lock.withLock(() => { n = x + 1; });` becomes one call, with what is computed in
 * between.
 */
export function mergedCalls(file: ts.SourceFile, first: CallPlace, second: CallPlace): readonly Change[] | undefined {
  const [from, to] = [sectionAt(file, first), sectionAt(file, second)];
  if (!from || !to || from.callee !== to.callee || ts.isBlock(from.body)) return undefined;
  const read = from.whole.parent?.parent?.parent;
  const write = to.whole.parent;
  if (!read || !ts.isVariableStatement(read) || !ts.isExpressionStatement(write)) return undefined;
  const list = statementsOf(read.parent);
  const [start, end] = [list?.indexOf(read) ?? -1, list?.indexOf(write) ?? -1];
  if (!list || start < 0 || end <= start || read.declarationList.declarations.length > 1) return undefined;
  const moved = list.slice(start, end);
  const names = declaredNames(moved);
  if (moved.slice(1).some((statement) => !isCalculation(statement))) return undefined;
  if (list.slice(end + 1).some((statement) => mentions(statement, names))) return undefined;
  const { newline, unit, semicolon } = layoutOf(file);
  const outer = indentationAt(file.text, write.getStart(file));
  const inner = outer + unit;
  const head = file.text.slice(read.getStart(file), from.whole.getStart(file));
  const texts = [
    `${head}${from.body.getText(file)}${semicolon}`,
    ...moved.slice(1).map((statement) => statement.getText(file)),
  ].map((text) => inner + text);
  const gone = moved.map((statement) => removal(file, statement));
  if (ts.isBlock(to.body)) {
    const at = to.body.getStart(file) + 1;
    return [...gone, { start: at, end: at, newText: newline + texts.join(newline) }];
  }
  const body = [...texts, `${inner}${to.body.getText(file)}${semicolon}`].join(newline);
  const newText = `{${newline}${body}${newline}${outer}}`;
  return [...gone, { start: to.body.getStart(file), end: to.body.end, newText }];
}

/** Without `lock.release(); lock.acquire();` between the two. */
export function withoutGap(file: ts.SourceFile, second: CallPlace): readonly Change[] | undefined {
  const acquire = withAwait(nodeAt(file, second.start, second.end)).parent;
  const list = acquire.parent && statementsOf(acquire.parent);
  const before = list?.[list.indexOf(acquire as ts.Statement) - 1];
  if (!before || !ts.isExpressionStatement(acquire) || !ts.isExpressionStatement(before)) return undefined;
  const [taken, given] = [receiverOf(acquire.expression), receiverOf(before.expression)];
  if (!taken || !given || taken.object !== given.object || given.method !== "release") return undefined;
  return [removal(file, before), removal(file, acquire)];
}

/** `{ using _ = lock.hold(); … } { using _ = lock.hold(); … }` becomes one block. */
export function mergedGuards(file: ts.SourceFile, first: CallPlace, second: CallPlace): readonly Change[] | undefined {
  const [from, to] = [blockOf(file, first), blockOf(file, second)];
  const list = from && statementsOf(from.parent);
  if (!from || !to || !list || list[list.indexOf(from) + 1] !== to) return undefined;
  const { text } = file;
  const close = from.end - 1;
  const guard = to.statements[0]!;
  const isApart = isFirstOnLine(text, close) && isLastOnLine(text, guard.end);
  const start = lineStart(text, close);
  if (!isApart || /\/[/*]/.test(text.slice(start, guard.end))) return undefined;
  const lineEnd = text.indexOf("\n", guard.end);
  return [{ start, end: lineEnd < 0 ? guard.end : lineEnd + 1, newText: "" }];
}

function sectionAt(file: ts.SourceFile, { start, end }: CallPlace): Section | undefined {
  const receiver = nodeAt(file, start, end);
  const callee = receiver.parent;
  const call = callee.parent;
  if (!ts.isPropertyAccessExpression(callee) || !ts.isCallExpression(call) || call.arguments.length !== 1)
    return undefined;
  const [given] = call.arguments;
  if (!given || !ts.isArrowFunction(given) || given.parameters.length > 0) return undefined;
  return { call, whole: withAwait(call), callee: callee.getText(file), body: given.body };
}

/** The block that begins with a guard. */
function blockOf(file: ts.SourceFile, { start, end }: CallPlace): ts.Block | undefined {
  const declaration = withAwait(nodeAt(file, start, end)).parent;
  if (!ts.isVariableDeclaration(declaration)) return undefined;
  const statement = declaration.parent.parent;
  const block = statement.parent;
  return ts.isBlock(block) && block.statements[0] === statement ? block : undefined;
}

/** Whether a statement only names what it computes. */
function isCalculation(statement: ts.Statement): boolean {
  const works = (node: ts.Node): boolean =>
    ts.isCallLikeExpression(node) || suspends(node) || isAssignment(node) || isStep(node);
  return ts.isVariableStatement(statement) && !someInBody(statement, works);
}

function receiverOf(node: ts.Expression): { readonly object: string; readonly method: string } | undefined {
  const call = ts.isAwaitExpression(node) ? node.expression : node;
  if (!ts.isCallExpression(call) || !ts.isPropertyAccessExpression(call.expression)) return undefined;
  return { object: call.expression.expression.getText(), method: call.expression.name.text };
}
