import { someInBody } from "../source/dependence.js";
import type { Site } from "../source/site.js";
import { ts } from "../source/syntax.js";
import { enclosingFunction, type FunctionNode, isFunctionNode, siteOf, unwrap } from "./declarations.js";
import { isAsync } from "./lower-state.js";
import type { PromisePlaces } from "./promise-places.js";
import { calledIn } from "./promised.js";
import type { StateNames } from "./state-names.js";
import { isSureWait } from "./sure-waits.js";

/** An async function given to a method that takes its promise for a value, or throws it away. */
export interface IgnoredCallback {
  /** `predicate`: the promise counts as a yes; `order`: it is no number; `dropped`: nobody waits, and nobody hears of errors. */
  readonly kind: "predicate" | "order" | "dropped";
  readonly method: string;
  /** The list, as the user wrote it, and where. */
  readonly text: string;
  readonly list: Site;
  /** Where the async function begins. */
  readonly site: Site;
  /** Where it waits: what fails from there on nobody hears of. */
  readonly gap: Site;
  /** Whether it is a list for sure; otherwise its type has to say so. */
  readonly isList: boolean;
  /** The name of the method, where all promises together can be awaited instead. */
  readonly canAwait: Site | undefined;
}

const PREDICATES: ReadonlySet<string> = new Set([
  "filter",
  "some",
  "every",
  "find",
  "findIndex",
  "findLast",
  "findLastIndex",
]);
const ORDERS: ReadonlySet<string> = new Set(["sort", "toSorted"]);
const DROPS: ReadonlySet<string> = new Set(["forEach", "map"]);
/** What gives a list, whatever it is given. */
const LISTS = /^(?:Object\.(?:keys|values|entries)|Array\.(?:from|of))$/;
const LISTS_OF_LISTS: ReadonlySet<string> = new Set([
  "concat",
  "filter",
  "flat",
  "flatMap",
  "map",
  "slice",
  "toSorted",
  "toReversed",
]);

/** The async callbacks in one file that methods of lists call as if they were not async. */
export function ignoredCallbacksIn({ calls }: PromisePlaces, names: StateNames): readonly IgnoredCallback[] {
  return calls.flatMap((call) => ignoredIn(call, names));
}

function ignoredIn(call: ts.CallExpression, names: StateNames): readonly IgnoredCallback[] {
  const callee = unwrap(call.expression);
  const [given] = call.arguments;
  if (!given || !ts.isPropertyAccessExpression(callee)) return [];
  const method = callee.name.text;
  const kind = PREDICATES.has(method)
    ? "predicate"
    : ORDERS.has(method)
      ? "order"
      : DROPS.has(method)
        ? "dropped"
        : undefined;
  const callback = kind && asyncFunction(given, names);
  if (!kind || !callback?.body) return [];
  const gap = kind === "dropped" ? unheardWait(callback, names) : firstWait(callback);
  // `map` is for those who want the promises, and somebody who awaits `forEach` has one that gives a promise.
  if (!gap || (kind === "dropped" && !ts.isExpressionStatement(call.parent))) return [];
  const isList = isListBySyntax(callee.expression, names);
  const owner = enclosingFunction(call);
  const canAwait = kind === "dropped" && (ts.isSourceFile(owner) ? false : isAsync(owner));
  return [
    {
      kind,
      method,
      text: callee.expression.getText().replace(/\s+/g, " "),
      list: siteOf(callee.expression),
      site: siteOf(given),
      gap: siteOf(gap),
      isList,
      canAwait: canAwait ? siteOf(callee.name) : undefined,
    },
  ];
}

function asyncFunction(given: ts.Expression, names: StateNames): FunctionNode | undefined {
  const node = unwrap(given);
  const own = isFunctionNode(node) ? node : ts.isIdentifier(node) ? namedFunction(node, names) : undefined;
  return own && isAsync(own) ? own : undefined;
}

function namedFunction(name: ts.Identifier, names: StateNames): FunctionNode | undefined {
  const declared = names.declarationOf(name)?.node;
  if (!declared || isFunctionNode(declared)) return declared && isFunctionNode(declared) ? declared : undefined;
  const value = ts.isVariableDeclaration(declared) && declared.initializer && unwrap(declared.initializer);
  const isConstant = (ts.getCombinedNodeFlags(declared) & ts.NodeFlags.Const) !== 0;
  return isConstant && value && isFunctionNode(value) ? value : undefined;
}

/** The first wait of a function, or the function itself: its promise is no better without one. */
function firstWait(node: FunctionNode): ts.Node {
  let first: ts.Node | undefined;
  someInBody(node, (each) => {
    if (ts.isAwaitExpression(each)) first ??= each;
    return false;
  });
  return first ?? node;
}

/** The first wait whose failure leaves the function, which makes a promise fail that nobody has. */
export function unheardWait(node: FunctionNode, names: StateNames): ts.Node | undefined {
  let first: ts.Node | undefined;
  someInBody(node, (each) => {
    if (ts.isAwaitExpression(each) && !isCaught(each, node) && !isSure(each, names)) first ??= each;
    return false;
  });
  return first;
}

function isCaught(node: ts.Node, owner: FunctionNode): boolean {
  for (let at = node; at !== owner; at = at.parent) {
    if (ts.isTryStatement(at.parent) && at === at.parent.tryBlock && at.parent.catchClause) return true;
  }
  return false;
}

/** `await work().catch(…)`, and what is a pause and no more. */
function isSure({ expression }: ts.AwaitExpression, names: StateNames): boolean {
  const operand = unwrap(expression);
  if (!ts.isCallExpression(operand)) return isSureWait(operand, undefined);
  const callee = unwrap(operand.expression);
  if (ts.isPropertyAccessExpression(callee) && callee.name.text === "catch") return true;
  return isSureWait(operand, calledIn(operand, names));
}

function isListBySyntax(expression: ts.Expression, names: StateNames): boolean {
  const node = unwrap(expression);
  if (ts.isArrayLiteralExpression(node)) return true;
  if (ts.isCallExpression(node)) {
    const callee = unwrap(node.expression);
    if (LISTS.test(callee.getText())) return true;
    if (!ts.isPropertyAccessExpression(callee)) return false;
    return (
      callee.name.text === "split" || (LISTS_OF_LISTS.has(callee.name.text) && isListBySyntax(callee.expression, names))
    );
  }
  if (!ts.isIdentifier(node)) return false;
  const declared = names.declarationOf(node)?.node;
  const isConstant = declared && (ts.getCombinedNodeFlags(declared) & ts.NodeFlags.Const) !== 0;
  const value = isConstant && ts.isVariableDeclaration(declared) && declared.initializer;
  return !!value && isListBySyntax(value, names);
}
