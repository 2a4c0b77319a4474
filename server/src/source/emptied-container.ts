import { indentationAt, layoutOf } from "./layout.js";
import type { CallPlace, Change } from "./lock-calls.js";
import { ts } from "./syntax.js";
import { nodeAt } from "./updates.js";

/** `list = [1];` becomes `list.clear(); list.push(1);`: the container stays, with what was to be in its place. */
export function emptied(file: ts.SourceFile, place: CallPlace, kind: "map" | "list"): readonly Change[] | undefined {
  const assignment = nodeAt(file, place.start, place.end);
  const statement = assignment.parent;
  if (!ts.isBinaryExpression(assignment) || !ts.isExpressionStatement(statement)) return undefined;
  if (!ts.isBlock(statement.parent) && !ts.isSourceFile(statement.parent)) return undefined;
  const name = assignment.left.getText(file);
  const given = contentOf(file, assignment.right, kind);
  // What rests on the old content would find it empty.
  if (given === undefined || speaksOf(assignment.right, name)) return undefined;
  const { newline, semicolon } = layoutOf(file);
  const start = assignment.getStart(file);
  const then = given === "" ? "" : `${semicolon}${newline}${indentationAt(file.text, start)}${name}.${given}`;
  return [{ start, end: assignment.end, newText: `${name}.clear()${then}` }];
}

/** The call that puts the content of a plain container into the shared one; nothing for one that is empty. */
function contentOf(file: ts.SourceFile, value: ts.Expression, kind: "map" | "list"): string | undefined {
  if (ts.isArrayLiteralExpression(value)) {
    if (value.elements.length === 0) return "";
    return kind === "list" ? `push(${value.elements.map((each) => each.getText(file)).join(", ")})` : undefined;
  }
  if (ts.isObjectLiteralExpression(value)) return value.properties.length === 0 ? "" : undefined;
  if (!ts.isNewExpression(value)) return undefined;
  const [given, ...more] = value.arguments ?? [];
  if (!given) return "";
  const isMap = value.expression.getText(file) === "Map" && kind === "map" && more.length === 0;
  return isMap ? `update(${given.getText(file)})` : undefined;
}

function speaksOf(node: ts.Node, name: string): boolean {
  return node.getText() === name || (ts.forEachChild(node, (child) => speaksOf(child, name) || undefined) ?? false);
}
