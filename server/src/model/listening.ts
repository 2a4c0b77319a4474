import { ts } from "../source/syntax.js";
import { type FunctionNode, isFunctionNode, unwrap } from "./declarations.js";
import { isAssignment } from "./variables.js";

/** Code asks to be told when something happens to an object. */
export interface Listening {
  readonly event: string;
  readonly peer: ts.Expression;
  /** What is to be called: a function, or an expression that names one. */
  readonly handler: ts.Expression;
  readonly once: boolean;
}

const NOTHING_LISTENS: ReadonlySet<string> = new Set([
  "emit",
  "removeListener",
  "removeEventListener",
  "off",
  "set",
  "then",
]);
/** Methods that wrap the registering of a listener for messages say so in their names. */
const FOR_MESSAGES = /^(?:on|add|register|listen|subscribe).*message|message(?:listener|handler)$/i;

/**
 * `worker.on("message", f)`, `port.onmessage = f` and methods that wrap them, whatever class the object has: known by
 * the text alone, so that untyped code is understood as well.
 */
export function listeningAt(node: ts.Node): Listening | undefined {
  if (ts.isBinaryExpression(node)) return assignedListener(node);
  if (!ts.isCallExpression(node)) return undefined;
  const callee = unwrap(node.expression);
  if (!ts.isPropertyAccessExpression(callee) || NOTHING_LISTENS.has(callee.name.text)) return undefined;
  const [first, second] = node.arguments;
  const once = /once/i.test(callee.name.text);
  if (first && second && ts.isStringLiteralLike(first) && mayBeFunction(second)) {
    return { event: first.text, peer: callee.expression, handler: second, once };
  }
  if (!FOR_MESSAGES.test(callee.name.text)) return undefined;
  const handler = node.arguments.findLast(mayBeFunction);
  return handler && { event: "message", peer: callee.expression, handler, once };
}

function assignedListener(node: ts.BinaryExpression): Listening | undefined {
  const { left, right } = node;
  if (!isAssignment(node) || !ts.isPropertyAccessExpression(left)) return undefined;
  const event = /^on([a-z]+)$/.exec(left.name.text)?.[1];
  if (event === undefined || !mayBeFunction(right)) return undefined;
  return { event, peer: left.expression, handler: right, once: false };
}

/** Whether the function is one that is called when something happens. */
export function isListener(node: FunctionNode): boolean {
  return listeningAround(node) !== undefined;
}

export function listeningAround(node: FunctionNode): Listening | undefined {
  let at: ts.Node = node;
  while (ts.isParenthesizedExpression(at.parent)) at = at.parent;
  const listening = listeningAt(at.parent);
  return listening && unwrap(listening.handler) === node ? listening : undefined;
}

function mayBeFunction(node: ts.Expression): boolean {
  const value = unwrap(node);
  return isFunctionNode(value) || ts.isIdentifier(value) || ts.isPropertyAccessExpression(value) || isChoice(value);
}

function isChoice(node: ts.Expression): boolean {
  return ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken;
}
