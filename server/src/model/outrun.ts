import { ts } from "../source/syntax.js";
import { type FunctionNode, isFunctionNode, unwrap } from "./declarations.js";
import type { Outrun } from "./events.js";
import { usesOf } from "./executors.js";
import { type FunctionScope, isAwaited } from "./function-scope.js";
import { isAssignment, isStep } from "./variables.js";

/** What a name says of a function that does no more than wait. */
const WAITS = /^(?:sleep|delay|wait|timeout|timer|after|pause|setTimeout|once)|(?:timeout|delay|sleep)$/i;
const STOPS = /signal|abort|controller|cancel/i;

/** `await Promise.race([work(), timeout])`: work that goes on when the timer has won, and that nobody waits for then. */
export function outrunAt(node: ts.CallExpression, scope: FunctionScope): Outrun | undefined {
  const callee = unwrap(node.expression);
  if (!ts.isPropertyAccessExpression(callee) || callee.name.text !== "race" || !isAwaited(node)) return undefined;
  const list = node.arguments[0] && unwrap(node.arguments[0]);
  if (callee.expression.getText() !== "Promise" || !list || !ts.isArrayLiteralExpression(list)) return undefined;
  const racers = list.elements.map((element) => ({ element, made: madeBy(element, scope) }));
  const timer = racers.find(({ made }) => isTimer(made));
  const work = racers.find(({ made }) => ts.isCallExpression(made) && !isTimer(made) && isWork(made, scope));
  if (!timer || !work || !ts.isCallExpression(work.made)) return undefined;
  // Who tells the work to stop, or waits for it in the end, knows that it goes on.
  if (STOPS.test(work.made.getText()) || isUsedAgain(work.element, scope)) return undefined;
  if (/\.abort\(/.test(scope.owner.getText())) return undefined;
  return {
    kind: "outrun",
    text: work.made.expression.getText(),
    work: scope.site(work.made),
    timer: scope.site(timer.element),
    section: sectionAround(scope),
    site: scope.site(node),
  };
}

/** The expression that made what a variable holds, or the expression itself. */
function madeBy(element: ts.Expression, { context }: FunctionScope): ts.Expression {
  const value = unwrap(element);
  const declaration = ts.isIdentifier(value) ? context.symbols.symbolAt(value)?.valueDeclaration : undefined;
  const held = declaration && ts.isVariableDeclaration(declaration) ? declaration.initializer : undefined;
  return held ? unwrap(held) : value;
}

function isTimer(node: ts.Expression): boolean {
  if (ts.isNewExpression(node)) return node.expression.getText() === "Promise" && /\bsetTimeout\b/.test(node.getText());
  return ts.isCallExpression(node) && WAITS.test(calledName(node));
}

function calledName({ expression }: ts.CallExpression): string {
  const callee = unwrap(expression);
  if (ts.isPropertyAccessExpression(callee)) return callee.name.text;
  return ts.isIdentifier(callee) ? callee.text : "";
}

/** Whether a call starts what the lock is held for: what the caller gave to do, or a function with effects behind a wait. */
function isWork(call: ts.CallExpression, { context }: FunctionScope): boolean {
  const symbol = context.symbols.symbolAt(unwrap(call.expression));
  const declaration = symbol?.valueDeclaration;
  if (declaration && ts.isParameter(declaration)) return ts.isIdentifier(unwrap(call.expression));
  const own = context.symbols.functionOf(symbol);
  return own !== undefined && actsLate(own);
}

/** Whether an async function changes something, or does something for its effect, from its first wait on. */
export function actsLate({ body }: FunctionNode): boolean {
  let hasWaited = false;
  let acts = false;
  const visit = (node: ts.Node): void => {
    if (acts || isFunctionNode(node)) return;
    const call = ts.isExpressionStatement(node) ? awaitedCall(node.expression) : undefined;
    ts.forEachChild(node, visit);
    if (ts.isAwaitExpression(node)) hasWaited = true;
    if (!hasWaited) return;
    if (call && !WAITS.test(calledName(call))) acts = true;
    const target = ts.isBinaryExpression(node)
      ? isAssignment(node) && node.left
      : (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) && isStep(node) && node.operand;
    if (target && !ts.isIdentifier(unwrap(target))) acts = true;
  };
  if (body) visit(body);
  return acts;
}

function awaitedCall(expression: ts.Expression): ts.CallExpression | undefined {
  const node = unwrap(expression);
  if (ts.isAwaitExpression(node)) return awaitedCall(node.expression);
  return ts.isCallExpression(node) ? node : undefined;
}

/** Whether a promise that stands in the race by its name is looked at elsewhere. */
function isUsedAgain(element: ts.Expression, { owner }: FunctionScope): boolean {
  const value = unwrap(element);
  return ts.isIdentifier(value) && usesOf(value.text, owner).some((use) => use !== value);
}

/** The call that runs the function under a lock, as far as it says so itself. */
function sectionAround(scope: FunctionScope): Outrun["section"] {
  const { owner } = scope;
  const call = owner.parent;
  if (!call || !ts.isCallExpression(call)) return undefined;
  return scope.effectOf(call)?.effect === "section" ? scope.site(call.expression) : undefined;
}
