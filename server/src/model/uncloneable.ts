import type { Site } from "../source/site.js";
import { ts } from "../source/syntax.js";
import { cutOf } from "./cuts.js";
import { isFunctionNode } from "./declarations.js";
import type { FunctionScope } from "./function-scope.js";
import type { Uncloneable } from "./message.js";
import type { Invocation } from "./spawns.js";

/** What a message is given that no message can hold, unless the code is ready for that. */
export function uncloneableAt(node: Invocation, scope: FunctionScope): Uncloneable | undefined {
  const { cloning } = scope.context;
  const message = cloning.messageOf(node);
  const part = message && cloning.partOf(message);
  if (!message || part?.fate !== "throws" || isExpected(node)) return undefined;
  const member = memberOf(part.at, message);
  return {
    kind: "uncloneable",
    text: (member?.name ?? part.at).getText().split("\n")[0]!.slice(0, 40),
    site: scope.site(part.at),
    what: part.what,
    by: ts.isNewExpression(node) ? "workerData" : node.expression.getText().split("\n").at(-1)!.trim(),
    sent: scope.site(node.expression),
    cut: member && isFunctionNode(part.at) ? cutOfMember(member) : undefined,
    mayAwait: part.what === "Promise" && !ts.isShorthandPropertyAssignment(part.at.parent) && inAsync(node),
  };
}

/** The member of an object literal whose value a part of a message is. */
function memberOf(part: ts.Node, message: ts.Expression): ts.ObjectLiteralElementLike | undefined {
  for (let at = part; at && at !== message; at = at.parent) {
    if (ts.isArrayLiteralExpression(at)) return undefined;
    if (ts.isObjectLiteralElementLike(at)) return at;
  }
  return undefined;
}

function cutOfMember(member: ts.ObjectLiteralElementLike): Site | undefined {
  return ts.isObjectLiteralExpression(member.parent) ? cutOf(member.parent.properties, member) : undefined;
}

/** Whether the code is ready for the message to throw: it catches that, or is a test of it. */
function isExpected(node: ts.Node): boolean {
  for (let at = node; at.parent; at = at.parent) {
    const { parent } = at;
    if (ts.isTryStatement(parent) && parent.tryBlock === at && parent.catchClause) return true;
    if (!isFunctionNode(at)) continue;
    return ts.isCallExpression(parent) && /throw|reject|expect|fail/i.test(parent.expression.getText());
  }
  return false;
}

function inAsync(node: ts.Node): boolean {
  let at = node;
  while (at.parent && !isFunctionNode(at)) at = at.parent;
  return isFunctionNode(at) && (ts.getCombinedModifierFlags(at) & ts.ModifierFlags.Async) !== 0;
}
