import { ts } from "../source/syntax.js";
import { isFunctionNode, siteOf, unwrap } from "./declarations.js";
import { type Executor, usesOf } from "./executors.js";
import type { CountedWait } from "./settling.js";

const EQUALITY: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.EqualsEqualsEqualsToken,
  ts.SyntaxKind.EqualsEqualsToken,
  ts.SyntaxKind.GreaterThanEqualsToken,
  ts.SyntaxKind.LessThanEqualsToken,
]);

/**
 * A promise that only the body of a loop settles, when as many are done as a collection has: without elements the body
 * never runs. Nothing is found where anybody asks before how many there are.
 */
export function countedWait(executor: Executor): CountedWait | undefined {
  const uses = usesOf(executor.resolve, executor.node);
  const loops = uses.map((use) => loopThatRuns(use, executor));
  const loop = loops[0];
  if (!loop || loops.some((each) => each === undefined)) return undefined;
  const collection = loop.collection.getText();
  const settling = uses.find((use) => countOf(use, collection, executor));
  if (!settling || asksHowMany(executor, collection) || hasElements(loop.collection)) return undefined;
  return {
    collection,
    site: siteOf(executor.promise),
    settles: siteOf(settling.parent),
    loop: siteOf(loop.node),
  };
}

interface Loop {
  readonly node: ts.Node;
  readonly collection: ts.Expression;
}

/** The loop of the executor without which what a name is used for does not happen. */
function loopThatRuns(use: ts.Node, executor: Executor, depth = 0): Loop | undefined {
  for (let at = use; at !== executor.node; at = at.parent) {
    const loop = loopAt(at);
    if (loop) return loop;
    const name = localFunctionName(at);
    if (name === undefined || depth > 3) continue;
    const calls = usesOf(name, executor.node);
    const loops = calls.map((call) => loopThatRuns(call, executor, depth + 1));
    return calls.length > 0 && loops.every((each) => each !== undefined) ? loops[0] : undefined;
  }
  return undefined;
}

/** What a statement, or a function given to `forEach`, goes through. */
function loopAt(node: ts.Node): Loop | undefined {
  if (ts.isForOfStatement(node)) return { node: node.expression, collection: elementsOf(node.expression) };
  if (!isFunctionNode(node) || !ts.isCallExpression(node.parent)) return undefined;
  const callee = unwrap(node.parent.expression);
  if (!ts.isPropertyAccessExpression(callee) || !/^(?:forEach|map)$/.test(callee.name.text)) return undefined;
  return { node: callee, collection: elementsOf(callee.expression) };
}

/** `workers` of `workers.values()`. */
function elementsOf(node: ts.Expression): ts.Expression {
  const value = unwrap(node);
  if (!ts.isCallExpression(value) || value.arguments.length > 0) return value;
  const callee = unwrap(value.expression);
  return ts.isPropertyAccessExpression(callee) && /^(?:values|keys|entries)$/.test(callee.name.text)
    ? unwrap(callee.expression)
    : value;
}

function localFunctionName(node: ts.Node): string | undefined {
  if (ts.isFunctionDeclaration(node)) return node.name?.text;
  if (!isFunctionNode(node) || !ts.isVariableDeclaration(node.parent)) return undefined;
  return ts.isIdentifier(node.parent.name) ? node.parent.name.text : undefined;
}

/** The comparison with the number of elements that decides whether the promise is settled. */
function countOf(use: ts.Node, collection: string, executor: Executor): ts.Expression | undefined {
  for (let at = use; at !== executor.node; at = at.parent) {
    const { parent } = at;
    const condition =
      ts.isIfStatement(parent) && parent.thenStatement === at
        ? parent.expression
        : ts.isBinaryExpression(parent) && isAnd(parent) && parent.right === at
          ? parent.left
          : ts.isConditionalExpression(parent) && parent.whenTrue === at
            ? parent.condition
            : undefined;
    if (condition && comparesCount(unwrap(condition), collection, executor)) return condition;
  }
  return undefined;
}

function isAnd({ operatorToken }: ts.BinaryExpression): boolean {
  return operatorToken.kind === ts.SyntaxKind.AmpersandAmpersandToken;
}

function comparesCount(node: ts.Expression, collection: string, executor: Executor): boolean {
  if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken) {
    return startsAtCount(unwrap(node.operand), collection, executor);
  }
  if (!ts.isBinaryExpression(node) || !EQUALITY.has(node.operatorToken.kind)) return false;
  const sides = [unwrap(node.left), unwrap(node.right)];
  return sides.some((side) => isCount(side, collection, executor) || startsAtCount(side, collection, executor));
}

/** `workers.size`, or a constant that was that. */
function isCount(node: ts.Expression, collection: string, executor: Executor): boolean {
  if (ts.isPropertyAccessExpression(node)) return isNumberOf(node, collection);
  const value = ts.isIdentifier(node) ? initialValue(node.text, executor) : undefined;
  return value !== undefined && ts.isPropertyAccessExpression(value) && isCount(value, collection, executor);
}

/** `--left`, where `left` was the number of elements at first. */
function startsAtCount(node: ts.Expression, collection: string, executor: Executor): boolean {
  const operand =
    ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.MinusMinusToken ? node.operand : undefined;
  return operand !== undefined && isCount(unwrap(operand), collection, executor);
}

/** What a variable is declared with, in the executor or right around it. */
function initialValue(name: string, executor: Executor): ts.Expression | undefined {
  let found: ts.Expression | undefined;
  const visit = (node: ts.Node): void => {
    if (ts.isVariableDeclaration(node) && node.initializer && ts.isIdentifier(node.name) && node.name.text === name) {
      found ??= unwrap(node.initializer);
    }
    ts.forEachChild(node, visit);
  };
  visit(outermost(executor));
  return found;
}

function outermost(executor: Executor): ts.Node {
  let found: ts.Node = executor.node;
  for (let at: ts.Node = executor.node; !ts.isSourceFile(at); at = at.parent) if (isFunctionNode(at)) found = at;
  return found;
}

/** Whether a condition outside the loop, or an early return, depends on how many elements there are. */
function asksHowMany(executor: Executor, collection: string): boolean {
  const around = outermost(executor);
  const counts = namesOfCount(around, collection);
  let asks = false;
  const isAbout = (node: ts.Node): boolean =>
    (ts.isIdentifier(node) && counts.has(node.text)) ||
    (ts.isPropertyAccessExpression(node) && node.expression.getText() === collection) ||
    (ts.forEachChild(node, (child) => isAbout(child) || undefined) ?? false);
  const visit = (node: ts.Node): void => {
    if (asks) return;
    const condition = conditionOf(node);
    if (condition && isAbout(condition) && !isSettling(node, executor)) asks = true;
    else ts.forEachChild(node, visit);
  };
  visit(around);
  return asks;
}

function conditionOf(node: ts.Node): ts.Expression | undefined {
  if (ts.isIfStatement(node) || ts.isWhileStatement(node)) return node.expression;
  return ts.isConditionalExpression(node) ? node.condition : undefined;
}

/** Whether a condition is the one in the loop that decides about settling the promise. */
function isSettling(node: ts.Node, executor: Executor): boolean {
  const isInside = node.pos >= executor.node.pos && node.end <= executor.node.end;
  return isInside && usesOf(executor.resolve, node).length > 0 && loopThatRuns(node, executor) !== undefined;
}

/** The variables that are declared with the number of elements. */
function namesOfCount(root: ts.Node, collection: string): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isVariableDeclaration(node) && node.initializer && ts.isIdentifier(node.name)) {
      const value = unwrap(node.initializer);
      if (ts.isPropertyAccessExpression(value) && isNumberOf(value, collection)) names.add(node.name.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(root);
  return names;
}

/** `workers.size`, where `workers` is the collection. */
function isNumberOf({ name, expression }: ts.PropertyAccessExpression, collection: string): boolean {
  return /^(?:length|size)$/.test(name.text) && expression.getText() === collection;
}

function hasElements(collection: ts.Expression): boolean {
  return ts.isArrayLiteralExpression(collection) && collection.elements.length > 0;
}
