import { importName } from "./imports.js";
import { indentationAt, isFirstOnLine, isLastOnLine, layoutOf, linesOf, startWithComments } from "./layout.js";
import type { CallPlace, Change } from "./lock-calls.js";
import { ts } from "./syntax.js";

/** The statements from the one at `place` on, and those before that only serve them, come into `main(…)`. */
export function wrappedInMain(file: ts.SourceFile, place: CallPlace): readonly Change[] | undefined {
  const range = rangeAt(file, place);
  const main = importName(file, "main", (specifier) => specifier === "heddle", "heddle");
  if (!range || !main) return undefined;
  const { newline, unit, semicolon } = layoutOf(file);
  const [first, last] = [range[0]!, range.at(-1)!];
  const start = startWithComments(file, first);
  if (!isFirstOnLine(file.text, start) || !isLastOnLine(file.text, last.end)) return undefined;
  if (indentationAt(file.text, start) !== "") return undefined;
  const body = linesOf(file, start, last.end).map(({ text, isLiteral }) => (isLiteral || !text ? text : unit + text));
  const head = `${main.name}(${addressOf(file)}, ${range.some(waits) ? "async " : ""}() => {`;
  const newText = [head, ...body, `})${semicolon}`].join(newline);
  const imports = main.insertions.map(({ at, text }) => ({ start: at, end: at, newText: text }));
  return [...imports, { start, end: last.end, newText }];
}

/** What begins at a place to the end of what a module does: declarations that others use stay where they are. */
function rangeAt(file: ts.SourceFile, place: CallPlace): readonly ts.Statement[] | undefined {
  const { statements } = file;
  const at = statements.findIndex((statement) => statement.pos <= place.start && place.end <= statement.end);
  if (at < 0 || !isDoing(statements[at]!)) return undefined;
  let end = at;
  while (end + 1 < statements.length && isDoing(statements[end + 1]!)) end++;
  if (statements.slice(end + 1).some(isRegistration)) return undefined;
  let begin = at;
  for (let before = at - 1; before >= 0 && isDoing(statements[before]!); before--) {
    const names = namesOf(statements[before]!);
    const serves = names.length > 0 && statements.slice(begin, end + 1).some((each) => mentions(each, names));
    const isOwn = ![...statements.slice(0, before), ...statements.slice(end + 1)].some((each) => mentions(each, names));
    if (serves && isOwn) begin = before;
    else if (serves || names.length === 0) break;
  }
  const inside = statements.slice(begin, end + 1);
  const names = inside.flatMap(namesOf);
  const outside = [...statements.slice(0, begin), ...statements.slice(end + 1)];
  return outside.some((each) => mentions(each, names)) ? undefined : inside;
}

/** Whether a statement does something, and declares nothing that has to stand at the top. */
function isDoing(statement: ts.Statement): boolean {
  if (ts.isVariableStatement(statement)) return !statement.modifiers?.length && !isLoading(statement);
  if (ts.isExpressionStatement(statement))
    return !ts.isStringLiteral(statement.expression) && !isRegistration(statement);
  return (
    ts.isIfStatement(statement) ||
    ts.isIterationStatement(statement, false) ||
    ts.isTryStatement(statement) ||
    ts.isSwitchStatement(statement) ||
    ts.isBlock(statement)
  );
}

function isLoading({ declarationList }: ts.VariableStatement): boolean {
  return declarationList.declarations.some(({ initializer }) => /^require\(/.test(initializer?.getText() ?? ""));
}

/** `tasks(import.meta.url, …)` has to come before what needs the tasks, and in every thread. */
function isRegistration(statement: ts.Statement): boolean {
  return registrationOf(statement) !== undefined;
}

/** The call of `tasks(…)` that a statement is. */
export function registrationOf(statement: ts.Statement): ts.CallExpression | undefined {
  const call = ts.isExpressionStatement(statement) ? statement.expression : undefined;
  return call && ts.isCallExpression(call) && /(?:^|\.)tasks$/.test(call.expression.getText()) ? call : undefined;
}

/** How the module says where it is. */
export function addressOf(file: ts.SourceFile): string {
  for (const statement of file.statements) {
    const [address] = registrationOf(statement)?.arguments ?? [];
    if (address) return address.getText(file);
  }
  return ts.isExternalModule(file) && !/\.cts$/.test(file.fileName) ? "import.meta.url" : "__filename";
}

function namesOf(statement: ts.Statement): readonly string[] {
  if (!ts.isVariableStatement(statement)) return [];
  return statement.declarationList.declarations.flatMap(({ name }) => identifiersIn(name));
}

function mentions(node: ts.Node, names: readonly string[]): boolean {
  return names.length > 0 && identifiersIn(node).some((name) => names.includes(name));
}

/** All names in a piece of code but those of members. */
function identifiersIn(node: ts.Node): readonly string[] {
  const found: string[] = [];
  const visit = (at: ts.Node): void => {
    const isMember =
      (ts.isPropertyAccessExpression(at.parent) && at.parent.name === at) ||
      (ts.isPropertyAssignment(at.parent) && at.parent.name === at);
    if (ts.isIdentifier(at) && !isMember) found.push(at.text);
    ts.forEachChild(at, visit);
  };
  visit(node);
  return found;
}

function waits(node: ts.Node): boolean {
  if (ts.isFunctionLike(node)) return false;
  if (ts.isAwaitExpression(node) || (ts.isForOfStatement(node) && node.awaitModifier)) return true;
  return ts.forEachChild(node, (child) => waits(child) || undefined) ?? false;
}
