import { ts } from "./syntax.js";

/** One line of a text that is about to be indented. */
export interface Line {
  readonly text: string;
  /** The line begins inside a template literal, so that white space in front of it would change the program. */
  readonly isLiteral: boolean;
}

/** How the file lays out its text: what an edit has to imitate. */
export interface Layout {
  readonly newline: string;
  /** One step of indentation. */
  readonly unit: string;
  readonly quote: '"' | "'";
  /** `;`, or nothing in a file that goes without. */
  readonly semicolon: ";" | "";
}

export function layoutOf(file: ts.SourceFile): Layout {
  const { text } = file;
  const habits = habitsOf(file);
  return {
    newline: text.includes("\r\n") ? "\r\n" : "\n",
    unit: indentationUnit(text),
    quote: habits.quotes < 0 ? "'" : '"',
    semicolon: habits.semicolons < 0 ? "" : ";",
  };
}

/** How much more often than not the file uses double quotes, and semicolons where it could do without. */
function habitsOf(file: ts.SourceFile): { quotes: number; semicolons: number } {
  let quotes = 0;
  let semicolons = 0;
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteral(node)) quotes += file.text[node.getStart(file)] === "'" ? -1 : 1;
    const canEndWithout =
      ts.isExpressionStatement(node) ||
      ts.isVariableStatement(node) ||
      ts.isReturnStatement(node) ||
      ts.isImportDeclaration(node);
    if (canEndWithout) semicolons += file.text[node.end - 1] === ";" ? 1 : -1;
    ts.forEachChild(node, visit);
  };
  visit(file);
  return { quotes, semicolons };
}

function indentationUnit(text: string): string {
  const steps = new Map<number, number>();
  let last = 0;
  for (const [, white, mark] of text.matchAll(/^([ \t]*)(\S)/gm)) {
    if (white?.startsWith("\t")) return "\t";
    if (mark === "*") continue; // The inside of a block comment is indented by one more space.
    const width = white?.length ?? 0;
    if (width > last) steps.set(width - last, (steps.get(width - last) ?? 0) + 1);
    last = width;
  }
  const [most] = [...steps].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
  return " ".repeat(most?.[0] ?? 2);
}

/** The white space at the start of the line that `offset` is on. */
export function indentationAt(text: string, offset: number): string {
  return /^[ \t]*/.exec(text.slice(lineStart(text, offset)))?.[0] ?? "";
}

/** The start of the line that `offset` is on. */
export function lineStart(text: string, offset: number): number {
  return text.lastIndexOf("\n", offset - 1) + 1;
}

/** Whether nothing but white space stands before `offset` on its line. */
export function isFirstOnLine(text: string, offset: number): boolean {
  return text.slice(lineStart(text, offset), offset).trim() === "";
}

/** Whether nothing but white space stands behind `offset` on its line. */
export function isLastOnLine(text: string, offset: number): boolean {
  return /^[ \t]*(\r?\n|$)/.test(text.slice(offset));
}

/** The start of the comment lines right above a statement, or of the statement: they move together. */
export function startWithComments(file: ts.SourceFile, statement: ts.Node): number {
  const text = file.text;
  let start = statement.getStart(file);
  if (!isFirstOnLine(text, start)) return start;
  for (const comment of [...(ts.getLeadingCommentRanges(text, statement.getFullStart()) ?? [])].reverse()) {
    const isAdjacent = !/\n[ \t]*\r?\n/.test(text.slice(comment.end, start));
    if (!isAdjacent || !isFirstOnLine(text, comment.pos)) break;
    start = comment.pos;
  }
  return start;
}

/** The end of the comment behind a statement on its line, or of the statement. */
export function endWithComments(file: ts.SourceFile, statement: ts.Node): number {
  return ts.getTrailingCommentRanges(file.text, statement.end)?.at(-1)?.end ?? statement.end;
}

/** The lines from `start` to `end`; the first one without its indentation when `start` is behind it. */
export function linesOf(file: ts.SourceFile, start: number, end: number): readonly Line[] {
  const literals = literalSpans(file, start, end);
  let offset = start;
  return file.text
    .slice(start, end)
    .split("\n")
    .map((raw) => {
      const at = offset;
      offset += raw.length + 1;
      const isLiteral = literals.some((span) => span.start < at && at < span.end);
      return { text: raw.replace(/\r$/, ""), isLiteral };
    });
}

function literalSpans(file: ts.SourceFile, start: number, end: number): { start: number; end: number }[] {
  const spans: { start: number; end: number }[] = [];
  const visit = (node: ts.Node): void => {
    if (node.end <= start || node.pos >= end) return;
    if (ts.isTemplateLiteralToken(node) || ts.isStringLiteral(node)) {
      spans.push({ start: node.getStart(file), end: node.end });
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return spans;
}
