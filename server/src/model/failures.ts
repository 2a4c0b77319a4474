import { someInBody } from "../source/dependence.js";
import { ts } from "../source/syntax.js";
import { type FunctionNode, isFunctionNode, unwrap } from "./declarations.js";
import { isAsync } from "./lower-state.js";
import { calledIn } from "./promised.js";
import type { StateNames } from "./state-names.js";
import { isSureWait } from "./sure-waits.js";

/** Names of what only lets time pass. */
const PAUSES = /^(?:sleep|delay|wait|pause|tick|nextTick|nextFrame|yieldToEventLoop)$/i;

/** Where promises may fail, as far as one file tells: what is not known to be sure may. */
export class Failures {
  readonly #names: StateNames;
  readonly #known = new Map<FunctionNode, readonly ts.Node[]>();

  constructor(names: StateNames) {
    this.#names = names;
  }

  /** The places from which an exception leaves a function, into its promise if it is async. */
  inFunction(node: FunctionNode): readonly ts.Node[] {
    const known = this.#known.get(node);
    if (known) return known;
    this.#known.set(node, []); // Of one that calls itself the rest of its body decides.
    const found: ts.Node[] = [];
    someInBody(node, (each) => {
      if (!isCaught(each, node)) found.push(...this.#at(each));
      return false;
    });
    if (node.body && ts.isExpression(node.body)) found.push(...this.#returned(node.body));
    this.#known.set(node, found);
    return found;
  }

  #at(node: ts.Node): readonly ts.Node[] {
    if (ts.isAwaitExpression(node)) return this.ofPromise(node.expression);
    if (ts.isThrowStatement(node)) return [node];
    if (ts.isForOfStatement(node)) return node.awaitModifier ? [node.expression] : [];
    return ts.isReturnStatement(node) && node.expression ? this.#returned(node.expression) : [];
  }

  /** What may fail of a promise: the calls that give it, and places in the file's own functions that are called. */
  ofPromise(expression: ts.Expression): readonly ts.Node[] {
    const node = unwrap(expression);
    if (ts.isNewExpression(node)) return isSureWait(node, undefined) ? [] : [node];
    if (!ts.isCallExpression(node)) return isPlainValue(node) ? [] : [node];
    const callee = unwrap(node.expression);
    if (ts.isPropertyAccessExpression(callee)) {
      if (callee.expression.getText() === "Promise") return this.#ofCombined(callee.name.text, node);
      const chained = this.#ofChain(callee, node);
      if (chained) return chained;
      if (PAUSES.test(callee.name.text)) return [];
    } else if (ts.isIdentifier(callee) && PAUSES.test(callee.text)) return [];
    const own = calledIn(node, this.#names);
    if (isSureWait(node, own)) return [];
    return own && isAsync(own) ? this.inFunction(own) : [node];
  }

  /** `return work()` fails with the work, if that is a promise at all. */
  #returned(expression: ts.Expression): readonly ts.Node[] {
    const node = unwrap(expression);
    const own = ts.isCallExpression(node) ? calledIn(node, this.#names) : undefined;
    return own && isAsync(own) ? this.inFunction(own) : [];
  }

  #ofChain(callee: ts.PropertyAccessExpression, call: ts.CallExpression): readonly ts.Node[] | undefined {
    const [first, second] = call.arguments;
    switch (callee.name.text) {
      case "catch":
        return first ? [] : this.ofPromise(callee.expression);
      case "then":
        if (second && !isNothing(second)) return [];
        return [...this.ofPromise(callee.expression), ...(first ? this.#inCallback(first) : [])];
      case "finally":
        return this.ofPromise(callee.expression);
      default:
        return undefined;
    }
  }

  #ofCombined(method: string, call: ts.CallExpression): readonly ts.Node[] {
    if (method === "resolve" || method === "allSettled") return [];
    const list = call.arguments[0] && unwrap(call.arguments[0]);
    if (method === "reject" || !list) return [call];
    if (ts.isArrayLiteralExpression(list)) {
      return list.elements.flatMap((each) => (ts.isSpreadElement(each) ? [call] : this.ofPromise(each)));
    }
    if (!ts.isCallExpression(list)) return [call];
    const callee = unwrap(list.expression);
    const given = list.arguments[0] && unwrap(list.arguments[0]);
    const isMap = ts.isPropertyAccessExpression(callee) && callee.name.text === "map";
    if (!isMap || !given || !isFunctionNode(given)) return [call];
    if (isAsync(given)) return this.inFunction(given);
    return given.body && ts.isExpression(given.body) ? this.ofPromise(given.body) : [call];
  }

  #inCallback(callback: ts.Expression): readonly ts.Node[] {
    const node = unwrap(callback);
    return isFunctionNode(node) ? this.inFunction(node) : [];
  }
}

/** Whether what is thrown at a place is caught in the function: what a `catch` or `finally` does is trusted. */
function isCaught(node: ts.Node, owner: FunctionNode): boolean {
  for (let at = node; at !== owner; at = at.parent) {
    const { parent } = at;
    if (ts.isTryStatement(parent)) {
      if (at === parent.tryBlock && parent.catchClause) return true;
      if (at === parent.finallyBlock && !ts.isThrowStatement(node)) return true;
    }
    if (ts.isCatchClause(parent) && !ts.isThrowStatement(node)) return true;
  }
  return false;
}

function isPlainValue(node: ts.Expression): boolean {
  return ts.isLiteralExpression(node) || isNothing(node);
}

function isNothing(node: ts.Expression): boolean {
  return node.kind === ts.SyntaxKind.NullKeyword || (ts.isIdentifier(node) && node.text === "undefined");
}
