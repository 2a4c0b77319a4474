import { ts } from "../source/syntax.js";
import { declaredName, type FunctionNode, isFunctionNode, siteOf, unwrap } from "./declarations.js";
import { usesOf } from "./executors.js";
import type { UncertainReceive } from "./settling.js";
import type { StateNames } from "./state-names.js";

/**
 * Replies that are taken from a port after a wait that may time out: the reply that a call no longer waits for comes
 * later, to the same port, and so does the wake-up that goes with it.
 */
export function uncertainReceives(functions: readonly FunctionNode[], names: StateNames): readonly UncertainReceive[] {
  return functions.flatMap((node) => receivesIn(node, names));
}

function receivesIn(node: FunctionNode, names: StateNames): readonly UncertainReceive[] {
  const calls = callsIn(node);
  const receive = calls.find(({ expression }) => /(?:^|\.)receiveMessageOnPort$/.test(expression.getText()));
  const port = receive?.arguments[0];
  const wait = calls.find((call) => receive && call.end <= receive.pos && mayTimeOut(call));
  if (!receive || !port || !wait || isMadeHere(port, node, names)) return [];
  // Who ends the peer, or closes the port, has no late replies.
  if (calls.some(({ expression }) => /\.(?:terminate|close|kill)$/.test(expression.getText()))) return [];
  const isSent = calls.some(({ expression, end }) => end <= wait.pos && /\.postMessage$/.test(expression.getText()));
  const isLate = isSent && !isRepeated(receive, node, calls);
  if (!isLate && !isTrusted(receive, node)) return [];
  return [{ lacks: isLate ? "skip" : "test", port: port.getText(), site: siteOf(receive), wait: siteOf(wait) }];
}

function callsIn(node: FunctionNode): readonly ts.CallExpression[] {
  const calls: ts.CallExpression[] = [];
  const visit = (at: ts.Node): void => {
    if (isFunctionNode(at)) return;
    if (ts.isCallExpression(at)) calls.push(at);
    ts.forEachChild(at, visit);
  };
  if (node.body) visit(node.body);
  return calls;
}

/** `Atomics.wait(cells, 0, 0, ms)`. */
function mayTimeOut({ expression, arguments: given }: ts.CallExpression): boolean {
  const timeout = given[3]?.getText();
  return expression.getText() === "Atomics.wait" && timeout !== undefined && !/^(?:undefined|Infinity)$/.test(timeout);
}

/** A port of one call alone gets no replies to others. */
function isMadeHere(port: ts.Expression, node: FunctionNode, names: StateNames): boolean {
  const value = unwrap(port);
  const root = ts.isPropertyAccessExpression(value) ? unwrap(value.expression) : value;
  const declared = ts.isIdentifier(root) ? names.declarationOf(root) : undefined;
  return declared?.scope === node && !ts.isParameter(declared.node);
}

/** Whether the function may wait and receive once more, in a loop or by calling itself. */
function isRepeated(receive: ts.Node, node: FunctionNode, calls: readonly ts.CallExpression[]): boolean {
  for (let at = receive; at !== node; at = at.parent) if (ts.isIterationStatement(at, false)) return true;
  const name = declaredName(node);
  return calls.some(({ expression }) => {
    const callee = unwrap(expression);
    return (ts.isPropertyAccessExpression(callee) ? callee.name : callee).getText() === name;
  });
}

/** Whether the message is read without asking whether there is one. */
function isTrusted(receive: ts.CallExpression, node: FunctionNode): boolean {
  let at: ts.Node = receive;
  while (ts.isExpression(at.parent) && unwrap(at.parent) === receive) at = at.parent;
  const { parent } = at;
  if (ts.isPropertyAccessExpression(parent)) return parent.questionDotToken === undefined;
  if (!ts.isVariableDeclaration(parent) || parent.initializer !== at) return false;
  if (!ts.isIdentifier(parent.name)) return ts.isObjectBindingPattern(parent.name);
  const uses = usesOf(parent.name.text, node);
  return uses.length > 0 && uses.every((use) => isPlainRead(use));
}

function isPlainRead(use: ts.Identifier): boolean {
  let at: ts.Node = use;
  while (ts.isExpression(at.parent) && unwrap(at.parent) === use) at = at.parent;
  return ts.isPropertyAccessExpression(at.parent) && at.parent.questionDotToken === undefined;
}
