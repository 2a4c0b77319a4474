import { someInBody, statementsOf } from "./dependence.js";
import { finallyBehind } from "./finally-behind.js";
import type { CallPlace, Change } from "./lock-calls.js";
import { ts } from "./syntax.js";
import { nodeAt } from "./updates.js";

/**
 * What stands between the setting of a flag or counter and its setting back goes into a `try`, and the latter into its
 * `finally`. Where the function sets it back on other ways too, nobody knows what belongs together: then undefined.
 */
export function restoredAlways(
  file: ts.SourceFile,
  set: CallPlace,
  restored: CallPlace,
): readonly Change[] | undefined {
  const last = nodeAt(file, restored.start, restored.end).parent;
  const block = last.parent;
  const list = statementsOf(block);
  if (!ts.isExpressionStatement(last) || !list || !ts.isBlock(block)) return undefined;
  const text = last.expression.getText(file);
  const isOther = (node: ts.Node): boolean =>
    ts.isExpressionStatement(node) && node !== last && node.expression.getText(file) === text;
  if (someInBody(block, isOther)) return undefined;
  const setting = list.find((each) => each.getStart(file) <= set.start && set.end <= each.end);
  if (setting) return finallyBehind(file, list, setting.end, last);
  // What is set outside is set back by a function that does nothing else first.
  const isOwnBody = ts.isFunctionLike(block.parent) && set.end <= block.parent.getStart(file);
  return isOwnBody ? finallyBehind(file, list, block.getStart(file) + 1, last) : undefined;
}
