import type { Site } from "../source/site.js";
import { ts } from "../source/syntax.js";
import { declaredName, type FunctionNode, isFunctionNode, siteOf, unwrap } from "./declarations.js";
import type { State } from "./state.js";
import type { StateNames } from "./state-names.js";
import { isAssignment, isStep } from "./variables.js";

/** What a function tests before it takes a lock, and changes under the lock without another look. */
export interface OutsideCheck {
  /** What the function is called. */
  readonly name: string;
  readonly text: string;
  /** Where it is tested. */
  readonly site: Site;
  /** Where the lock is taken. */
  readonly taken: Site;
  /** Where it is changed. */
  readonly changed: Site;
}

/** Methods that run a function while they hold a lock: of async-mutex and Heddle. */
const HOLDERS: ReadonlySet<string> = new Set(["runExclusive", "withLock", "withLockAsync"]);

/** Something that is tested: state, or an object of which a method is asked. */
interface Test {
  readonly state: State;
  readonly method: string | undefined;
  readonly node: ts.Node;
}

/** The checks outside of a lock in one function. Who wait for the lock together have all passed the test before. */
export function outsideChecksIn(node: FunctionNode, names: StateNames): readonly OutsideCheck[] {
  if (!node.body || !ts.isBlock(node.body)) return [];
  const found: OutsideCheck[] = [];
  for (const { section, call } of sectionsIn(node.body)) {
    for (const test of testsBefore(call, node, names)) {
      const changed = changeIn(section, test, names);
      if (!changed) continue;
      const name = declaredName(node) ?? "function";
      const text = test.node.getText().replace(/\s+/g, " ");
      found.push({ name, text, site: siteOf(test.node), taken: siteOf(call.expression), changed: siteOf(changed) });
    }
  }
  return found;
}

/** Whether code may run a function under a lock: a look at the text that saves reading most files. */
export function mayHaveSections(text: string): boolean {
  return /\.(?:runExclusive|withLock|withLockAsync)\b|\blocks\s*[!?]?\.\s*request\b/.test(text);
}

/** The functions that a function's own code runs under a lock. */
export function sectionsIn(
  body: ts.Node,
): readonly { readonly section: FunctionNode; readonly call: ts.CallExpression }[] {
  const found: { section: FunctionNode; call: ts.CallExpression }[] = [];
  const visit = (node: ts.Node): void => {
    if (isFunctionNode(node)) return;
    const last = ts.isCallExpression(node) && isHolder(unwrap(node.expression)) ? node.arguments.at(-1) : undefined;
    if (last && isFunctionNode(last) && ts.isCallExpression(node)) found.push({ section: last, call: node });
    ts.forEachChild(node, visit);
  };
  visit(body);
  return found;
}

function isHolder(callee: ts.Expression): boolean {
  if (!ts.isPropertyAccessExpression(callee)) return false;
  if (HOLDERS.has(callee.name.text)) return true;
  const object = unwrap(callee.expression);
  return callee.name.text === "request" && ts.isPropertyAccessExpression(object) && object.name.text === "locks";
}

/** What decides on every way whether the lock is taken: `if (…) return` before it, or `if (…)` around it. */
function testsBefore(call: ts.CallExpression, owner: FunctionNode, names: StateNames): readonly Test[] {
  const tests: Test[] = [];
  for (let at: ts.Node = call; at.parent && at !== owner; at = at.parent) {
    const { parent } = at;
    if (ts.isIfStatement(parent) && parent.thenStatement === at)
      tests.push(...testsIn(parent.expression, owner, names));
    if (!ts.isBlock(parent)) continue;
    for (const statement of parent.statements) {
      if (statement === at) break;
      if (ts.isIfStatement(statement) && isLeaving(statement.thenStatement)) {
        tests.push(...testsIn(statement.expression, owner, names));
      }
    }
  }
  return tests;
}

function isLeaving(node: ts.Statement): boolean {
  const last = ts.isBlock(node) ? node.statements.at(-1) : node;
  return last !== undefined && (ts.isReturnStatement(last) || ts.isThrowStatement(last));
}

function testsIn(condition: ts.Expression, owner: FunctionNode, names: StateNames): readonly Test[] {
  const tests: Test[] = [];
  const visit = (node: ts.Node): void => {
    if (isFunctionNode(node)) return;
    const callee = ts.isCallExpression(node) ? unwrap(node.expression) : undefined;
    if (callee && ts.isPropertyAccessExpression(callee)) {
      const state = names.containerOf(callee.expression, owner);
      if (state && !state.taken) tests.push({ state, method: callee.name.text, node });
      return;
    }
    const state = ts.isExpression(node) ? names.stateOf(node, owner) : undefined;
    if (state && !state.taken) tests.push({ state, method: undefined, node });
    else ts.forEachChild(node, visit);
  };
  visit(condition);
  return tests;
}

/** Where a section changes what was tested, if it does so without another look at it. */
function changeIn(section: FunctionNode, { state, method }: Test, names: StateNames): ts.Node | undefined {
  let change: ts.Node | undefined;
  let looksAgain = false;
  const isIt = (node: ts.Expression): boolean => {
    const found = method === undefined ? names.stateOf(node, section) : names.containerOf(node, section);
    return found?.key === state.key;
  };
  const mentions = (node: ts.Node | undefined): boolean => {
    if (!node) return false;
    return (
      (ts.isExpression(node) && isIt(node)) || (ts.forEachChild(node, (child) => mentions(child) || undefined) ?? false)
    );
  };
  const visit = (node: ts.Node): void => {
    if (mentions(conditionOf(node))) looksAgain = true;
    const asked = ts.isCallExpression(node) ? unwrap(node.expression) : undefined;
    if (asked && ts.isPropertyAccessExpression(asked) && asked.name.text === method && isIt(asked.expression)) {
      looksAgain = true;
    }
    if (changes(node, method === undefined, isIt)) change ??= node;
    ts.forEachChild(node, visit);
  };
  if (section.body) visit(section.body);
  return looksAgain ? undefined : change;
}

/** What a statement or an operator asks before it goes on; of a loop, what it goes through. */
function conditionOf(node: ts.Node): ts.Node | undefined {
  if (ts.isIfStatement(node) || ts.isWhileStatement(node) || ts.isDoStatement(node)) return node.expression;
  if (ts.isForOfStatement(node) || ts.isForInStatement(node) || ts.isSwitchStatement(node)) return node.expression;
  if (ts.isForStatement(node) || ts.isConditionalExpression(node)) return node.condition;
  if (!ts.isBinaryExpression(node)) return undefined;
  const { kind } = node.operatorToken;
  const isChoice =
    kind === ts.SyntaxKind.AmpersandAmpersandToken ||
    kind === ts.SyntaxKind.BarBarToken ||
    kind === ts.SyntaxKind.QuestionQuestionToken ||
    (isAssignment(node) &&
      kind >= ts.SyntaxKind.BarBarEqualsToken &&
      kind <= ts.SyntaxKind.QuestionQuestionEqualsToken);
  return isChoice ? node.left : undefined;
}

/** Assignments; of an object that was asked, calls of its methods for what they do. */
function changes(node: ts.Node, isState: boolean, isIt: (node: ts.Expression) => boolean): boolean {
  if (isState) {
    if (ts.isBinaryExpression(node)) return isAssignment(node) && isIt(node.left);
    return (
      (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) && isStep(node) && isIt(node.operand)
    );
  }
  if (!ts.isExpressionStatement(node)) return false;
  const inner = unwrap(node.expression);
  const call = ts.isAwaitExpression(inner) ? unwrap(inner.expression) : inner;
  const callee = ts.isCallExpression(call) ? unwrap(call.expression) : undefined;
  return callee !== undefined && ts.isPropertyAccessExpression(callee) && isIt(callee.expression);
}
