import { ts } from "../source/syntax.js";
import { type FunctionNode, isFunctionNode, unwrap } from "./declarations.js";

/** Functions that call what they are given once, and never before they return. */
const LATER: ReadonlySet<string> = new Set(["setTimeout", "setImmediate", "queueMicrotask", "requestAnimationFrame"]);

/** Whether code may leave work for later: a look at the text that saves reading most files. */
export function mayLeaveWork(text: string): boolean {
  return /\.then\b|\blocks\s*\.\s*request\b|\bset(?:Timeout|Immediate)\b|\bqueueMicrotask\b|\brequestAnimationFrame\b/.test(
    text,
  );
}

/** The functions that a call leaves to be run once and later, or none. */
export function leftBy(call: ts.CallExpression): readonly FunctionNode[] {
  return isLater(unwrap(call.expression)) ? functionsIn(call.arguments) : [];
}

function functionsIn(nodes: readonly ts.Node[]): readonly FunctionNode[] {
  return nodes.filter(isFunctionNode);
}

function isLater(callee: ts.Expression): boolean {
  if (ts.isIdentifier(callee)) return LATER.has(callee.text);
  if (!ts.isPropertyAccessExpression(callee)) return false;
  if (callee.name.text === "then") return true;
  const object = unwrap(callee.expression);
  if (callee.name.text === "request") return ts.isPropertyAccessExpression(object) && object.name.text === "locks";
  return ts.isIdentifier(object) && /^(?:window|self|globalThis)$/.test(object.text) && LATER.has(callee.name.text);
}

/** What `new Promise(…)` runs at once. */
export function executorOf(node: ts.Node): FunctionNode | undefined {
  if (!ts.isNewExpression(node) || !ts.isIdentifier(node.expression) || node.expression.text !== "Promise")
    return undefined;
  const [executor] = node.arguments ?? [];
  return executor && isFunctionNode(executor) ? executor : undefined;
}

/** The calls in a function's own code, and in what it runs at once, that leave work for later. */
export function leavingCalls(node: ts.Node): readonly ts.CallExpression[] {
  const found: ts.CallExpression[] = [];
  const visit = (at: ts.Node): void => {
    const executor = executorOf(at);
    if (executor?.body) visit(executor.body);
    if (isFunctionNode(at)) return;
    if (ts.isCallExpression(at) && leftBy(at).length > 0) found.push(at);
    ts.forEachChild(at, visit);
  };
  ts.forEachChild(node, visit);
  return found;
}
