import type { Site } from "../source/site.js";
import type { ts } from "../source/syntax.js";

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
