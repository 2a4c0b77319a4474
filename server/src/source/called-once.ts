import { indentationAt, isFirstOnLine, layoutOf, lineStart } from "./layout.js";
import type { CallPlace, Change } from "./lock-calls.js";
import { ts } from "./syntax.js";
import { nodeAt } from "./updates.js";

/**
 * `return () => { … }` becomes a function that does its work once, by a variable in front of the statement that it is
 * in. Undefined for what gives its caller something, and where the statement does not begin its line.
 */
export function calledOnce(file: ts.SourceFile, place: CallPlace): readonly Change[] | undefined {
  const made = nodeAt(file, place.start, place.end);
  if (!(ts.isArrowFunction(made) || ts.isFunctionExpression(made)) || !ts.isBlock(made.body)) return undefined;
  const [first] = made.body.statements;
  const statement = statementAround(made);
  const name = ["isReleased", "wasReleased"].find((each) => !new RegExp(`\\b${each}\\b`).test(file.text));
  if (!first || !statement || name === undefined || gives(made.body)) return undefined;
  const start = statement.getStart(file);
  const body = first.getStart(file);
  if (!isFirstOnLine(file.text, start) || !isFirstOnLine(file.text, body)) return undefined;
  const { newline, semicolon } = layoutOf(file);
  const inside = indentationAt(file.text, body);
  const guard = `if (${name}) return${semicolon}${newline}${inside}${name} = true${semicolon}${newline}${inside}`;
  // What a comment says of the first statement stays with it.
  const before =
    lineStart(file.text, made.body.getStart(file)) === lineStart(file.text, body)
      ? body
      : afterBrace(file, made.body, body);
  return [
    { start, end: start, newText: `let ${name} = false${semicolon}${newline}${indentationAt(file.text, start)}` },
    { start: before, end: before, newText: guard },
  ];
}

/** The start of the first comment or statement in a block. */
function afterBrace(file: ts.SourceFile, block: ts.Block, first: number): number {
  const from = block.getStart(file) + 1;
  const [comment] = ts.getLeadingCommentRanges(file.text, from) ?? [];
  return comment && comment.pos < first && isFirstOnLine(file.text, comment.pos) ? comment.pos : first;
}

function statementAround(node: ts.Node): ts.Statement | undefined {
  for (let at = node.parent; at && !ts.isFunctionLike(at); at = at.parent) {
    if (ts.isStatement(at) && ts.isBlock(at.parent)) return at;
  }
  return undefined;
}

function gives(body: ts.Block): boolean {
  const visit = (node: ts.Node): boolean => {
    if (ts.isFunctionLike(node)) return false;
    if (ts.isReturnStatement(node) && node.expression) return true;
    return ts.forEachChild(node, (child) => visit(child) || undefined) ?? false;
  };
  return visit(body);
}

/**
 * `this.done(x); this.done = undefined;` becomes `const done = this.done; this.done = undefined; done(x);`. Undefined
 * where the two do not follow each other, or a comment stands between them.
 */
export function calledAfterReset(
  file: ts.SourceFile,
  called: CallPlace,
  reset: CallPlace,
): readonly Change[] | undefined {
  const callee = nodeAt(file, called.start, called.end);
  const call = ts.isNonNullExpression(callee.parent) ? callee.parent.parent : callee.parent;
  const set = nodeAt(file, reset.start, reset.end);
  if (!ts.isCallExpression(call) || !ts.isExpressionStatement(call.parent) || !ts.isExpressionStatement(set.parent))
    return undefined;
  const [first, second] = [call.parent, set.parent];
  const start = first.getStart(file);
  const isNext = first.parent === second.parent && file.text.slice(first.end, second.getStart(file)).trim() === "";
  const name = localName(file, callee);
  const isPlain = start === called.start && isFirstOnLine(file.text, start);
  if (!isNext || name === undefined || !isPlain) return undefined;
  const { newline, semicolon } = layoutOf(file);
  const between = `${newline}${indentationAt(file.text, start)}`;
  const taken = `const ${name} = ${callee.getText(file)}${semicolon}${between}${set.getText(file)}${semicolon}${between}`;
  return [
    { start, end: call.expression.end, newText: `${taken}${name}` },
    { start: first.end, end: second.end, newText: "" },
  ];
}

/** A name for what a field or variable has, that the file does not have yet. */
function localName(file: ts.SourceFile, node: ts.Node): string | undefined {
  const last = ts.isPropertyAccessExpression(node) ? node.name.text.replace(/^[#_]+/, "") : "";
  const isKnown = (name: string): boolean => new RegExp(`(?<![.#\\w])${name}\\b`).test(file.text);
  return [last, "callback", "calledBack"].find((name) => /^[a-z]\w*$/i.test(name) && !isKnown(name));
}
