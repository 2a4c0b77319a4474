import { importName, topNames } from "./imports.js";
import {
  endWithComments,
  indentationAt,
  isFirstOnLine,
  isLastOnLine,
  layoutOf,
  linesOf,
  startWithComments,
} from "./layout.js";
import { type CallPlace, type Change, removal } from "./lock-calls.js";
import { addressOf, registrationOf } from "./main-call.js";
import { unusedName } from "./new-lock.js";
import { ts } from "./syntax.js";
import { handedOver } from "./task-arguments.js";
import { isAssignment, isStep, nodeAt } from "./updates.js";

/** A variable that a function uses and that stays behind. */
export interface LeftBehind {
  readonly name: string;
  readonly declaration: CallPlace;
  readonly use: CallPlace;
  readonly scope: "function" | "module";
}

type TaskFunction = ts.FunctionDeclaration | ts.FunctionExpression | ts.ArrowFunction;

/**
 * The function that `place` gives to a thread goes to the top of the module and is registered there; what it captured
 * comes as further arguments. Undefined where it captures anything but constants of primitive types, is used elsewhere
 * as well, or needs more of the code around it.
 *
 * @param isArray whether the expression at a place is an array
 */
export function movedToModule(
  file: ts.SourceFile,
  place: CallPlace,
  captures: readonly LeftBehind[],
  isArray: (place: CallPlace) => boolean,
): readonly Change[] | undefined {
  const given = nodeAt(file, place.start, place.end);
  const made = functionAt(file, given, captures[0]?.use);
  const around = made && file.statements.find((each) => each.pos <= made.pos && made.end <= each.end);
  if (!made || !around || !ts.isExpression(given) || !standsAlone(file, made, captures)) return undefined;
  const passed = captures.filter(({ scope }) => scope === "function");
  const types = passed.map(({ declaration }) => typeOf(file, nodeAt(file, declaration.start, declaration.end)));
  if (types.some((type) => type === undefined) || !captures.every((each) => isLeftAlone(file, each))) return undefined;
  const start = startWithComments(file, around);
  if (!isFirstOnLine(file.text, start) || indentationAt(file.text, start) !== "") return undefined;
  const added = passed.map(({ name }) => name);
  const isTyped = /\.[cm]?tsx?$/.test(file.fileName);
  const parameters = passed.map(({ name }, index) => (isTyped ? `${name}: ${types[index]}` : name));
  const name = made.name?.text ?? unusedName(file, "task");
  const isDeclared = made !== given;
  const taken = file.statements.flatMap(topNames).includes(name);
  const handover = added.length > 0 ? handedOver(file, given, made.parameters.length, added, isArray) : [];
  const text = declared(file, made, name, parameters);
  const registration = registered(file, name);
  if (taken || !handover || text === undefined || !registration) return undefined;
  const { newline } = layoutOf(file);
  const moved = [text, ...registration.lines, ""].join(newline + newline);
  return [
    ...registration.changes,
    { start, end: start, newText: moved },
    isDeclared ? removal(file, made as ts.FunctionDeclaration) : { start: place.start, end: place.end, newText: name },
    ...handover,
  ];
}

function functionAt(file: ts.SourceFile, given: ts.Node, use: CallPlace | undefined): TaskFunction | undefined {
  if (ts.isArrowFunction(given) || ts.isFunctionExpression(given)) return given;
  if (!ts.isIdentifier(given) || !use) return undefined;
  for (let at = nodeAt(file, use.start, use.end); !ts.isSourceFile(at); at = at.parent) {
    if (ts.isFunctionDeclaration(at) && at.name?.text === given.text) {
      const isOnlyUse = identifiersIn(file).filter(({ text }) => text === given.text).length === 2;
      const isApart = isFirstOnLine(file.text, at.getStart(file)) && isLastOnLine(file.text, at.end);
      return isOnlyUse && isApart && startWithComments(file, at) === at.getStart(file) ? at : undefined;
    }
  }
  return undefined;
}

/** Whether the function means the same at the top of the module, but for what it captures. */
function standsAlone(file: ts.SourceFile, made: TaskFunction, captures: readonly LeftBehind[]): boolean {
  if (!made.body || made.asteriskToken || made.typeParameters) return false;
  if (/\/[/*]/.test(file.text.slice(made.getStart(file), made.body.getStart(file)))) return false;
  if (made.parameters.some((each) => each.initializer || each.questionToken || each.dotDotDotToken)) return false;
  const used = new Set(identifiersIn(made).map(({ text }) => text));
  if (used.has("arguments") || mentionsThis(made)) return false;
  if (!ts.isFunctionDeclaration(made) && made.name && timesNamed(file, made.name.text) > 1) return false;
  const captured = new Set(captures.map(({ name }) => name));
  const own = new Set(namesIn(made));
  const around = namesAround(file, made);
  const passed = captures.filter(({ scope }) => scope === "function").map(({ name }) => name);
  const isOnlyOne = (name: string): boolean => around.filter((each) => each === name).length === 1;
  // Where a named function is handed over, its variables have to mean the same.
  if (ts.isFunctionDeclaration(made) && !passed.every(isOnlyOne)) return false;
  return !around.some((name) => used.has(name) && !captured.has(name) && !own.has(name));
}

export function mentionsThis(node: ts.Node): boolean {
  if (node.kind === ts.SyntaxKind.ThisKeyword || node.kind === ts.SyntaxKind.SuperKeyword) return true;
  return ts.forEachChild(node, (child) => mentionsThis(child) || undefined) ?? false;
}

/** What the code between the module and the function declares, but for the function. */
function namesAround(file: ts.SourceFile, made: TaskFunction): readonly string[] {
  const around = file.statements.find((each) => each.pos <= made.pos && made.end <= each.end);
  return around ? namesIn(around, made) : [];
}

/** The names that are declared in a piece of code, without those of the module. */
export function namesIn(node: ts.Node, except?: ts.Node): readonly string[] {
  const names: string[] = [];
  const visit = (at: ts.Node): void => {
    if (at === except) return;
    const statement = ts.isVariableDeclaration(at) ? at.parent.parent : at;
    const isOfModule = ts.isSourceFile(statement.parent);
    if (isDeclaring(at) && !isOfModule && at.name && ts.isIdentifier(at.name)) names.push(at.name.text);
    ts.forEachChild(at, visit);
  };
  visit(node);
  return names;
}

function isDeclaring(node: ts.Node): node is ts.NamedDeclaration {
  const isVariable = ts.isVariableDeclaration(node) || ts.isParameter(node) || ts.isBindingElement(node);
  const isType =
    ts.isTypeAliasDeclaration(node) || ts.isInterfaceDeclaration(node) || ts.isTypeParameterDeclaration(node);
  const isNamed = ts.isFunctionDeclaration(node) || ts.isFunctionExpression(node) || ts.isClassLike(node);
  return isVariable || isType || isNamed || ts.isEnumDeclaration(node);
}

/** Whether the variable has one value for as long as there is one; of the module, whether every thread has the same. */
function isLeftAlone(file: ts.SourceFile, { name, scope, declaration }: LeftBehind): boolean {
  if (scope === "module") {
    const held = nodeAt(file, declaration.start, declaration.end);
    const isConstant = ts.isVariableDeclaration(held) && (ts.getCombinedNodeFlags(held) & ts.NodeFlags.Const) !== 0;
    return isConstant && held.initializer !== undefined && isLiteral(held.initializer);
  }
  return !identifiersIn(file).some((node) => node.text === name && isWritten(node));
}

export function isWritten(node: ts.Identifier): boolean {
  let at: ts.Node = node;
  // A pattern on the left of an assignment writes what it names.
  while (
    ts.isParenthesizedExpression(at.parent) ||
    ts.isAsExpression(at.parent) ||
    ts.isNonNullExpression(at.parent) ||
    ts.isSatisfiesExpression(at.parent) ||
    ts.isTypeAssertionExpression(at.parent) ||
    ts.isArrayLiteralExpression(at.parent) ||
    ts.isObjectLiteralElement(at.parent) ||
    ts.isObjectLiteralExpression(at.parent) ||
    ts.isSpreadElement(at.parent)
  )
    at = at.parent;
  const { parent } = at;
  if (ts.isForOfStatement(parent) || ts.isForInStatement(parent)) return parent.initializer === at;
  return isStep(parent) || (isAssignment(parent) && parent.left === at);
}

/** Whether a value is the same whenever it is computed. */
function isLiteral(value: ts.Expression): boolean {
  return !ts.isTemplateExpression(value) && literalType(value) !== undefined;
}

/** The type to write for a variable of a primitive type: what is written down, or what its constant is. */
function typeOf(file: ts.SourceFile, node: ts.Node): string | undefined {
  if (!(ts.isVariableDeclaration(node) || ts.isParameter(node)) || !ts.isIdentifier(node.name)) return undefined;
  if (ts.isParameter(node) && (node.questionToken || node.dotDotDotToken)) return undefined;
  if (node.type) return isPrimitive(node.type) ? node.type.getText(file) : undefined;
  return node.initializer && literalType(node.initializer);
}

function isPrimitive(type: ts.TypeNode): boolean {
  if (ts.isUnionTypeNode(type)) return type.types.every(isPrimitive);
  if (ts.isLiteralTypeNode(type)) return true;
  return PRIMITIVES.has(type.kind);
}

const PRIMITIVES: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.NumberKeyword,
  ts.SyntaxKind.StringKeyword,
  ts.SyntaxKind.BooleanKeyword,
  ts.SyntaxKind.BigIntKeyword,
]);

function literalType(value: ts.Expression): "number" | "string" | "boolean" | "bigint" | undefined {
  if (ts.isPrefixUnaryExpression(value) && value.operator === ts.SyntaxKind.MinusToken)
    return literalType(value.operand);
  if (ts.isNumericLiteral(value)) return "number";
  if (ts.isBigIntLiteral(value)) return "bigint";
  if (ts.isStringLiteralLike(value) || ts.isTemplateExpression(value)) return "string";
  const isTruth = value.kind === ts.SyntaxKind.TrueKeyword || value.kind === ts.SyntaxKind.FalseKeyword;
  return isTruth ? "boolean" : undefined;
}

/** The function as a declaration of the module. */
function declared(file: ts.SourceFile, made: TaskFunction, name: string, added: readonly string[]): string | undefined {
  const { body } = made;
  if (!body) return undefined;
  const { newline, unit, semicolon } = layoutOf(file);
  const isAsync = made.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.AsyncKeyword);
  const parameters = [...made.parameters.map((each) => each.getText(file)), ...added].join(", ");
  const type = made.type ? `: ${made.type.getText(file)}` : "";
  const head = `${isAsync ? "async " : ""}function ${name}(${parameters})${type} {`;
  const outer = indentationAt(file.text, body.getStart(file));
  const value = ts.isParenthesizedExpression(body) && !/\/[/*]/.test(body.getText(file)) ? body.expression : body;
  const [first, ...rest] = linesOf(file, value.getStart(file), value.end);
  const dedented = rest.map(({ text, isLiteral }) =>
    !isLiteral && text.startsWith(outer) ? text.slice(outer.length) : text,
  );
  if (ts.isBlock(body)) return [head + first!.text.slice(1), ...dedented].join(newline);
  const inner = dedented.map((line, index) => (rest[index]!.isLiteral || !line ? line : unit + line));
  return [head, [`${unit}return ${first!.text}`, ...inner].join(newline) + semicolon, "}"].join(newline);
}

/**
 * A function of the module is registered as a task, behind itself or in front of what `main` runs. Undefined where it is
 * one already, or the module has nothing to do with threads.
 */
export function registeredTask(
  file: ts.SourceFile,
  { name, start }: CallPlace & { readonly name: string },
): readonly Change[] | undefined {
  const isKnown = file.statements.some((statement) => {
    const tasks = registrationOf(statement)?.arguments[1];
    return tasks !== undefined && identifiersIn(tasks).some(({ text }) => text === name);
  });
  const at = file.statements.findIndex((each) => each.pos <= start && start < each.end);
  const registration = isKnown ? undefined : registered(file, name);
  if (!registration || at < 0) return undefined;
  const { newline } = layoutOf(file);
  const starts = file.statements.findIndex(isMainCall);
  const [text] = registration.lines;
  if (text === undefined) return registration.changes;
  const place = starts >= 0 && starts < at ? startWithComments(file, file.statements[starts]!) : undefined;
  const behind = endWithComments(file, file.statements[at]!);
  return [
    ...registration.changes,
    place === undefined
      ? { start: behind, end: behind, newText: newline + newline + text }
      : { start: place, end: place, newText: text + newline + newline },
  ];
}

function isMainCall(statement: ts.Statement): boolean {
  const call = ts.isExpressionStatement(statement) ? statement.expression : undefined;
  return call !== undefined && ts.isCallExpression(call) && /(?:^|\.)main$/.test(call.expression.getText());
}

/** What has to be written for other threads to find the function. */
function registered(
  file: ts.SourceFile,
  name: string,
): { readonly lines: readonly string[]; readonly changes: readonly Change[] } | undefined {
  for (const statement of file.statements) {
    const known = registrationOf(statement)?.arguments[1];
    if (!known) continue;
    const last = ts.isObjectLiteralExpression(known) ? known.properties.at(-1) : undefined;
    return last && { lines: [], changes: [{ start: last.end, end: last.end, newText: `, ${name}` }] };
  }
  // Another library has other ways to find a function.
  if (!/["']heddle["']/.test(file.text)) return undefined;
  const tasks = importName(file, "tasks", (specifier) => specifier === "heddle", "heddle");
  if (!tasks) return undefined;
  return {
    lines: [`${tasks.name}(${addressOf(file)}, { ${name} })${layoutOf(file).semicolon}`],
    changes: tasks.insertions.map(({ at, text }) => ({ start: at, end: at, newText: text })),
  };
}

function timesNamed(file: ts.SourceFile, name: string): number {
  return identifiersIn(file).filter(({ text }) => text === name).length;
}

export function identifiersIn(node: ts.Node): readonly ts.Identifier[] {
  const found: ts.Identifier[] = [];
  const visit = (at: ts.Node): void => {
    if (ts.isIdentifier(at)) found.push(at);
    ts.forEachChild(at, visit);
  };
  visit(node);
  return found;
}
