import type { Site } from "../source/site.js";
import { ts } from "../source/syntax.js";
import { declaredName, type FunctionNode, siteOf, unwrap } from "./declarations.js";
import { leavingCalls, leftBy, mayLeaveWork } from "./left-work.js";
import type { StateNames } from "./state-names.js";
import { isAssignment, isStep } from "./variables.js";

/** A function that runs whenever something happens, and each time leaves another run of itself for later. */
export interface Restart {
  readonly name: string;
  /** Where it leaves the next run. */
  readonly site: Site;
  /** Where it is made to run whenever something happens. */
  readonly listens: Site;
}

const LISTEN: ReadonlySet<string> = new Set(["on", "addListener", "addEventListener"]);

/** Functions that take back what was left for later, or stop listening. */
const STOPS =
  /^(?:clear(?:Timeout|Interval|Immediate)|cancelAnimationFrame|off|removeListener|removeAllListeners|removeEventListener|abort|unref)$/;

/** Whether code may listen and leave work for later, both of which a restart does. */
function mayRestart(text: string): boolean {
  return /\b(?:on|addListener|addEventListener)\b/.test(text) && mayLeaveWork(text);
}

/**
 * The functions of a file of which every event starts another endless chain of runs, because nothing in them is tested
 * and set that would tell a run that there is one already.
 */
export function restartsIn(
  file: ts.SourceFile,
  functions: readonly FunctionNode[],
  names: StateNames,
): readonly Restart[] {
  if (!mayRestart(file.text)) return [];
  const listening = new Map<FunctionNode, ts.CallExpression>();
  const means = (node: ts.Expression): FunctionNode | undefined => functionAt(node, functions, names);
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && LISTEN.has(calledName(node) ?? "")) {
      for (const argument of node.arguments) {
        const listener = means(argument);
        if (listener) listening.set(listener, node);
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return [...listening].flatMap(([node, call]) => {
    const again = restartIn(node, means);
    if (!again || knowsOfItself(node)) return [];
    return [{ name: declaredName(node) ?? "function", site: siteOf(again), listens: siteOf(call) }];
  });
}

/** The function that a name, `this.name` or `() => this.name()` stands for. */
function functionAt(
  expression: ts.Expression,
  functions: readonly FunctionNode[],
  names: StateNames,
): FunctionNode | undefined {
  const node = unwrap(expression);
  if (ts.isIdentifier(node)) {
    const declared = names.declarationOf(node)?.node;
    return functions.find((each) => each === declared || (declared !== undefined && each.parent === declared));
  }
  if (!ts.isPropertyAccessExpression(node) || node.expression.kind !== ts.SyntaxKind.ThisKeyword) return undefined;
  const home = classAround(node);
  return functions.find((each) => {
    const member = ts.isPropertyDeclaration(each.parent) ? each.parent : each;
    return home !== undefined && member.parent === home && declaredName(each) === node.name.text;
  });
}

function classAround(node: ts.Node): ts.Node | undefined {
  let at: ts.Node | undefined = node;
  while (at && !ts.isClassLike(at)) at = at.parent;
  return at;
}

/** Where a function leaves itself to be run later, or calls itself in what it leaves. */
function restartIn(
  node: FunctionNode,
  means: (expression: ts.Expression) => FunctionNode | undefined,
): ts.Node | undefined {
  for (const call of leavingCalls(node)) {
    for (const left of leftBy(call)) {
      const again = find(left, (each) => ts.isCallExpression(each) && means(each.expression) === node);
      if (again) return again;
    }
  }
  return undefined;
}

/** Whether something that the function asks for is also set by it, or it takes back what was left. */
function knowsOfItself(node: FunctionNode): boolean {
  const asked = new Set<string>();
  const set = new Set<string>();
  let stops = false;
  const ask = (condition: ts.Node): void => {
    if (ts.isPropertyAccessExpression(condition) || ts.isIdentifier(condition)) asked.add(condition.getText());
    ts.forEachChild(condition, ask);
  };
  const visit = (at: ts.Node): void => {
    if (ts.isIfStatement(at) || ts.isWhileStatement(at)) ask(at.expression);
    else if (ts.isConditionalExpression(at)) ask(at.condition);
    else if (ts.isBinaryExpression(at) && isAssignment(at)) set.add(at.left.getText());
    else if ((ts.isPrefixUnaryExpression(at) || ts.isPostfixUnaryExpression(at)) && isStep(at))
      set.add(at.operand.getText());
    else if (ts.isCallExpression(at) && STOPS.test(calledName(at) ?? "")) stops = true;
    ts.forEachChild(at, visit);
  };
  visit(node);
  return stops || [...asked].some((text) => set.has(text));
}

function find(root: ts.Node, is: (node: ts.Node) => boolean): ts.Node | undefined {
  return is(root) ? root : ts.forEachChild(root, (child) => find(child, is));
}

function calledName(call: ts.CallExpression): string | undefined {
  const callee = unwrap(call.expression);
  if (ts.isPropertyAccessExpression(callee)) return callee.name.text;
  return ts.isIdentifier(callee) ? callee.text : undefined;
}
