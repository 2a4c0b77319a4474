import { isCommented } from "../source/commented.js";
import { isJump, someInBody } from "../source/dependence.js";
import type { Site } from "../source/site.js";
import { ts } from "../source/syntax.js";
import { callersOf, type Uses } from "./callers.js";
import { enclosingFunction, type FunctionNode, isFunctionNode, siteOf, unwrap } from "./declarations.js";
import { usesOf } from "./executors.js";
import { nodesIn } from "./file-nodes.js";
import { executorOf } from "./left-work.js";
import type { StateNames } from "./state-names.js";
import { isAssignment, isStep } from "./variables.js";

/** A function that is handed out to give back one share of a count, and gives back another one each time it is called. */
export interface RepeatableRelease {
  /** The count, as the user wrote it. */
  readonly text: string;
  /** Where the function lowers it. */
  readonly site: Site;
  /** The function. */
  readonly release: Site;
  /** Where the count is raised for it. */
  readonly raise: Site;
  /** Where the count decides about something. */
  readonly test: Site;
}

/** What is stepped, with what is before it and behind it. */
const STEPPED =
  /(--|-=|\+\+|\+=)(?<=([\w$\u0080-\uffff]+|[)\]/])?[\s!]*..)(?=(\s*)((?:[\w$#\u0080-\uffff]+[\s!?]*\.\s*)*#?[\w$\u0080-\uffff]+\s*\[?|[([/])?)/g;

/** Whether a text may have one: something goes down that goes up as well. Where a look at it leaves a doubt, it may. */
export function mayHaveReleases(text: string): boolean {
  if (!/--|-=/.test(text) || !/\+\+|\+=/.test(text)) return false;
  const up = new Set<string>();
  const down = new Set<string>();
  for (const { index, 1: sign = "", 2: before, 3: space = "", 4: behind } of text.matchAll(STEPPED)) {
    const isPrefix = !sign.endsWith("=") && behind !== undefined;
    const isOdd =
      (isPrefix && !/[\w$\u0080-\uffff]$/.test(behind)) ||
      (before === ")" && !(isPrefix && !/[^ \t]/.test(space))) ||
      before === "/";
    const isDown = sign.startsWith("-");
    if ((isDown || isOdd) && (isCommented(text, index) || isLoopStep(text, index + sign.length))) continue;
    if (isOdd) return true;
    const names = isDown ? down : up;
    if (before !== undefined) names.add(before);
    if (isPrefix) names.add(/[\w$\u0080-\uffff]+$/.exec(behind)![0]);
  }
  return [...down].some((name) => up.has(name));
}

/** `; i--)`: what a loop steps in its head is no statement of a function. */
function isLoopStep(text: string, end: number): boolean {
  return /^\s*\)/.test(text.slice(end, end + 20)) && /[;,]\s*[\w$.]+--$/.test(text.slice(Math.max(end - 80, 0), end));
}

/** The functions of a file that give back more than they were given, when they are called twice. */
export function repeatableReleasesIn(
  file: ts.SourceFile,
  names: StateNames,
  uses: () => Uses,
): readonly RepeatableRelease[] {
  const found: RepeatableRelease[] = [];
  for (const node of nodesIn(file).innerFirst) {
    const lowered = lowering(node, names);
    if (!lowered) continue;
    const { release, maker, target, key } = lowered;
    const raise = raiseIn(maker, key, names);
    const test = raise && testOf(key, file, names);
    const giver = test && giverOf(release, maker);
    if (!raise || !giver) continue;
    if (callersOf(giver, uses()) !== "anyone") continue;
    const text = target.getText();
    found.push({ text, site: siteOf(node), release: siteOf(release), raise: siteOf(raise), test: siteOf(test) });
  }
  return found;
}

interface Lowering {
  readonly release: FunctionNode;
  /** The function that makes the release. */
  readonly maker: FunctionNode;
  readonly target: ts.Expression;
  readonly key: string;
}

/** `() => { this.count--; … }`: each call of a function inside another one lowers state. */
function lowering(node: ts.Node, names: StateNames): Lowering | undefined {
  const target = steppedBy(node, "down");
  const release = target && enclosingFunction(node);
  if (!target || !release || !(ts.isArrowFunction(release) || ts.isFunctionExpression(release))) return undefined;
  const maker = enclosingFunction(release);
  if (ts.isSourceFile(maker) || !isUnconditional(node, release)) return undefined;
  if (ts.isBinaryExpression(node) && !isFixed(node.right, names)) return undefined;
  const state = names.stateOf(target, maker);
  return state && !state.taken ? { release, maker, target, key: state.key } : undefined;
}

/** Whether an amount is the same in every call. */
function isFixed(amount: ts.Expression, names: StateNames): boolean {
  const node = unwrap(amount);
  const declared = ts.isIdentifier(node) ? names.declarationOf(node)?.node : undefined;
  if (!declared) return ts.isNumericLiteral(node);
  return ts.isParameter(declared) || (ts.getCombinedNodeFlags(declared) & ts.NodeFlags.Const) !== 0;
}

/** What `x++`, `x += 1` or their opposites step. */
function steppedBy(node: ts.Node, way: "up" | "down"): ts.Expression | undefined {
  if ((ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) && isStep(node)) {
    const isUp = node.operator === ts.SyntaxKind.PlusPlusToken;
    return isUp === (way === "up") ? unwrap(node.operand) : undefined;
  }
  const kind = way === "up" ? ts.SyntaxKind.PlusEqualsToken : ts.SyntaxKind.MinusEqualsToken;
  return ts.isBinaryExpression(node) && node.operatorToken.kind === kind ? unwrap(node.left) : undefined;
}

/** Whether every call of the function comes by a place: nothing before it asks whether this is the first one. */
function isUnconditional(node: ts.Node, { body }: FunctionNode): boolean {
  let at = node;
  while (at.parent !== body && !ts.isStatement(at)) {
    const { parent } = at;
    const isPassive =
      ts.isExpressionStatement(parent) || ts.isParenthesizedExpression(parent) || ts.isVoidExpression(parent);
    if (!isPassive && parent !== body) return false;
    at = parent;
  }
  if (at.parent !== body || !body) return false;
  if (!ts.isBlock(body)) return true;
  return body.statements.every((each) => each.pos >= at.pos || !someInBody(each, isDeciding));
}

function isDeciding(node: ts.Node): boolean {
  return isJump(node) || ts.isIfStatement(node) || (ts.isBinaryExpression(node) && isAssignment(node));
}

function raiseIn(maker: FunctionNode, key: string, names: StateNames): ts.Node | undefined {
  let raise: ts.Node | undefined;
  const { body } = maker;
  if (!body) return undefined;
  someInBody(body, (node) => {
    const target = steppedBy(node, "up");
    if (target && names.stateOf(target, maker)?.key === key) raise ??= node;
    return false;
  });
  return raise;
}

/** Where the state is asked for by a condition. */
function testOf(key: string, file: ts.SourceFile, names: StateNames): ts.Node | undefined {
  let test: ts.Node | undefined;
  const visit = (node: ts.Node): void => {
    if (test) return;
    const isName = ts.isIdentifier(node) || ts.isPropertyAccessExpression(node);
    if (isName && decides(node) && names.stateOf(node, enclosingFunction(node))?.key === key) test = node;
    else ts.forEachChild(node, visit);
  };
  visit(file);
  return test;
}

/** Whether a value is compared, or is a condition. */
function decides(node: ts.Expression): boolean {
  const { parent } = node;
  if (ts.isBinaryExpression(parent)) return COMPARISONS.has(parent.operatorToken.kind);
  if (ts.isPrefixUnaryExpression(parent)) return parent.operator === ts.SyntaxKind.ExclamationToken;
  const isBranch = ts.isIfStatement(parent) || ts.isWhileStatement(parent) || ts.isDoStatement(parent);
  return isBranch ? parent.expression === node : ts.isConditionalExpression(parent) && parent.condition === node;
}

const COMPARISONS: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.LessThanToken,
  ts.SyntaxKind.LessThanEqualsToken,
  ts.SyntaxKind.GreaterThanToken,
  ts.SyntaxKind.GreaterThanEqualsToken,
  ts.SyntaxKind.EqualsEqualsToken,
  ts.SyntaxKind.EqualsEqualsEqualsToken,
  ts.SyntaxKind.ExclamationEqualsToken,
  ts.SyntaxKind.ExclamationEqualsEqualsToken,
  ts.SyntaxKind.AmpersandAmpersandToken,
]);

/** The function whose callers get a release: it is returned, or resolved with, or a part of what is. */
function giverOf(release: ts.Node, maker: FunctionNode): FunctionNode | undefined {
  let at = release;
  for (;;) {
    const { parent } = at;
    if (ts.isReturnStatement(parent)) return maker;
    if (ts.isArrowFunction(parent)) return parent === maker && parent.body === at ? maker : undefined;
    if (ts.isCallExpression(parent) && !isResolved(parent)) return settledBy(parent.expression, maker);
    if (ts.isVariableDeclaration(parent) && ts.isIdentifier(parent.name)) {
      const { name } = parent;
      const uses = usesOf(name.text, maker).filter((use) => use !== name);
      return uses.map((use) => giverOf(use, maker)).find((giver) => giver !== undefined);
    }
    if (!isPart(parent) && !ts.isCallExpression(parent)) return undefined;
    at = parent;
  }
}

/** `Promise.resolve(release)` */
function isResolved({ expression }: ts.CallExpression): boolean {
  return expression.getText() === "Promise.resolve";
}

/** What is no more than its parts, put together or named. */
function isPart(node: ts.Node): boolean {
  return (
    ts.isObjectLiteralExpression(node) ||
    ts.isPropertyAssignment(node) ||
    ts.isShorthandPropertyAssignment(node) ||
    ts.isArrayLiteralExpression(node) ||
    ts.isParenthesizedExpression(node) ||
    ts.isAsExpression(node) ||
    ts.isSatisfiesExpression(node)
  );
}

/** The function around the executor whose promise a call resolves. */
function settledBy(callee: ts.Expression, maker: FunctionNode): FunctionNode | undefined {
  if (!ts.isIdentifier(callee)) return undefined;
  for (let at: ts.Node = maker; isFunctionNode(at); at = enclosingFunction(at)) {
    if (executorOf(at.parent) !== at || at.parameters[0]?.name.getText() !== callee.text) continue;
    const around = enclosingFunction(at);
    return isFunctionNode(around) ? around : undefined;
  }
  return undefined;
}
