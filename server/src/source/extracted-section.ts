import { bodyAround, someInBody, statementsOf } from "./dependence.js";
import { indentationAt, isFirstOnLine, isLastOnLine, layoutOf, linesOf, startWithComments } from "./layout.js";
import { type CallPlace, type Change, withAwait } from "./lock-calls.js";
import { identifiersIn, isWritten, mentionsThis, namesIn } from "./moved-task.js";
import { unusedName } from "./new-lock.js";
import { declaredNames, isScopedDeclaration, leaves, mentions, suspends } from "./outliving.js";
import { ts } from "./syntax.js";
import { nodeAt } from "./updates.js";

/** The statements of a critical section, in one list. */
interface Section {
  readonly list: readonly ts.Statement[];
  readonly first: number;
  readonly last: number;
}

type Owner = ts.SignatureDeclaration & { readonly body: ts.Block };

/** Whether a section begins with the call at a place. */
export function isSectionAt(file: ts.SourceFile, acquire: CallPlace, releases: readonly CallPlace[]): boolean {
  return sectionAt(file, acquire, releases) !== undefined;
}

/**
 * The critical section that begins with the call at `acquire` becomes a function of its own, behind the one it stood in;
 * a private method where it uses `this`. Undefined where it changes variables around it, declares something for what
 * comes behind it, or is left in more than one way.
 *
 * @param lock what the lock is called, for the name of the function
 * @param typeAt the type of the variable that is named at a place, as code would write it
 */
export function extractedSection(
  file: ts.SourceFile,
  acquire: CallPlace,
  releases: readonly CallPlace[],
  lock: string,
  typeAt: (place: CallPlace) => string | undefined,
): readonly Change[] | undefined {
  const section = sectionAt(file, acquire, releases);
  const owner = section && bodyAround(section.list[section.first]!);
  const around = owner && file.statements.find((each) => each.pos <= owner.pos && owner.end <= each.end);
  if (!section || !owner || !around || !isOwner(owner)) return undefined;
  const { list, first, last } = section;
  const inside = list.slice(first, last + 1);
  const [head, tail] = [inside[0]!, inside.at(-1)!];
  const usesThis = inside.some(mentionsThis);
  const isMethod = ts.isMethodDeclaration(owner) && ts.isClassLike(owner.parent) && !isOfClass(owner);
  const isWhole = list === owner.body.statements && last === list.length - 1;
  const returns = leaves(inside);
  if ((usesThis && !isMethod) || (returns && !(isWhole && endsByReturn(tail, inside)))) return undefined;
  if (inside.some((each) => mentionsBound(each))) return undefined;
  const behind = list.slice(last + 1);
  const declared = declaredNames(inside);
  if (behind.some((each) => mentions(each, declared))) return undefined;
  const needed = neededFrom(around, inside);
  if (needed.some((node) => mayDiffer(node, around, inside))) return undefined;
  const parameters = new Map<string, string>();
  const isTyped = /\.[cm]?tsx?$/.test(file.fileName);
  for (const node of needed) {
    const type = typeAt({ start: node.getStart(file), end: node.end });
    if (isTyped && type === undefined) return undefined;
    parameters.set(node.text, parameters.get(node.text) ?? (isTyped ? `${node.text}: ${type}` : node.text));
  }
  const start = startWithComments(file, head);
  const end = tail.end;
  if (!isFirstOnLine(file.text, head.getStart(file)) || !isLastOnLine(file.text, end)) return undefined;

  const { newline, unit, semicolon } = layoutOf(file);
  const name = unusedName(file, nameFor(owner, lock));
  const awaits = inside.some((each) => someInBody(each, suspends));
  const call = `${usesThis ? "this.#" : ""}${name}(${[...parameters.keys()].join(", ")})`;
  const called = `${returns ? "return " : ""}${awaits ? "await " : ""}${call}${semicolon}`;
  const host = usesThis ? owner : around;
  const outer = indentationAt(file.text, host.getStart(file));
  const present = indentationAt(file.text, head.getStart(file));
  const inner = outer + unit;
  const body = linesOf(file, start, end).map(({ text, isLiteral }, index) => {
    if (isLiteral || text === "") return text;
    return index === 0 ? inner + text : text.startsWith(present) ? inner + text.slice(present.length) : text;
  });
  const keyword = usesThis ? `${awaits ? "async " : ""}#` : `${awaits ? "async " : ""}function `;
  const result = returns || !isTyped ? "" : awaits ? ": Promise<void>" : ": void";
  const made = [
    "",
    "",
    `${outer}${keyword}${name}(${[...parameters.values()].join(", ")})${result} {`,
    ...body,
    `${outer}}`,
  ].join(newline);
  return [
    { start, end, newText: called },
    { start: host.end, end: host.end, newText: made },
  ];
}

function sectionAt(file: ts.SourceFile, acquire: CallPlace, releases: readonly CallPlace[]): Section | undefined {
  const call = nodeAt(file, acquire.start, acquire.end);
  let statement: ts.Node = withAwait(call).parent;
  while (statement && !ts.isStatement(statement) && !ts.isFunctionLike(statement)) statement = statement.parent;
  const list = statement?.parent && statementsOf(statement.parent);
  if (!list || !ts.isStatement(statement)) return undefined;
  const first = list.indexOf(statement);
  if (isScopedDeclaration(statement)) return { list, first, last: list.length - 1 };
  if (!ts.isExpressionStatement(statement)) return undefined;
  const within = releases.filter((place) => statement.pos <= place.start && place.end <= statement.end);
  if (within.length > 0) return { list, first, last: first };
  const last = list.findIndex(
    (each, index) => index > first && releases.some((place) => each.pos <= place.start && place.end <= each.end),
  );
  return last < 0 ? undefined : { list, first, last };
}

function isOwner(node: ts.Node): node is Owner {
  return ts.isFunctionLike(node) && "body" in node && node.body !== undefined && ts.isBlock(node.body as ts.Node);
}

function isOfClass(node: ts.MethodDeclaration): boolean {
  return (ts.getModifiers(node) ?? []).some(({ kind }) => kind === ts.SyntaxKind.StaticKeyword);
}

/** Whether something is named that only means something in the function around, or in an arrow function in it. */
function mentionsBound(node: ts.Node): boolean {
  const isBound =
    ts.isYieldExpression(node) ||
    ts.isMetaProperty(node) ||
    node.kind === ts.SyntaxKind.SuperKeyword ||
    (ts.isIdentifier(node) && node.text === "arguments" && !isMemberName(node));
  if (isBound) return !ts.isMetaProperty(node) || node.keywordToken === ts.SyntaxKind.NewKeyword;
  if ((ts.isFunctionLike(node) && !ts.isArrowFunction(node)) || ts.isClassLike(node)) return false;
  return ts.forEachChild(node, (child) => mentionsBound(child) || undefined) ?? false;
}

/**
 * Whether a parameter could have another value than the variable it stands for: where the section writes it, where a
 * function inside or outside of the section writes it, or where the section hands out a function that sees later writes.
 */
function mayDiffer({ text }: ts.Identifier, around: ts.Statement, inside: readonly ts.Statement[]): boolean {
  const isInside = (node: ts.Node): boolean => inside.some((each) => each.pos <= node.pos && node.end <= each.end);
  const named = identifiersIn(around).filter((node) => node.text === text);
  const writes = named.filter(isWritten);
  if (writes.length === 0) return false;
  const [head] = inside;
  const body = bodyAround(head!);
  const isCaptured = named.some((node) => isInside(node) && bodyAround(node) !== body);
  const isEarlier = (write: ts.Node): boolean => write.end <= head!.pos && loopAround(head!, body) === undefined;
  return writes.some((write) => isInside(write) || bodyAround(write) !== body || (isCaptured && !isEarlier(write)));
}

function loopAround(node: ts.Node, body: ts.Node): ts.Node | undefined {
  for (let at = node.parent; at !== body; at = at.parent) if (ts.isIterationStatement(at, false)) return at;
  return undefined;
}

/** Whether the function always ends where the section does. */
function endsByReturn(tail: ts.Statement, inside: readonly ts.Statement[]): boolean {
  const isReturn = (each: ts.Statement): boolean =>
    ts.isReturnStatement(each) || (ts.isTryStatement(each) && each.tryBlock.statements.some(ts.isReturnStatement));
  const givesNothing = !inside.some((each) =>
    someInBody(each, (node) => ts.isReturnStatement(node) && !!node.expression),
  );
  return isReturn(tail) || givesNothing;
}

/** The uses of what the code around the section declares, those of the module left out. */
function neededFrom(around: ts.Statement, inside: readonly ts.Statement[]): readonly ts.Identifier[] {
  const own = new Set(inside.flatMap((each) => [...namesIn(each)]));
  const others = new Set(namesOutside(around, inside));
  return inside.flatMap((each) =>
    identifiersIn(each).filter((node) => others.has(node.text) && !own.has(node.text) && !isMemberName(node)),
  );
}

function namesOutside(around: ts.Statement, inside: readonly ts.Statement[]): readonly string[] {
  const within = new Set(inside.flatMap((each) => identifiersIn(each)));
  const names = new Set<string>();
  for (const node of identifiersIn(around)) {
    const { parent } = node;
    const isVariable = ts.isVariableDeclaration(parent) || ts.isParameter(parent) || ts.isBindingElement(parent);
    const isLocal = isVariable || ts.isFunctionDeclaration(parent) || ts.isClassDeclaration(parent);
    if (!isLocal || parent.name !== node || within.has(node)) continue;
    const isOfModule = parent === around || (ts.isVariableDeclaration(parent) && parent.parent.parent === around);
    if (!isOfModule) names.add(node.text);
  }
  return [...names];
}

function isMemberName(node: ts.Identifier): boolean {
  const { parent } = node;
  return (
    (ts.isPropertyAccessExpression(parent) && parent.name === node) ||
    (ts.isPropertyAssignment(parent) && parent.name === node)
  );
}

function nameFor(owner: Owner, lock: string): string {
  const own = owner.name && (ts.isIdentifier(owner.name) || ts.isPrivateIdentifier(owner.name)) ? owner.name.text : "";
  const variable =
    ts.isVariableDeclaration(owner.parent) && ts.isIdentifier(owner.parent.name) ? owner.parent.name.text : "";
  const stem = (own || variable).replace("#", "");
  const last = /[\w$]+(?=\W*$)/.exec(lock.replace(/\.getLock\(\)$/, ""))?.[0] ?? "Lock";
  const under = `nder${last.charAt(0).toUpperCase()}${last.slice(1)}`;
  return stem === "" || stem === "constructor" ? `u${under}` : `${stem}U${under}`;
}
