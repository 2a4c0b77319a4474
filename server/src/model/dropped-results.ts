import { ts } from "../source/syntax.js";
import { isFunctionNode, unwrap } from "./declarations.js";
import { droppedBy, isResultDropped } from "./dropped-value.js";
import type { DroppedResult } from "./events.js";
import type { FunctionScope } from "./function-scope.js";
import { isAsync } from "./lower-state.js";

/** Who among the options of a task hears of its end. */
const HEARS: ReadonlySet<string> = new Set(["callback", "errorCallback"]);

/** The call of a task whose result nobody asks for, and whose options name nobody who is told. */
export function droppedResultAt(call: ts.Node, options: number, scope: FunctionScope): DroppedResult | undefined {
  if (!ts.isCallExpression(call) || mayHear(call.arguments[options])) return undefined;
  const chain = chainedTo(call);
  const whole = chain ?? call;
  const holder = droppedBy(whole);
  if (!holder || isLeft(whole, holder)) return undefined;
  if (ts.isArrowFunction(holder) && !isResultDropped(holder, scope)) return undefined;
  const { owner } = scope;
  const canAwait = ts.isSourceFile(owner) ? ts.isExternalModule(owner) : isFunctionNode(owner) && isAsync(owner);
  return {
    kind: "dropped-result",
    text: call.expression.getText(),
    chain: chain && scope.site(chain),
    canAwait: canAwait && !ts.isArrowFunction(holder) && !isInLoop(whole, owner),
    site: scope.site(call),
  };
}

/** Whether the options are there and need not be without anybody who is told. */
function mayHear(given: ts.Expression | undefined): boolean {
  if (!given) return false;
  const options = unwrap(given);
  if (!ts.isObjectLiteralExpression(options)) return true;
  return options.properties.some(
    (each) => ts.isSpreadAssignment(each) || (each.name !== undefined && HEARS.has(each.name.getText())),
  );
}

/** `result.then(done)`, which nobody follows and which tells nobody of errors. */
function chainedTo(call: ts.CallExpression): ts.CallExpression | undefined {
  const member = call.parent;
  if (!ts.isPropertyAccessExpression(member) || member.name.text !== "then") return undefined;
  const then = member.parent;
  return ts.isCallExpression(then) && then.expression === member && then.arguments.length === 1 ? then : undefined;
}

function isLeft(node: ts.Node, holder: ts.Node): boolean {
  for (let at = node; at !== holder; at = at.parent) if (ts.isVoidExpression(at)) return true;
  return false;
}

/** Waiting there would run the tasks one by one. */
function isInLoop(node: ts.Node, owner: ts.Node): boolean {
  for (let at = node; at !== owner; at = at.parent) if (ts.isIterationStatement(at, false)) return true;
  return false;
}
