import { ts } from "../source/syntax.js";
import { enclosingFunction, type FunctionNode, isFunctionNode, siteOf, unwrap } from "./declarations.js";
import { listeningAround } from "./listening.js";
import type { SkippedNotify } from "./settling.js";
import type { StateNames } from "./state-names.js";

/**
 * Wake-ups of a blocked thread, in what handles its message, that an exception passes by: what was sent is an order to
 * work and to wake, and the sender sleeps.
 */
export function skippedNotifies(functions: readonly FunctionNode[], names: StateNames): readonly SkippedNotify[] {
  return functions.flatMap((node) => {
    const handler = messageHandlerAround(node);
    return handler ? skippedIn(node, handler, names) : [];
  });
}

function skippedIn(node: FunctionNode, handler: FunctionNode, names: StateNames): readonly SkippedNotify[] {
  const notifies: ts.CallExpression[] = [];
  const throwing: (ts.ThrowStatement | ts.AwaitExpression)[] = [];
  const visit = (at: ts.Node): void => {
    if (isFunctionNode(at)) return;
    if (ts.isCallExpression(at) && isNotify(at, names)) notifies.push(at);
    if (ts.isThrowStatement(at) || (ts.isAwaitExpression(at) && ts.isCallExpression(unwrap(at.expression)))) {
      throwing.push(at);
    }
    ts.forEachChild(at, visit);
  };
  if (node.body) ts.forEachChild(node.body, visit);
  const notify = notifies.at(-1);
  if (!notify || isCaughtAround(node)) return [];
  const first = throwing.find((at) => at.end <= notify.pos && !isCaught(at, node) && !isInFinally(notify, at));
  if (!first || notifies.some((each) => each.end <= first.pos)) return [];
  return [
    {
      text: notify.getText().replace(/\s+/g, " "),
      notify: siteOf(notify),
      throws: siteOf(first),
      awaits: ts.isAwaitExpression(first),
      handler: siteOf(handler),
    },
  ];
}

/** `Atomics.notify(…)`, or a `notify` taken out of `Atomics`. */
function isNotify(node: ts.CallExpression, names: StateNames): boolean {
  const callee = unwrap(node.expression);
  if (ts.isPropertyAccessExpression(callee)) return callee.getText() === "Atomics.notify";
  if (!ts.isIdentifier(callee)) return false;
  const declared = names.declarationOf(callee)?.node;
  if (!declared || !ts.isBindingElement(declared)) return false;
  const { parent } = declared.parent;
  const isWhole = ts.isVariableDeclaration(parent) && parent.initializer?.getText() === "Atomics";
  return isWhole && (declared.propertyName ?? declared.name).getText() === "notify";
}

function messageHandlerAround(node: FunctionNode): FunctionNode | undefined {
  for (let at: FunctionNode | ts.SourceFile = node; !ts.isSourceFile(at); at = enclosingFunction(at)) {
    if (listeningAround(at)?.event === "message") return at;
  }
  return undefined;
}

/** Whether an exception goes no further than a `catch` of the function. */
function isCaught(node: ts.Node, within: FunctionNode): boolean {
  for (let at = node; at !== within; at = at.parent) {
    if (ts.isTryStatement(at.parent) && at.parent.tryBlock === at && at.parent.catchClause) return true;
  }
  return false;
}

/** Whether one who called the function at once hears of its exception. */
function isCaughtAround(node: FunctionNode): boolean {
  let at: ts.Node = node;
  while (ts.isParenthesizedExpression(at.parent)) at = at.parent;
  return ts.isCallExpression(at.parent) && ts.isPropertyAccessExpression(at.parent.parent);
}

/** Whether `notify` comes in the `finally` of what `throws` is in. */
function isInFinally(notify: ts.Node, throws: ts.Node): boolean {
  for (let at = throws; at.parent; at = at.parent) {
    const block = ts.isTryStatement(at.parent) && at.parent.tryBlock === at ? at.parent.finallyBlock : undefined;
    if (block && block.pos <= notify.pos && block.end >= notify.end) return true;
  }
  return false;
}
