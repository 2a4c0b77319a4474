import type { Site } from "./site.js";
import { ts } from "./syntax.js";

/** A comment that begins with `heddle-ignore`: by it the user says that a finding is none, or means to. */
export interface Suppression {
  /** The comment. */
  readonly site: Site;
  /** What has to go so that nothing of the comment is left: its line, where nothing else is on it. */
  readonly removal: Site;
  /** `heddle-ignore-…`, as written. */
  readonly form: string;
  /** As written; empty where no rule is named. */
  readonly ruleId: string;
  /** Why; empty where nothing is said. */
  readonly reason: string;
  /** The next line with code after the comment, from its first character to its last; undefined at the file's end. */
  readonly nextLine: Site | undefined;
  /** The lines after the comment up to and with that one. */
  readonly reach: Site;
}

export const nextLineForm = "heddle-ignore-next-line";
export const fileForm = "heddle-ignore-file";

/** Whether some comment of a text may be a suppression. */
export function maySuppress(text: string): boolean {
  return text.includes("heddle-ignore");
}

const known = new WeakMap<ts.SourceFile, readonly Suppression[]>();

/** The suppression comments of a file, in their order. Strings, templates and the text of JSX are no comments. */
export function suppressionsOf(tree: ts.SourceFile): readonly Suppression[] {
  let found = known.get(tree);
  if (found === undefined) {
    found = maySuppress(tree.text) ? find(tree) : [];
    known.set(tree, found);
  }
  return found;
}

/** The same of a text that belongs to no program. */
export function suppressionsIn(file: string, text: string): readonly Suppression[] {
  return text.includes("heddle-ignore") ? find(ts.createSourceFile(file, text, ts.ScriptTarget.ES2022)) : [];
}

function find(tree: ts.SourceFile): readonly Suppression[] {
  const { text } = tree;
  const found: Suppression[] = [];
  let from = 0;
  for (let at = text.indexOf("heddle-ignore"); at >= 0; at = text.indexOf("heddle-ignore", from)) {
    from = at + 1;
    const comment = commentAt(tree, at);
    if (comment === undefined) continue;
    from = comment.end;
    const said = parse(text.slice(comment.start, comment.end));
    if (said === undefined) continue; // The comment only speaks of such comments.
    const { fileName: file } = tree;
    const nextLine = nextLineWithCode(tree, comment.whole.end);
    found.push({
      ...said,
      site: { file, start: comment.start, end: comment.end },
      removal: removalOf(tree, comment.whole),
      nextLine,
      reach: { file, start: startOfNextLine(text, comment.whole.end), end: nextLine?.end ?? text.length },
    });
  }
  return found;
}

interface Range {
  readonly start: number;
  readonly end: number;
}

interface Comment extends Range {
  /** With the braces around a comment between JSX elements, which hold nothing else. */
  readonly whole: Range;
}

/** The comment around an offset. Comments belong to no node: they lie before the token that follows them. */
function commentAt(tree: ts.SourceFile, at: number): Comment | undefined {
  let token: ts.Node = tree;
  let braces: Range | undefined;
  for (;;) {
    const child: ts.Node | undefined = token
      .getChildren(tree)
      .find(({ pos, end, kind }) => (kind === ts.SyntaxKind.EndOfFileToken ? pos <= at : pos <= at && at < end));
    if (child === undefined) break;
    if (ts.isJsxExpression(child) && child.expression === undefined) {
      braces = { start: child.getStart(tree), end: child.end };
    }
    token = child;
    if (ts.isJSDoc(child)) return { start: child.pos, end: child.end, whole: { start: child.pos, end: child.end } };
  }
  const { text } = tree;
  const ranges = [
    ...(ts.getTrailingCommentRanges(text, token.pos) ?? []),
    ...(ts.getLeadingCommentRanges(text, token.pos) ?? []),
  ];
  const range = ranges.find(({ pos, end }) => pos <= at && at < end);
  if (range === undefined || range.pos >= token.getStart(tree)) return undefined;
  const comment = { start: range.pos, end: range.end };
  const isAlone =
    braces !== undefined &&
    text.slice(braces.start + 1, range.pos).trim() === "" &&
    text.slice(range.end, braces.end - 1).trim() === "";
  return { ...comment, whole: isAlone && braces !== undefined ? braces : comment };
}

/** What a comment says; undefined where it does not begin as a suppression does. */
function parse(comment: string): Pick<Suppression, "form" | "ruleId" | "reason"> | undefined {
  const inner = comment.startsWith("//")
    ? comment.replace(/^\/+/, "")
    : comment.replace(/^\/\*+|\*+\/$/g, "").replace(/^\s*\*+/gm, "");
  const said = /^\s*(heddle-ignore(?:-[\w-]*)?)(?![\w-])\s*([^\s:]*)\s*(?::([\s\S]*))?/.exec(inner);
  if (said === null) return undefined;
  const [, form = "", ruleId = "", reason = ""] = said;
  return { form, ruleId, reason: reason.replace(/\s+/g, " ").trim() };
}

/** What has to go so that nothing of a comment is left: its line, where nothing else is on it. */
export function removalOf({ fileName: file, text }: ts.SourceFile, { start, end }: Range): Site {
  const lineStart = startOfLine(text, start);
  const lineEnd = endOfLine(text, end);
  const isFirst = text.slice(lineStart, start).trim() === "";
  const isLast = text.slice(end, lineEnd).trim() === "";
  if (isFirst && isLast) {
    const newline = /^(?:\r\n|\n|\r)/.exec(text.slice(lineEnd, lineEnd + 2))?.[0] ?? "";
    return { file, start: lineStart, end: lineEnd + newline.length };
  }
  const space = /[ \t]*$/.exec(text.slice(lineStart, start))?.[0].length ?? 0;
  if (isLast) return { file, start: start - space, end };
  const after = /^[ \t]*/.exec(text.slice(end, lineEnd))?.[0].length ?? 0;
  return { file, start, end: end + after };
}

/** Lines of comments alone are passed over, so that one comment can stand below another. */
function nextLineWithCode(tree: ts.SourceFile, from: number): Site | undefined {
  const { fileName: file, text } = tree;
  for (let start = startOfNextLine(text, from); start < text.length; start = startOfNextLine(text, start)) {
    const end = endOfLine(text, start);
    const first = firstCode(tree, start, end);
    if (first !== undefined) return { file, start: first, end: start + text.slice(start, end).trimEnd().length };
  }
  return undefined;
}

/** The first character of a line that is neither space nor part of a comment. */
function firstCode(tree: ts.SourceFile, start: number, end: number): number | undefined {
  const { text } = tree;
  for (let at = start; at < end; ) {
    if (/\s/.test(text[at]!)) {
      at++;
      continue;
    }
    const comment = commentAt(tree, at);
    if (comment === undefined) return isOpeningOfComment(tree, at) ? undefined : at;
    at = comment.end;
  }
  return undefined;
}

/** The brace before a comment between JSX elements: no code, if the comment is all that the braces hold. */
function isOpeningOfComment(tree: ts.SourceFile, at: number): boolean {
  const { text } = tree;
  if (text[at] !== "{") return false;
  const inner = text.slice(at + 1).search(/\S/);
  const comment = inner < 0 ? undefined : commentAt(tree, at + 1 + inner);
  return comment !== undefined && comment.whole.start === at;
}

function startOfLine(text: string, at: number): number {
  return Math.max(text.lastIndexOf("\n", at - 1), text.lastIndexOf("\r", at - 1)) + 1;
}

function endOfLine(text: string, at: number): number {
  const ending = /[\r\n]/g;
  ending.lastIndex = at;
  return ending.exec(text)?.index ?? text.length;
}

function startOfNextLine(text: string, at: number): number {
  const end = endOfLine(text, at);
  return end + (text.startsWith("\r\n", end) ? 2 : 1);
}
