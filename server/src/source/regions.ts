import { bodyAround, covers, decisiveAccesses, someInBody, statementsOf } from "./dependence.js";
import {
  endWithComments,
  indentationAt,
  isFirstOnLine,
  isLastOnLine,
  type Line,
  linesOf,
  startWithComments,
} from "./layout.js";
import {
  type Declares,
  declaredNames,
  declaresVar,
  isIdle,
  isScopedDeclaration,
  leaves,
  mentions,
  outliving,
  suspends,
} from "./outliving.js";
import { ts } from "./syntax.js";
import { nodeAt, updateAround } from "./updates.js";

/** One access to the guarded location in the function at hand. */
export interface AccessSpan {
  readonly start: number;
  readonly end: number;
  readonly writes: boolean;
}

/** What has to run as one piece: plain data, from which an edit can be phrased without looking at syntax again. */
export type Region = StatementRegion | ExpressionRegion;

/** Part of a statement that has no statement list of its own: a loop header, the body of a short arrow function. */
export interface ExpressionRegion {
  readonly kind: "expression";
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly awaits: boolean;
}

export interface StatementRegion {
  readonly kind: "statements";
  /** With the comment lines above and the comment behind. */
  readonly start: number;
  readonly end: number;
  readonly lines: readonly Line[];
  /** The indentation that what is put around the region gets. */
  readonly indentation: string;
  /** The indentation that the region's own lines have now. */
  readonly ownIndentation: string;
  /** What separates the region from the text in front of it, where the edit has to say that. */
  readonly lead: "" | " ";
  /**
   * - `tail`: nothing that matters comes behind it in its block, so a scoped guard may live until the block ends
   * - `middle`: other statements follow
   * - `body`: one statement without braces behind an `if`, `else` or loop header
   */
  readonly place: "tail" | "middle" | "body";
  /** It shares its lines with other code. */
  readonly isInline: boolean;
  readonly awaits: boolean;
  /** It returns, breaks or continues out of itself, so that it cannot become a function of its own. */
  readonly leaves: boolean;
  /** What it declares for the statements behind it. */
  readonly declares: Declares | undefined;
  /** The one expression of a region that is one statement. */
  readonly value: StatementValue | undefined;
  /** A name for the guard that nothing in the function uses. */
  readonly freshName: string;
}

interface StatementValue {
  readonly of: "declaration" | "return" | "statement";
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A region while it may still grow: statements `first` to `last` of a list, or one expression. */
type Span = StatementSpan | { readonly expression: ts.Expression };

interface StatementSpan {
  readonly list: readonly ts.Statement[];
  readonly first: number;
  readonly last: number;
}

/**
 * The smallest regions that hold each write together with the accesses that decide about it, in the order of the
 * text. Undefined where there is none that keeps inside one function and one round of its loops, and that takes in no
 * `boundary` (an acquire or release of another lock) and no `yield`.
 *
 * @param accesses every access of the function that the lock does not guard yet
 */
export function regionsAround(
  file: ts.SourceFile,
  accesses: readonly AccessSpan[],
  boundaries: readonly number[],
): readonly Region[] | undefined {
  const nodes = accesses.map((access) => updateAround(nodeAt(file, access.start, access.end)));
  const spans: Span[] = [];
  for (const [index, access] of accesses.entries()) {
    const node = nodes[index];
    if (!access.writes || !node) continue;
    const span = spanAround(node, nodes);
    if (!span) return undefined;
    spans.push(span);
  }
  const regions = merged(spans).map((span) =>
    "expression" in span ? expressionRegion(file, span.expression) : statementRegion(file, span),
  );
  const whole = regions.filter((region): region is Region => region !== undefined);
  const isCut = whole.some((region) => boundaries.some((at) => region.start <= at && at < region.end));
  return isCut || whole.length < regions.length || whole.length === 0 ? undefined : whole;
}

function spanAround(write: ts.Node, nodes: readonly ts.Node[]): Span | undefined {
  const body = bodyAround(write);
  const others = nodes.filter((node) => bodyAround(node) === body);
  const members = [...decisiveAccesses(write, others)];
  const carrier = statementAround(write, body);
  if (!carrier || isCompound(carrier)) {
    const common = commonExpression(write, members);
    if (common) return { expression: common };
  }
  return carrier && listAround(carrier, body, members, others);
}

function statementAround(node: ts.Node, body: ts.Node): ts.Statement | undefined {
  for (let around = node; around !== body; around = around.parent) {
    if (ts.isStatement(around) && !ts.isBlock(around)) return around;
  }
  return undefined;
}

function isLoop(node: ts.Node): boolean {
  return ts.isIterationStatement(node, false);
}

function isCompound(statement: ts.Statement): boolean {
  return isLoop(statement) || ts.isIfStatement(statement) || ts.isSwitchStatement(statement);
}

/** The smallest expression with all members, for members that one header or one short function body holds. */
function commonExpression(write: ts.Node, members: readonly ts.Node[]): ts.Expression | undefined {
  for (let node = write; ts.isExpression(node); node = node.parent) {
    if (members.every((member) => covers(node, member))) return node;
  }
  return undefined;
}

/** The lowest statement list with all members, unless a round of a loop begins or ends between them. */
function listAround(
  carrier: ts.Statement,
  body: ts.Node,
  members: readonly ts.Node[],
  accesses: readonly ts.Node[],
): Span | undefined {
  for (let node: ts.Node = carrier; node !== body; node = node.parent) {
    if (ts.isStatement(node) && !ts.isBlock(node)) {
      const list = statementsOf(node.parent) ?? [node];
      const places = members.map((member) => list.findIndex((statement) => covers(statement, member)));
      if (!places.includes(-1)) {
        return isLoop(node) ? undefined : withFollowingReads(list, Math.min(...places), Math.max(...places), accesses);
      }
    }
    if (isLoop(node)) return undefined;
  }
  return undefined;
}

/** A read in the very next statement is about the value just written (`n += 1; return n`) and comes along. */
function withFollowingReads(
  list: readonly ts.Statement[],
  first: number,
  last: number,
  accesses: readonly ts.Node[],
): Span {
  let end = last;
  for (let next = list[end + 1]; next; next = list[end + 1]) {
    const statement = next;
    const reads = accesses.some((access) => covers(statement, access));
    if (!reads || isCompound(statement) || someInBody(statement, ts.isAwaitExpression)) break;
    end++;
  }
  return { list, first, last: end };
}

/** Neighbours in one list become one region; what lies inside another region is part of it. */
function merged(spans: readonly Span[]): readonly Span[] {
  const result: Span[] = [];
  for (const span of [...spans].sort((a, b) => startOf(a) - startOf(b) || endOf(b) - endOf(a))) {
    const before = result.at(-1);
    if (before && endOf(span) <= endOf(before)) continue;
    const isNeighbour = before && "list" in before && "list" in span && before.list[0] === span.list[0];
    if (isNeighbour && span.first <= before.last + 1) result[result.length - 1] = { ...before, last: span.last };
    else result.push(span);
  }
  return result;
}

function startOf(span: Span): number {
  return "expression" in span ? span.expression.pos : (span.list[span.first]?.pos ?? 0);
}

function endOf(span: Span): number {
  return "expression" in span ? span.expression.end : (span.list[span.last]?.end ?? 0);
}

function expressionRegion(file: ts.SourceFile, expression: ts.Expression): ExpressionRegion | undefined {
  if (someInBody(expression, ts.isYieldExpression)) return undefined;
  return {
    kind: "expression",
    start: expression.getStart(file),
    end: expression.end,
    text: expression.getText(file),
    awaits: someInBody(expression, ts.isAwaitExpression),
  };
}

function statementRegion(file: ts.SourceFile, span: StatementSpan): StatementRegion | undefined {
  const { list, first } = span;
  const grown = lastWithUses(list, first, span.last);
  const inside = list.slice(first, grown + 1);
  const [head] = inside;
  const tail = inside.at(-1);
  if (!head || !tail || inside.some((statement) => someInBody(statement, ts.isYieldExpression))) return undefined;
  const place = placeOf(list, grown);
  if (place !== "tail" && inside.some(isScopedDeclaration)) return undefined;
  const declared = outliving(list, first, grown);
  if (declared === "definition") return undefined;
  const extent = place === "body" ? extentOfBody(file, head) : extentOfList(file, head, tail);
  return {
    kind: "statements",
    ...extent,
    place,
    awaits: inside.some((statement) => someInBody(statement, suspends)),
    leaves: leaves(inside) || declaresVar(inside),
    declares: declared,
    value: inside.length === 1 ? singleValue(file, head) : undefined,
    freshName: freshName(head),
  };
}

type Extent = Pick<StatementRegion, "start" | "end" | "lines" | "indentation" | "ownIndentation" | "lead" | "isInline">;

function extentOfList(file: ts.SourceFile, head: ts.Statement, tail: ts.Statement): Extent {
  const { text } = file;
  const start = startWithComments(file, head);
  const withComment = endWithComments(file, tail);
  const isInline = !isFirstOnLine(text, start) || !isLastOnLine(text, withComment);
  const end = isInline ? tail.end : withComment;
  const indentation = indentationAt(text, start);
  return {
    start,
    end,
    lines: linesOf(file, start, end),
    indentation,
    ownIndentation: indentation,
    lead: "",
    isInline,
  };
}

/** The braces that the statement gets open on the line of the `if`, `else` or loop it belongs to. */
function extentOfBody(file: ts.SourceFile, statement: ts.Statement): Extent {
  const { text } = file;
  const first = statement.getStart(file);
  const withComment = endWithComments(file, statement);
  const end = isLastOnLine(text, withComment) ? withComment : statement.end;
  const isApart = text.slice(statement.pos, first).trim() !== "";
  const start = isApart ? first : statement.pos;
  return {
    start,
    end,
    lines: linesOf(file, first, end),
    indentation: indentationAt(text, start),
    ownIndentation: indentationAt(text, first),
    lead: isApart ? "" : " ",
    isInline: false,
  };
}

/**
 * A region that both leaves its function and declares names used behind it has no form of its own: it grows until the
 * names are no longer used.
 */
function lastWithUses(list: readonly ts.Statement[], first: number, last: number): number {
  let end = last;
  while (leaves(list.slice(first, end + 1)) && placeOf(list, end) !== "tail") {
    const names = declaredNames(list.slice(first, end + 1));
    const behind = list.findLastIndex((statement, index) => index > end && mentions(statement, names));
    if (behind < 0) break;
    end = behind;
  }
  return end;
}

function placeOf(list: readonly ts.Statement[], last: number): StatementRegion["place"] {
  const owner = list[0]?.parent;
  if (!owner || !statementsOf(owner)) return "body";
  return ts.isBlock(owner) && list.slice(last + 1).every(isIdle) ? "tail" : "middle";
}

function singleValue(file: ts.SourceFile, statement: ts.Statement): StatementValue | undefined {
  const of = ts.isVariableStatement(statement)
    ? "declaration"
    : ts.isReturnStatement(statement)
      ? "return"
      : "statement";
  const expression = ts.isVariableStatement(statement)
    ? onlyInitializer(statement)
    : ts.isReturnStatement(statement) || ts.isExpressionStatement(statement)
      ? statement.expression
      : undefined;
  return expression && { of, start: expression.getStart(file), end: expression.end, text: expression.getText(file) };
}

function onlyInitializer(statement: ts.VariableStatement): ts.Expression | undefined {
  const [only, ...more] = statement.declarationList.declarations;
  return more.length === 0 ? only?.initializer : undefined;
}

/** `_`, the usual name for a guard nobody mentions, unless the function has a use for it. */
export function freshName(statement: ts.Statement): string {
  let outermost = bodyAround(statement);
  while (!ts.isSourceFile(outermost) && !ts.isSourceFile(bodyAround(outermost))) outermost = bodyAround(outermost);
  for (let count = 1; ; count++) {
    const name = count === 1 ? "_" : `_held${count === 2 ? "" : count - 1}`;
    if (!mentions(outermost, new Set([name]))) return name;
  }
}
