import { ts } from "../source/syntax.js";
import { type FunctionNode, unwrap } from "./declarations.js";
import { isAssignment } from "./variables.js";

/** What calls a function later, with other code in between. */
const LATER =
  /^(?:on|once|addListener|addEventListener|prependListener|subscribe|then|catch|finally|setTimeout|setInterval|setImmediate|queueMicrotask|nextTick)$/;

/** Whether a function is given to something that calls it later: a timer, an emitter, a promise. */
export function isLater({ parent }: FunctionNode): boolean {
  if (ts.isCallExpression(parent)) return LATER.test(calledName(parent) ?? "");
  return ts.isBinaryExpression(parent) && isAssignment(parent) && /\.on[a-z]+$/.test(parent.left.getText());
}

/** The last name of what a call calls. */
export function calledName(call: ts.CallExpression): string | undefined {
  const callee = unwrap(call.expression);
  if (ts.isPropertyAccessExpression(callee)) return callee.name.text;
  return ts.isIdentifier(callee) ? callee.text : undefined;
}

/** Whether nothing behind a place in a loop's body leaves the loop for sure. */
export function goesOn(node: ts.Node, loop: ts.IterationStatement): boolean {
  let isInner = false;
  for (let at = node; at !== loop; at = at.parent) {
    if (ts.isReturnStatement(at) || ts.isThrowStatement(at)) return false;
    const { parent } = at;
    if ((ts.isBlock(parent) || ts.isCaseOrDefaultClause(parent)) && ts.isStatement(at)) {
      const rest = parent.statements.slice(parent.statements.indexOf(at) + 1);
      const isLeft = ({ kind }: ts.Statement): boolean =>
        kind === ts.SyntaxKind.ReturnStatement ||
        kind === ts.SyntaxKind.ThrowStatement ||
        (!isInner && kind === ts.SyntaxKind.BreakStatement && !ts.isCaseOrDefaultClause(parent));
      if (rest.some(isLeft)) return false;
    }
    if (ts.isIterationStatement(at, false) || ts.isSwitchStatement(at)) isInner = true;
  }
  return true;
}
