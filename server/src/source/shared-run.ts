import { bodyAround, someInBody, statementsOf } from "./dependence.js";
import { indentationAt, isFirstOnLine, layoutOf, linesOf } from "./layout.js";
import type { CallPlace, Change } from "./lock-calls.js";
import { unusedName } from "./new-lock.js";
import { declaresVar, isScopedDeclaration, leaves } from "./outliving.js";
import { keeperFor, keyTypeOf, typeOf } from "./promise-keeper.js";
import { isJavaScript } from "./source-files.js";
import { ts } from "./syntax.js";
import { isAssignment, nodeAt } from "./updates.js";

/**
 * `x = await open()` becomes `pendingX ??= open(); try { x = await pendingX } finally { pendingX = undefined }`: who
 * comes while it is opened waits for the same. The promise is forgotten as soon as `x` is set, or cannot be.
 *
 * @param put the assignment
 */
export function sharedWait(file: ts.SourceFile, put: CallPlace): readonly Change[] | undefined {
  const update = nodeAt(file, put.start, put.end);
  const statement = update.parent;
  if (!isAssignment(update) || !ts.isExpressionStatement(statement)) return undefined;
  // What comes behind would still be done by every call that has waited.
  if (missing(update, "") === undefined && !isLastWork(statement)) return undefined;
  const asked = awaitedBy(update, statement, file);
  const start = asked && (asked.from ?? statement).getStart(file);
  if (!asked || start === undefined) return undefined;
  const value = typeOf(update.left, file);
  const keeper = value && keeperFor(update.left, value.text === undefined ? undefined : `Promise<${value.text}>`, file);
  if (!keeper) return undefined;
  const { newline, unit, semicolon } = layoutOf(file);
  const state = update.left.getText(file);
  const test = missing(update, state);
  const isOnly = !statementsOf(statement.parent);
  const outer = indentationAt(file.text, start);
  const inner = test || isOnly ? outer + unit : outer;
  const lines = [
    `${keeper.name} ??= ${asked.work.getText(file)}${semicolon}`,
    "try {",
    `${unit}${state} = await ${keeper.name}${semicolon}`,
    "} finally {",
    `${unit}${keeper.name} = undefined${semicolon}`,
    "}",
  ];
  const body = lines.map((line) => inner + line).join(newline);
  const head = test ? `if (${test}) {` : "{";
  const newText = test || isOnly ? `${head}${newline}${body}${newline}${outer}}` : body.slice(inner.length);
  return [...keeper.declaration, { start, end: statement.end, newText }];
}

/** Whether nothing but a `return` follows in the list of a statement. */
function isLastWork(statement: ts.Statement): boolean {
  const list = statementsOf(statement.parent);
  return !list || list.slice(list.indexOf(statement) + 1).every((each) => ts.isReturnStatement(each));
}

/** What is awaited for an assignment: in it, or by the declaration in front that has no other use. */
function awaitedBy(
  update: ts.AssignmentExpression<ts.AssignmentOperatorToken>,
  statement: ts.Statement,
  file: ts.SourceFile,
): { readonly work: ts.Expression; readonly from?: ts.Statement } | undefined {
  const { right, operatorToken } = update;
  if (ts.isAwaitExpression(right)) {
    const isKnown = operatorToken.kind === ts.SyntaxKind.EqualsToken || missing(update, "") !== undefined;
    return isKnown ? { work: right.expression } : undefined;
  }
  const list = statementsOf(statement.parent);
  const before = list?.[list.indexOf(statement) - 1];
  if (operatorToken.kind !== ts.SyntaxKind.EqualsToken || !ts.isIdentifier(right) || !before) return undefined;
  const [declared, ...more] = ts.isVariableStatement(before) ? before.declarationList.declarations : [];
  const initializer = declared?.initializer;
  if (!declared || more.length > 0 || !initializer || !ts.isAwaitExpression(initializer)) return undefined;
  if (declared.name.getText(file) !== right.text) return undefined;
  const isUsed = (node: ts.Node): boolean => ts.isIdentifier(node) && node.text === right.text && node.pos > update.end;
  return deepSome(bodyAround(statement), isUsed) ? undefined : { work: initializer.expression, from: before };
}

/** The condition on which `x ??= …` and `x ||= …` assign. */
function missing(update: ts.AssignmentExpression<ts.AssignmentOperatorToken>, state: string): string | undefined {
  if (update.operatorToken.kind === ts.SyntaxKind.QuestionQuestionEqualsToken) return `${state} == null`;
  return update.operatorToken.kind === ts.SyntaxKind.BarBarEqualsToken ? `!${state}` : undefined;
}

/**
 * What a function does where it finds something missing becomes one run that all calls share which come meanwhile. It
 * must be the same for every call: nothing in it may come from the parameters, other than the key of an entry.
 *
 * @param seen what is tested
 * @param put where the state is written
 */
export function sharedRun(file: ts.SourceFile, seen: CallPlace, put: CallPlace): readonly Change[] | undefined {
  const missed = missedAt(nodeAt(file, seen.start, seen.end), put, file);
  if (!missed) return undefined;
  const { statements, owner, isRest } = missed;
  const [first] = statements;
  const last = statements.at(-1);
  const written = writtenAt(nodeAt(file, put.start, put.end));
  if (!first || !last || !written || !isFirstOnLine(file.text, first.getStart(file))) return undefined;
  if (dependsOnCall(statements, owner, first, written.key, file)) return undefined;
  const type = resultOf(owner, statements, isRest, file);
  const keeper = type && keeperFor(written.state, type.text, file, written.key && keyTypeOf(written.state, file));
  if (!keeper) return undefined;
  const { newline, unit, semicolon } = layoutOf(file);
  const indentation = indentationAt(file.text, first.getStart(file));
  const depth = written.key ? unit + unit : unit;
  const body = linesOf(file, first.getStart(file), last.end)
    .map(({ text, isLiteral }, index) =>
      index === 0 ? indentation + depth + text : isLiteral || text.trim() === "" ? text : depth + text,
    )
    .join(newline);
  const answer = isRest ? "return" : "await";
  const lines = written.key
    ? keyed(keeper.name, written.key.getText(file), unusedName(file, "underWay"), answer, body, file)
    : [
        `${keeper.name} ??= (async () => {`,
        body,
        "})().finally(() => {",
        `${unit}${keeper.name} = undefined${semicolon}`,
        `})${semicolon}`,
        `${answer} ${keeper.name}${semicolon}`,
      ];
  const newText = lines
    .map((line) => (line === body ? line : indentation + line))
    .join(newline)
    .slice(indentation.length);
  return [...keeper.declaration, { start: first.getStart(file), end: last.end, newText }];
}

function keyed(
  map: string,
  key: string,
  name: string,
  answer: string,
  body: string,
  file: ts.SourceFile,
): readonly string[] {
  const { unit, semicolon } = layoutOf(file);
  return [
    `let ${name} = ${map}.get(${key})${semicolon}`,
    `if (!${name}) {`,
    `${unit}${name} = (async () => {`,
    body,
    `${unit}})().finally(() => ${map}.delete(${key}))${semicolon}`,
    `${unit}${map}.set(${key}, ${name})${semicolon}`,
    "}",
    `${answer} ${name}${semicolon}`,
  ];
}

/** What is done where a test finds nothing: the rest of the function, or the block behind the test. */
interface Missed {
  readonly statements: readonly ts.Statement[];
  readonly owner: ts.FunctionLikeDeclaration;
  readonly isRest: boolean;
}

function missedAt(seen: ts.Node, put: CallPlace, file: ts.SourceFile): Missed | undefined {
  const test = ifAround(seen);
  const owner = bodyAround(seen);
  if (!test || !isAsyncFunction(owner) || !owner.body || !ts.isBlock(owner.body)) return undefined;
  const { thenStatement, parent } = test;
  const isIn = (node: ts.Node): boolean => node.getStart(file) <= put.start && put.end <= node.end;
  const inside = ts.isBlock(thenStatement) ? thenStatement.statements : [];
  const isRest = parent === owner.body && !test.elseStatement && isReturning(thenStatement);
  const list = owner.body.statements;
  const statements = isRest ? list.slice(list.indexOf(test) + 1) : isIn(thenStatement) ? inside : [];
  if (!statements.some(isIn) || (!isRest && (test.elseStatement || leaves(statements)))) return undefined;
  if (declaresVar(statements) || statements.some(isScopedDeclaration)) return undefined;
  return { statements, owner, isRest };
}

function ifAround(seen: ts.Node): ts.IfStatement | undefined {
  for (let at = seen; at.parent; at = at.parent) {
    if (ts.isIfStatement(at.parent)) return at.parent.expression === at ? at.parent : undefined;
    if (ts.isVariableStatement(at)) return testBehind(at);
    if (ts.isStatement(at)) return undefined;
  }
  return undefined;
}

/** `const known = map.get(key); if (known) …` */
function testBehind(read: ts.VariableStatement): ts.IfStatement | undefined {
  const list = statementsOf(read.parent);
  const next = list?.[list.indexOf(read) + 1];
  const [declared] = read.declarationList.declarations;
  if (!next || !ts.isIfStatement(next) || !declared || !ts.isIdentifier(declared.name)) return undefined;
  const { name } = declared;
  return deepSome(next.expression, (node) => ts.isIdentifier(node) && node.text === name.text) ? next : undefined;
}

function isReturning(statement: ts.Statement): boolean {
  return ts.isBlock(statement)
    ? statement.statements.length === 1 && statement.statements.every(isReturning)
    : ts.isReturnStatement(statement);
}

function isAsyncFunction(node: ts.Node): node is ts.FunctionLikeDeclaration & { readonly body: ts.ConciseBody } {
  const isAsync =
    ts.isFunctionLike(node) &&
    ts.canHaveModifiers(node) &&
    (ts.getModifiers(node) ?? []).some(({ kind }) => kind === ts.SyntaxKind.AsyncKeyword);
  return isAsync && !(node as ts.FunctionLikeDeclaration).asteriskToken;
}

/** The state that is written, and the key where it is an entry of a container. */
function writtenAt(
  node: ts.Node,
): { readonly state: ts.Expression; readonly key: ts.Expression | undefined } | undefined {
  if (isAssignment(node)) {
    if (ts.isElementAccessExpression(node.left)) {
      return { state: node.left.expression, key: node.left.argumentExpression };
    }
    return { state: node.left, key: undefined };
  }
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return undefined;
  const [key] = node.arguments;
  return key && { state: node.expression.expression, key };
}

/** Whether the statements mention what the call was given or computed, but for the key. */
function dependsOnCall(
  statements: readonly ts.Statement[],
  owner: ts.FunctionLikeDeclaration,
  first: ts.Statement,
  key: ts.Expression | undefined,
  file: ts.SourceFile,
): boolean {
  if (key && !ts.isIdentifier(key) && !ts.isStringLiteralLike(key)) return true;
  const own = new Set<string>(["arguments"]);
  const collect = (node: ts.Node): void => {
    if (node.getStart(file) >= first.getStart(file)) return;
    const isBinding = ts.isParameter(node) || ts.isVariableDeclaration(node) || ts.isBindingElement(node);
    if (isBinding && ts.isIdentifier(node.name)) own.add(node.name.text);
    ts.forEachChild(node, collect);
  };
  ts.forEachChild(owner, collect);
  if (key && ts.isIdentifier(key)) {
    const isSet = (node: ts.Node): boolean => isAssignment(node) && node.left.getText(file) === key.text;
    if (deepSome(owner, isSet)) return true;
    own.delete(key.text);
  }
  return statements.some((statement) => deepSome(statement, (node) => ts.isIdentifier(node) && own.has(node.text)));
}

/** The type of the promise of the run; no text in JavaScript. */
function resultOf(
  owner: ts.FunctionLikeDeclaration,
  statements: readonly ts.Statement[],
  isRest: boolean,
  file: ts.SourceFile,
): { readonly text: string | undefined } | undefined {
  if (isJavaScript(file.fileName)) return { text: undefined };
  const gives = statements.some((each) =>
    someInBody(each, (node) => ts.isReturnStatement(node) && node.expression !== undefined),
  );
  if (!isRest || !gives) return { text: "Promise<void>" };
  const type = owner.type?.getText(file);
  return type?.startsWith("Promise<") ? { text: type } : undefined;
}

/** Whether a node or one below it fits, in nested functions too. */
function deepSome(node: ts.Node, fits: (node: ts.Node) => boolean): boolean {
  return fits(node) || (ts.forEachChild(node, (child) => deepSome(child, fits) || undefined) ?? false);
}
