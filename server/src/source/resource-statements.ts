import { statementsOf } from "./dependence.js";
import { finallyBehind } from "./finally-behind.js";
import { indentationAt, isFirstOnLine, layoutOf, linesOf } from "./layout.js";
import { type CallPlace, type Change, removal, withAwait } from "./lock-calls.js";
import { ts } from "./syntax.js";
import { nodeAt } from "./updates.js";

/** A declaration of one variable, as a statement in a list of statements. */
interface Declared {
  readonly statement: ts.VariableStatement;
  readonly name: string;
  readonly list: readonly ts.Statement[];
}

/** `const pool = new Pool(4)` becomes `using pool = …`, or `await using`. */
export function disposed(file: ts.SourceFile, made: CallPlace, isAwaited: boolean): readonly Change[] | undefined {
  const declared = declaredAt(file, made);
  if (!declared || (isAwaited && !mayAwait(declared.statement))) return undefined;
  const { declarationList } = declared.statement;
  if (!(declarationList.flags & ts.NodeFlags.Const)) return undefined;
  const start = declarationList.getStart(file);
  return [{ start, end: start + "const".length, newText: isAwaited ? "await using" : "using" }];
}

/** `const t = new Thread(…)` is followed by `t.start()`. */
export function started(file: ts.SourceFile, made: CallPlace): readonly Change[] | undefined {
  const declared = declaredAt(file, made);
  if (!declared) return undefined;
  const { statement, name } = declared;
  const { newline, semicolon } = layoutOf(file);
  const indentation = indentationAt(file.text, statement.getStart(file));
  return [{ start: statement.end, end: statement.end, newText: `${newline}${indentation}${name}.start()${semicolon}` }];
}

/** What stands between the making and the ending goes into a `try`, and the ending into its `finally`. */
export function endedAlways(
  file: ts.SourceFile,
  made: CallPlace,
  ends: readonly CallPlace[],
): readonly Change[] | undefined {
  const declared = declaredAt(file, made);
  if (!declared) return undefined;
  const { statement, list } = declared;
  const endings = ends.map(({ start, end }) => withAwait(nodeAt(file, start, end)).parent);
  const last = list.findLast((each) => endings.includes(each));
  // One of several endings stands for the others only where there are none on other ways.
  if (!last || endings.length !== 1) return undefined;
  const between = list.slice(list.indexOf(statement) + 1, list.indexOf(last));
  if (between.length === 0) return undefined;
  return finallyBehind(file, list, statement.end, last);
}

/** `pool.close()` on a line before the statement that joins it. */
export function closedFirst(file: ts.SourceFile, pool: string, join: CallPlace): readonly Change[] | undefined {
  const statement = withAwait(nodeAt(file, join.start, join.end)).parent;
  if (!ts.isExpressionStatement(statement) || !statementsOf(statement.parent)) return undefined;
  const start = statement.getStart(file);
  if (!isFirstOnLine(file.text, start)) return undefined;
  const { newline, semicolon } = layoutOf(file);
  return [{ start, end: start, newText: `${pool}.close()${semicolon}${newline}${indentationAt(file.text, start)}` }];
}

/** What follows the taking of an item goes into a `try`, and `queue.taskDone()` into its `finally`. */
export function reportedAlways(
  file: ts.SourceFile,
  taken: CallPlace,
  queue: string,
  reports: readonly CallPlace[],
): readonly Change[] | undefined {
  let statement: ts.Node = nodeAt(file, taken.start, taken.end);
  while (statement.parent && !ts.isStatement(statement)) statement = statement.parent;
  const block = statement.parent;
  if (!ts.isVariableStatement(statement) || !ts.isBlock(block) || !ts.isIterationStatement(block.parent, false)) {
    return undefined;
  }
  const rest = block.statements.slice(block.statements.indexOf(statement) + 1);
  const done = reports.map(({ start, end }) => nodeAt(file, start, end).parent);
  const [last] = rest.slice(-1);
  if (!last || done.length > 1 || done.some((each) => !rest.includes(each as ts.Statement))) return undefined;
  const { newline, unit, semicolon } = layoutOf(file);
  const indentation = indentationAt(file.text, statement.getStart(file));
  const [dropped] = done;
  const body = linesOf(file, statement.end, last.end)
    .filter(({ text }) => dropped === undefined || text.trim() !== dropped.getText(file))
    .map(({ text, isLiteral }, index) => (index === 0 || isLiteral || text.trim() === "" ? text : unit + text))
    .join(newline);
  const newText = `${newline}${indentation}try {${body}${newline}${indentation}} finally {${newline}${indentation}${unit}${queue}.taskDone()${semicolon}${newline}${indentation}}`;
  return [{ start: statement.end, end: last.end, newText }];
}

/** Without the statement that starts a thread, or the loop that does nothing but start threads. */
export function withoutStart(file: ts.SourceFile, start: CallPlace): readonly Change[] | undefined {
  const statement = nodeAt(file, start.start, start.end).parent;
  if (!ts.isExpressionStatement(statement)) return undefined;
  if (statementsOf(statement.parent)) return [removal(file, statement)];
  return ts.isForOfStatement(statement.parent) ? [removal(file, statement.parent)] : undefined;
}

/** A statement of a constructor's body moves behind all others. */
export function startedLast(file: ts.SourceFile, start: CallPlace): readonly Change[] | undefined {
  const statement = nodeAt(file, start.start, start.end).parent;
  const body = statement.parent;
  if (!ts.isExpressionStatement(statement) || !ts.isBlock(body) || !ts.isConstructorDeclaration(body.parent)) {
    return undefined;
  }
  const last = body.statements.at(-1);
  if (!last || last === statement) return undefined;
  const indentation = indentationAt(file.text, statement.getStart(file));
  const newText = `${layoutOf(file).newline}${indentation}${statement.getText(file)}`;
  return [removal(file, statement), { start: last.end, end: last.end, newText }];
}

/** The loop becomes one call, as long as no comment in it would be lost. */
export function waitedOnce(
  file: ts.SourceFile,
  loop: CallPlace,
  call: string,
  isAwaited: boolean,
): readonly Change[] | undefined {
  if (/\/\/|\/\*/.test(file.text.slice(loop.start, loop.end))) return undefined;
  const newText = `${isAwaited ? "await " : ""}${call}${layoutOf(file).semicolon}`;
  return [{ start: loop.start, end: loop.end, newText }];
}

/** `thread.run()` becomes `thread.start()`, with a `thread.join()` behind it where `joins`. */
export function startedInstead(file: ts.SourceFile, run: CallPlace, joins: boolean): readonly Change[] | undefined {
  const call = nodeAt(file, run.start, run.end);
  if (!ts.isCallExpression(call) || !ts.isPropertyAccessExpression(call.expression)) return undefined;
  const { expression: thread, name } = call.expression;
  const statement = call.parent;
  const start: Change = { start: name.getStart(file), end: name.end, newText: "start" };
  if (!joins) return [start];
  if (!ts.isExpressionStatement(statement) || !statementsOf(statement.parent)) return undefined;
  const { newline, semicolon } = layoutOf(file);
  const indentation = indentationAt(file.text, statement.getStart(file));
  const join = `${newline}${indentation}${thread.getText(file)}.join()${semicolon}`;
  return [start, { start: statement.end, end: statement.end, newText: join }];
}

function declaredAt(file: ts.SourceFile, made: CallPlace): Declared | undefined {
  let at: ts.Node = nodeAt(file, made.start, made.end);
  while (at.parent && !ts.isVariableDeclaration(at)) at = at.parent;
  if (!ts.isVariableDeclaration(at) || !ts.isIdentifier(at.name)) return undefined;
  const statement = at.parent.parent;
  const list = ts.isVariableStatement(statement) ? statementsOf(statement.parent) : undefined;
  if (!ts.isVariableStatement(statement) || !list || statement.declarationList.declarations.length !== 1)
    return undefined;
  return { statement, name: at.name.text, list };
}

function mayAwait(node: ts.Node): boolean {
  for (let at = node.parent; at; at = at.parent) {
    if (ts.isFunctionLike(at)) {
      return ts.canHaveModifiers(at) && (ts.getModifiers(at) ?? []).some((m) => m.kind === ts.SyntaxKind.AsyncKeyword);
    }
    if (ts.isSourceFile(at)) return ts.isExternalModule(at);
  }
  return false;
}
