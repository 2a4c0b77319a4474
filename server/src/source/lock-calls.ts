import { statementsOf } from "./dependence.js";
import { indentationAt, isFirstOnLine, isLastOnLine, layoutOf, linesOf, startWithComments } from "./layout.js";
import { isIdle } from "./outliving.js";
import { freshName } from "./regions.js";
import { ts } from "./syntax.js";
import { nodeAt } from "./updates.js";

/** A part of the text of the file at hand, and what stands there instead. */
export interface Change {
  readonly start: number;
  readonly end: number;
  readonly newText: string;
}

/** A call, by where it stands. */
export interface CallPlace {
  readonly start: number;
  readonly end: number;
}

/** `lock.hold();` becomes `using _ = lock.hold();`, and a promised guard is awaited. */
export function keptInScope(file: ts.SourceFile, place: CallPlace, isFloating: boolean): readonly Change[] | undefined {
  const call = nodeAt(file, place.start, place.end);
  const whole = withAwait(call);
  const awaits = isFloating ? "await " : "";
  const statement = whole.parent;
  if (ts.isVariableDeclaration(statement)) {
    const list = statement.parent;
    const keyword = file.text.slice(list.getStart(file)).match(/^\w+/)?.[0];
    if (!ts.isVariableDeclarationList(list) || list.declarations.length > 1 || keyword === undefined) return undefined;
    const start = list.getStart(file);
    return [
      { start, end: start + keyword.length, newText: "using" },
      { start: place.start, end: place.start, newText: awaits },
    ];
  }
  const outer = ts.isVoidExpression(statement) ? statement.parent : statement;
  if (!ts.isExpressionStatement(outer)) return undefined;
  const newText = `using ${freshName(outer)} = ${awaits}`;
  return [{ start: outer.getStart(file), end: whole.getStart(file), newText }];
}

/** The promise of a call that stands for itself is awaited. */
export function awaitedCall(file: ts.SourceFile, place: CallPlace): readonly Change[] | undefined {
  const { parent } = nodeAt(file, place.start, place.end);
  const start = ts.isVoidExpression(parent) ? parent.getStart(file) : place.start;
  return [{ start, end: place.start, newText: "await " }];
}

/** `save();` becomes `void save();`. */
export function voided({ start }: CallPlace): Change {
  return { start, end: start, newText: "void " };
}

/** `list.forEach(…)` becomes `await Promise.all(list.map(…))`. */
export function allAwaited(file: ts.SourceFile, list: CallPlace, method: CallPlace): readonly Change[] | undefined {
  const call = nodeAt(file, method.start, method.end).parent.parent;
  if (!ts.isCallExpression(call)) return undefined;
  return [
    { start: list.start, end: list.start, newText: "await Promise.all(" },
    { start: method.start, end: method.end, newText: "map" },
    { start: call.end, end: call.end, newText: ")" },
  ];
}

/** `lock.acquire({ timeout });` becomes `if (!lock.acquire({ timeout })) return;`, or a `throw`. */
export function leftUnless(
  file: ts.SourceFile,
  place: CallPlace,
  how: "return" | "throw",
): readonly Change[] | undefined {
  const whole = withAwait(nodeAt(file, place.start, place.end));
  const statement = whole.parent;
  if (!ts.isExpressionStatement(statement)) return undefined;
  const { quote, semicolon } = layoutOf(file);
  const leave = how === "return" ? "return" : `throw new Error(${quote}The lock was not free in time.${quote})`;
  const condition = ts.isAwaitExpression(whole) ? `!(${whole.getText(file)})` : `!${whole.getText(file)}`;
  const newText = `if (${condition}) ${leave}${semicolon}`;
  return [{ start: statement.getStart(file), end: statement.end, newText }];
}

/** `lock.release();` becomes `if (ok) lock.release();`, with the variable that keeps what the acquire said. */
export function releasedIfGot(
  file: ts.SourceFile,
  acquire: CallPlace,
  release: CallPlace,
): readonly Change[] | undefined {
  const kept = withAwait(nodeAt(file, acquire.start, acquire.end)).parent;
  const { parent } = nodeAt(file, release.start, release.end);
  if (!ts.isVariableDeclaration(kept) || !ts.isIdentifier(kept.name) || !ts.isExpressionStatement(parent)) {
    return undefined;
  }
  return [{ start: release.start, end: release.start, newText: `if (${kept.name.text}) ` }];
}

/** Without the statement that is nothing but this call. */
export function withoutCall(file: ts.SourceFile, place: CallPlace): readonly Change[] | undefined {
  const { parent } = nodeAt(file, place.start, place.end);
  if (!ts.isExpressionStatement(parent) || !statementsOf(parent.parent)) return undefined;
  return [removal(file, parent)];
}

/** The call with the `await` in front of it, and the parentheses around. */
export function withAwait(call: ts.Node): ts.Node {
  let at = call;
  while (ts.isAwaitExpression(at.parent) || ts.isParenthesizedExpression(at.parent)) at = at.parent;
  return at;
}

/** A lock that is taken and given back by hand in one list of statements. */
interface Section {
  readonly list: readonly ts.Statement[];
  readonly acquire: number;
  readonly release: number;
  /** Statements that give it back on a way out before the end. */
  readonly early: readonly ts.Statement[];
  /** What stands in front of `.acquire()`. */
  readonly lock: string;
  readonly isAwaited: boolean;
}

/** The section as a scope: `using _ = lock.hold();`, where nothing but idle statements follow the release. */
export function sectionInScope(
  file: ts.SourceFile,
  acquire: CallPlace,
  releases: readonly CallPlace[],
): readonly Change[] | undefined {
  const section = sectionAt(file, acquire, releases);
  if (!section) return undefined;
  const { list, lock, isAwaited } = section;
  const taken = list[section.acquire]!;
  const given = list[section.release]!;
  if (!list.slice(section.release + 1).every(isIdle)) return undefined;
  const held = isAwaited ? `await ${lock}.holdAsync()` : `${lock}.hold()`;
  const newText = `using ${freshName(taken)} = ${held}${layoutOf(file).semicolon}`;
  return [
    { start: taken.getStart(file), end: taken.end, newText },
    ...[...section.early, given].map((statement) => removal(file, statement)),
  ];
}

/** The section between `try` and `finally`, which gives the lock back on every way out. */
export function sectionInTry(
  file: ts.SourceFile,
  acquire: CallPlace,
  releases: readonly CallPlace[],
): readonly Change[] | undefined {
  const section = sectionAt(file, acquire, releases);
  if (!section) return undefined;
  const { list } = section;
  const taken = list[section.acquire]!;
  const given = list[section.release]!;
  const first = list[section.acquire + 1];
  if (!first || first === given || section.early.length > 0) return undefined;
  const { newline, unit } = layoutOf(file);
  const indentation = indentationAt(file.text, taken.getStart(file));
  const from = taken.end;
  const to = given.getStart(file);
  const body = linesOf(file, from, to)
    .map(({ text, isLiteral }, index) => (index === 0 || isLiteral || text.trim() === "" ? text : unit + text))
    .join(newline)
    .replace(/[ \t]*$/, "");
  const release = given.getText(file);
  const newText = `${newline}${indentation}try {${body}${indentation}} finally {${newline}${indentation}${unit}${release}${newline}${indentation}}`;
  return [{ start: from, end: given.end, newText }];
}

/** The `try` behind an acquire begins right there, and not only behind the work in between. */
export function triedFrom(file: ts.SourceFile, acquire: CallPlace): readonly Change[] | undefined {
  const statement = withAwait(nodeAt(file, acquire.start, acquire.end)).parent;
  const list = statement.parent && statementsOf(statement.parent);
  if (!ts.isExpressionStatement(statement) || !list) return undefined;
  const at = list.indexOf(statement);
  const tried = list.findIndex((each, index) => index > at && ts.isTryStatement(each));
  const block = list[tried];
  const first = list[at + 1];
  if (!block || !ts.isTryStatement(block) || !first || tried === at + 1) return undefined;
  const { unit, newline } = layoutOf(file);
  const from = startWithComments(file, first);
  const opening = block.tryBlock.getStart(file) + 1;
  const moved = linesOf(file, from, block.getStart(file))
    .map(({ text, isLiteral }, index) => (index === 0 || isLiteral || text.trim() === "" ? text : unit + text))
    .join(newline)
    .trimEnd();
  const indentation = indentationAt(file.text, from);
  const newText = `try {${newline}${indentation}${unit}${moved}`;
  return [{ start: from, end: opening, newText }];
}

function sectionAt(file: ts.SourceFile, acquire: CallPlace, releases: readonly CallPlace[]): Section | undefined {
  const call = nodeAt(file, acquire.start, acquire.end);
  const whole = withAwait(call);
  const statement = whole.parent;
  const list = statement.parent && statementsOf(statement.parent);
  if (!ts.isExpressionStatement(statement) || !list || !ts.isCallExpression(call)) return undefined;
  if (!ts.isPropertyAccessExpression(call.expression) || call.arguments.length > 0) return undefined;
  const given = releases.map(({ start, end }) => nodeAt(file, start, end).parent);
  const at = list.indexOf(statement);
  const release = list.findLastIndex((each, index) => index > at && given.includes(each));
  const last = list[release];
  if (!last) return undefined;
  const early: ts.Statement[] = [];
  for (const each of given) {
    if (each === last) continue;
    // Given back before a way out: the scope does that. Anything else would hold the lock longer than was meant.
    const siblings = statementsOf(each.parent);
    if (!ts.isExpressionStatement(each) || !siblings || each.pos < statement.end || each.end > last.pos)
      return undefined;
    const next = siblings[siblings.indexOf(each) + 1];
    if (!next || !isIdle(next) || next !== siblings.at(-1) || siblings === list) return undefined;
    early.push(each);
  }
  const lock = call.expression.expression.getText(file);
  return { list, acquire: at, release, early, lock, isAwaited: ts.isAwaitExpression(whole) };
}

/** A statement with the line it stands on, if it stands there alone. */
export function removal(file: ts.SourceFile, statement: ts.Statement): Change {
  const { text } = file;
  const start = statement.getStart(file);
  if (!isFirstOnLine(text, start) || !isLastOnLine(text, statement.end)) {
    const hasComment = text.slice(statement.pos, start).trim() !== "";
    return { start: hasComment ? start : statement.pos, end: statement.end, newText: "" };
  }
  const lineStart = text.lastIndexOf("\n", start - 1) + 1;
  const lineEnd = text.indexOf("\n", statement.end);
  return { start: lineStart, end: lineEnd < 0 ? text.length : lineEnd + 1, newText: "" };
}
