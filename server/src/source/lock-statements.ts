import { statementsOf } from "./dependence.js";
import { indentationAt, isFirstOnLine, layoutOf, lineStart, linesOf, startWithComments } from "./layout.js";
import { type CallPlace, type Change, removal, withAwait } from "./lock-calls.js";
import { isIdle } from "./outliving.js";
import { ts } from "./syntax.js";
import { nodeAt } from "./updates.js";

/** `try { lock.acquire(); …` becomes `lock.acquire(); try { …`. */
export function movedBeforeTry(file: ts.SourceFile, place: CallPlace): readonly Change[] | undefined {
  const statement = withAwait(nodeAt(file, place.start, place.end)).parent;
  const block = statement.parent;
  if (!ts.isExpressionStatement(statement) || !ts.isBlock(block) || !ts.isTryStatement(block.parent)) return undefined;
  const tried = block.parent;
  const before = block.statements.slice(0, block.statements.indexOf(statement));
  if (tried.tryBlock !== block || !before.every(isIdle) || !statementsOf(tried.parent)) return undefined;
  const start = tried.getStart(file);
  if (!isFirstOnLine(file.text, start)) return undefined;
  const { newline, unit } = layoutOf(file);
  const from = startWithComments(file, statement);
  const moved = linesOf(file, from, statement.end).map(({ text }) => text.replace(unit, ""));
  const newText = [...moved, indentationAt(file.text, start)].join(newline);
  return [
    { start, end: start, newText },
    { ...removal(file, statement), start: lineStart(file.text, from) },
  ];
}

/** `lock.acquire()` becomes `lock.release()`. */
export function releasedInstead(file: ts.SourceFile, place: CallPlace): readonly Change[] | undefined {
  const call = nodeAt(file, place.start, place.end);
  const whole = withAwait(call);
  if (!ts.isCallExpression(call) || !ts.isPropertyAccessExpression(call.expression) || call.arguments.length > 0)
    return undefined;
  if (!ts.isExpressionStatement(whole.parent)) return undefined;
  const newText = `${call.expression.expression.getText(file)}.release()`;
  return [{ start: whole.getStart(file), end: whole.end, newText }];
}

/** Without a section in which nothing happens: its call, its guard, or its acquire and release. */
export function withoutSection(file: ts.SourceFile, place: CallPlace): readonly Change[] | undefined {
  const receiver = nodeAt(file, place.start, place.end);
  const isReceiver = ts.isPropertyAccessExpression(receiver.parent) && ts.isCallExpression(receiver.parent.parent);
  const call = isReceiver ? receiver.parent.parent : receiver;
  const { parent } = withAwait(call);
  if (ts.isVariableDeclaration(parent)) {
    const list = parent.parent;
    const isOnly = ts.isVariableDeclarationList(list) && list.declarations.length === 1;
    return isOnly && ts.isVariableStatement(list.parent) ? [removal(file, list.parent)] : undefined;
  }
  const siblings = parent.parent && statementsOf(parent.parent);
  if (!ts.isExpressionStatement(parent) || !siblings) return undefined;
  if (isReceiver && ts.isCallExpression(call) && call.arguments.length > 0) return [removal(file, parent)];
  const next = siblings[siblings.indexOf(parent) + 1];
  return next && [removal(file, parent), removal(file, next)];
}

/** A lock that a function makes for itself is declared in front of the function's outermost statement. */
export function declaredOutside(file: ts.SourceFile, place: CallPlace, named: boolean): readonly Change[] | undefined {
  const made = nodeAt(file, place.start, place.end);
  const list = made.parent.parent;
  const statement = list?.parent;
  if (!ts.isNewExpression(made) || !statement || !ts.isVariableStatement(statement)) return undefined;
  if (!ts.isVariableDeclarationList(list) || list.declarations.length !== 1) return undefined;
  let top: ts.Node = statement;
  let owner: string | undefined;
  while (top.parent && !ts.isSourceFile(top.parent)) {
    top = top.parent;
    if (ts.isFunctionLike(top) && top.name) owner ??= top.name.getText(file).replace(/^#/, "");
  }
  const { newline, quote, semicolon } = layoutOf(file);
  const name = list.declarations[0]?.name.getText(file) ?? "lock";
  const args = made.arguments ?? [];
  if (args.some((argument) => !ts.isLiteralExpression(argument) && !ts.isArrowFunction(argument))) return undefined;
  const types = made.typeArguments?.map((type) => type.getText(file)).join(", ");
  const callee = made.expression.getText(file) + (types ? `<${types}>` : "");
  const own = named && args.length === 0 ? `{ name: ${quote}${owner ?? "own"}-${name}${quote} }` : "";
  const given = own || args.map((argument) => argument.getText(file)).join(", ");
  const start = startWithComments(file, top);
  const declaration = `const ${name} = new ${callee}(${given})${semicolon}${newline}${newline}`;
  return [{ start, end: start, newText: declaration }, removal(file, statement)];
}

/** A variable or field keeps the lock that it was declared with. */
export function keptLock(
  file: ts.SourceFile,
  place: CallPlace,
  first: CallPlace,
  constant: boolean,
): readonly Change[] | undefined {
  const assignment = nodeAt(file, place.start, place.end).parent.parent;
  const declaration = nodeAt(file, first.start, first.end).parent;
  if (!ts.isExpressionStatement(assignment)) return undefined;
  const change = removal(file, assignment);
  if (!constant) return [change];
  if (ts.isPropertyDeclaration(declaration)) {
    const start = declaration.name.getStart(file);
    return [{ start, end: start, newText: "readonly " }, change];
  }
  const start = declaration.parent.getStart(file);
  if (file.text.slice(start, start + "let".length) !== "let") return undefined;
  return [{ start, end: start + "let".length, newText: "const" }, change];
}

/** `if (!lock.locked()) { lock.acquire(); …` becomes `if (lock.tryAcquire()) { …`. */
export function triedInstead(file: ts.SourceFile, place: CallPlace, asked: CallPlace): readonly Change[] | undefined {
  const { parent } = withAwait(nodeAt(file, place.start, place.end));
  const probe = nodeAt(file, asked.start, asked.end);
  if (!ts.isExpressionStatement(parent) || !ts.isCallExpression(probe)) return undefined;
  if (!ts.isPropertyAccessExpression(probe.expression)) return undefined;
  const tried = `${probe.expression.expression.getText(file)}.tryAcquire()`;
  const negated = ts.isPrefixUnaryExpression(probe.parent) ? probe.parent : undefined;
  const test = negated ?? probe;
  const newText = negated ? tried : `!${tried}`;
  return [{ start: test.getStart(file), end: test.end, newText }, removal(file, parent)];
}
