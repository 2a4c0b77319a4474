import { ts } from "../source/syntax.js";
import { isFunctionNode, unwrap } from "./declarations.js";
import type { OneByOne } from "./events.js";
import { usesOf } from "./executors.js";
import type { FunctionScope } from "./function-scope.js";
import type { Invocation } from "./spawns.js";
import { isAssignment } from "./variables.js";

/** A call in a loop that waits for its task, where the rounds do not need each other. */
export function oneByOneAt(call: Invocation, scope: FunctionScope): OneByOne | undefined {
  const loop = loopAround(call, scope);
  if (!loop || mayEndEarly(loop) || !isIndependent(call, loop)) return undefined;
  return { kind: "one-by-one", text: call.expression.getText(), loop: scope.site(loop), site: scope.site(call) };
}

/** The loop over a range or a collection; a `while` goes on for some reason. */
function loopAround(call: ts.Node, scope: FunctionScope): ts.Node | undefined {
  for (let at = call; at !== scope.owner; at = at.parent) {
    if (ts.isWhileStatement(at.parent) || ts.isDoStatement(at.parent)) return undefined;
    if (ts.isForStatement(at.parent)) return at.parent.statement === at ? at.parent : undefined;
    if (ts.isForOfStatement(at.parent)) return at.parent.statement === at ? at.parent : undefined;
  }
  const { owner } = scope;
  const around = ts.isArrowFunction(owner) ? owner.parent : undefined;
  const effect = around && ts.isCallExpression(around) ? scope.effectOf(around) : undefined;
  const isEach =
    around && ts.isCallExpression(around) && /\.(?:map|forEach|flatMap)$/.test(around.expression.getText());
  return isEach && effect?.effect === "invoke" && effect.many ? around : undefined;
}

function mayEndEarly(loop: ts.Node): boolean {
  const visit = (node: ts.Node): boolean => {
    if (isFunctionNode(node) && node.parent !== loop) return false;
    if (ts.isBreakStatement(node) || ts.isThrowStatement(node) || ts.isIfStatement(node)) return true;
    if (ts.isReturnStatement(node) && ts.isIterationStatement(loop, false)) return true;
    return ts.forEachChild(node, (child) => visit(child) || undefined) ?? false;
  };
  return ts.forEachChild(loop, (child) => visit(child) || undefined) ?? false;
}

/** Whether what a round gets goes nowhere, or into something that no task is given. */
function isIndependent(call: Invocation, loop: ts.Node): boolean {
  let at: ts.Node = call;
  while (ts.isExpression(at.parent) && unwrap(at.parent) === call) at = at.parent;
  const { parent } = at;
  if (ts.isExpressionStatement(parent) || ts.isReturnStatement(parent)) return true;
  if (ts.isArrowFunction(parent)) return parent.parent === loop;
  if (ts.isVariableDeclaration(parent)) return ts.isIdentifier(parent.name) && !isHandedOn(parent.name, loop);
  if (ts.isCallExpression(parent)) {
    const collects =
      ts.isPropertyAccessExpression(parent.expression) && /^(?:push|add|set)$/.test(parent.expression.name.text);
    return collects && ts.isExpressionStatement(parent.parent) && !isGiven(parent.expression, call);
  }
  return ts.isBinaryExpression(parent) && isAssignment(parent) && !isGiven(parent.left, call);
}

/** Whether a variable of one round is kept for the next. */
function isHandedOn(name: ts.Identifier, loop: ts.Node): boolean {
  return usesOf(name.text, loop).some((use) => {
    for (let at: ts.Node = use; at !== loop; at = at.parent) {
      if (ts.isBinaryExpression(at) && isAssignment(at)) return true;
    }
    return false;
  });
}

/** Whether the task gets what the expression begins with. */
function isGiven(target: ts.Expression, call: Invocation): boolean {
  let root = unwrap(target);
  while (ts.isPropertyAccessExpression(root) || ts.isElementAccessExpression(root)) root = unwrap(root.expression);
  if (!ts.isIdentifier(root)) return root.kind !== ts.SyntaxKind.ThisKeyword;
  const name = root.text;
  return (call.arguments ?? []).some((each) => mentions(each, name));
}

function mentions(node: ts.Node, name: string): boolean {
  if (ts.isIdentifier(node) && node.text === name) return true;
  return ts.forEachChild(node, (child) => mentions(child, name) || undefined) ?? false;
}
