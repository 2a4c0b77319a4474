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
