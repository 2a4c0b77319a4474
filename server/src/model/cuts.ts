import type { Site } from "../source/site.js";
import { ts } from "../source/syntax.js";

/** What to cut of the text so that a list no longer has an element; undefined where a comment would be lost. */
export function cutOf<T extends ts.Node>(list: readonly T[], at: T): Site | undefined {
  const index = list.indexOf(at);
  const [before, after] = [list[index - 1], list[index + 1]];
  if (before) return cutBetween(at, before.end, at.end);
  return after ? cutBetween(at, at.getStart(), after.getStart()) : cutBetween(at, at.getStart(), at.end);
}

/** A piece of the text around a node, unless there is a comment in it. */
function cutBetween(node: ts.Node, start: number, end: number): Site | undefined {
  const file = node.getSourceFile();
  return /\/[/*]/.test(file.text.slice(start, end)) ? undefined : { file: file.fileName, start, end };
}

/** What to cut so that a list no longer has an element: where it is the only one, the list with it. */
export function withoutListed(at: ts.Expression): Site | undefined {
  const list = at.parent;
  if (!ts.isArrayLiteralExpression(list)) return undefined;
  if (list.elements.length > 1) return cutOf(list.elements, at);
  const isMember = ts.isPropertyAssignment(list.parent);
  const whole = isMember ? list.parent.parent : list;
  if (isMember && (!ts.isObjectLiteralExpression(whole) || whole.properties.length > 1)) return undefined;
  const call = whole.parent;
  return ts.isCallExpression(call) ? cutOf(call.arguments, whole as ts.Expression) : undefined;
}
