import { someInBody } from "../source/dependence.js";
import type { Site } from "../source/site.js";
import { ts } from "../source/syntax.js";
import { enclosingFunction, type FunctionNode, isFunctionNode, siteOf, unwrap } from "./declarations.js";
import { isAsync } from "./lower-state.js";
import type { PromisePlaces } from "./promise-places.js";
import { isPromiseBySyntax } from "./promised.js";
import type { StateNames } from "./state-names.js";
import { isAssignment } from "./variables.js";

/** Something is returned while what it needs is ended: at the end of a scope, or in a `finally`. */
export interface EarlyDisposal {
  /** What is returned. */
  readonly text: string;
  readonly site: Site;
  /** What is ended, as the user calls it, and where. */
  readonly needed: string;
  readonly end: Site;
  /** Whether it is a promise for sure; otherwise its type has to say so. */
  readonly isPromise: boolean;
  /** Whether the function can wait for it. */
  readonly canAwait: boolean;
}

/** Methods behind which an object is of no use. */
const ENDS: ReadonlySet<string> = new Set([
  "close",
  "closeSync",
  "destroy",
  "disconnect",
  "dispose",
  "end",
  "exit",
  "free",
  "kill",
  "quit",
  "release",
  "rm",
  "rmSync",
  "rmdir",
  "terminate",
  "unlink",
  "unlinkSync",
  "unlock",
]);
/** What lets others in, or gives up a time limit, whatever it is for. */
const LETS_GO = /^(?:release|unlock|clearTimeout|clearInterval)$/;
/** What keeps promises for more than one who asks. */
const KEEPS: ReadonlySet<string> = new Set(["set", "add", "push", "unshift", "put", "enqueue"]);
/** What happens because something ends: whoever waited for it before would wait for ever. */
const IS_OVER = /^["'](?:exit|close|finish|end|disconnect)["']$/;

/** The `return`s of one file that leave a scope with a promise. */
export function earlyDisposalsIn({ returns }: PromisePlaces, names: StateNames): readonly EarlyDisposal[] {
  return returns.flatMap((statement) =>
    statement.expression ? disposalOf(statement, statement.expression, names) : [],
  );
}

function disposalOf(
  statement: ts.ReturnStatement,
  expression: ts.Expression,
  names: StateNames,
): readonly EarlyDisposal[] {
  const result = unwrap(expression);
  const owner = enclosingFunction(statement);
  const mayPromise = ts.isCallExpression(result) || ts.isNewExpression(result) || ts.isIdentifier(result);
  if (!mayPromise || !isFunctionNode(owner) || isGenerator(owner)) return [];
  const ended = isEndItself(result) ? undefined : endedBehind(statement, result, owner);
  if (!ended) return [];
  return [
    {
      text: result.getText().replace(/\s+/g, " "),
      site: siteOf(result),
      needed: ended.needed,
      end: siteOf(ended.end),
      isPromise: isPromiseBySyntax(result, names),
      canAwait: isAsync(owner),
    },
  ];
}

interface Ended {
  readonly needed: string;
  readonly end: ts.Node;
}

/** What ends between a `return` and the end of its function. */
function endedBehind(statement: ts.ReturnStatement, result: ts.Expression, owner: FunctionNode): Ended | undefined {
  for (let at: ts.Node = statement; at !== owner; at = at.parent) {
    const { parent } = at;
    const ended =
      ts.isBlock(parent) || ts.isCaseOrDefaultClause(parent)
        ? scopedIn(parent.statements, at, result)
        : ts.isTryStatement(parent) && at !== parent.finallyBlock
          ? endedIn(parent, result)
          : undefined;
    if (ended) return ended;
  }
  return undefined;
}

/** `using` in front of a statement: a resource that the result uses, or one that nobody uses and that is there for the time. */
function scopedIn(statements: readonly ts.Statement[], before: ts.Node, result: ts.Expression): Ended | undefined {
  for (const statement of statements) {
    if (statement === before) return undefined;
    if (!ts.isVariableStatement(statement) || !(statement.declarationList.flags & ts.NodeFlags.Using)) continue;
    for (const declaration of statement.declarationList.declarations) {
      if (!ts.isIdentifier(declaration.name)) continue;
      const { text } = declaration.name;
      const isUsed = statements.some((each) => each !== statement && mentions(each, text));
      if (mentions(result, text) || (!isUsed && !isKept(result))) {
        const made = declaration.initializer && unwrap(declaration.initializer);
        const needed = isUsed || !made ? text : made.getText().replace(/\s+/g, " ");
        return { needed, end: declaration };
      }
    }
  }
  return undefined;
}

/** What a `finally` ends that the result needs. */
function endedIn({ finallyBlock }: ts.TryStatement, result: ts.Expression): Ended | undefined {
  let ended: Ended | undefined;
  // Who waits for the result in the `finally` has it before anything ends.
  const waitsFor = (node: ts.Node): boolean =>
    ts.isAwaitExpression(node) && ts.isIdentifier(result) && mentions(node.expression, result.text);
  if (!finallyBlock || someInBody(finallyBlock, waitsFor)) return undefined;
  someInBody(finallyBlock, (node) => {
    if (!ended && ts.isCallExpression(node)) ended = endOf(node, result);
    return false;
  });
  return ended;
}

function endOf(call: ts.CallExpression, result: ts.Expression): Ended | undefined {
  const callee = unwrap(call.expression);
  const isMethod = ts.isPropertyAccessExpression(callee);
  const name = isMethod ? callee.name.text : callee.getText();
  const isCertain = LETS_GO.test(name);
  if (!isCertain && !ENDS.has(name)) return undefined;
  const [first] = call.arguments;
  const ended = isMethod && !isModule(callee.expression) ? unwrap(callee.expression) : first && unwrap(first);
  if (!ended) return undefined;
  const root = rootOf(ended);
  if (!(root && isGivenTo(root, ended, result)) && (!isCertain || isKept(result))) return undefined;
  if (isDrained(call, root)) return undefined;
  return { needed: ended.getText(), end: call };
}

/** `finished(stream)`, `once(process, "exit")`: a promise of the end that comes next. */
function isEndItself(result: ts.Expression): boolean {
  if (!ts.isCallExpression(result)) return false;
  const name = /(?:^|\.)(\w+)$/.exec(result.expression.getText())?.[1];
  return name === "finished" || (name === "once" && IS_OVER.test(result.arguments[1]?.getText() ?? ""));
}

/** Whether a promise is one of those that a container or an object keeps: what it is for goes on for others as well. */
function isKept(result: ts.Expression): boolean {
  if (isLookup(result)) return true;
  if (!ts.isIdentifier(result)) return false;
  return someInBody(enclosingFunction(result), (node) => {
    if (ts.isVariableDeclaration(node)) {
      return node.name.getText() === result.text && !!node.initializer && isLookup(node.initializer);
    }
    if (ts.isBinaryExpression(node) && isAssignment(node)) {
      if (isNamed(node.left, result.text)) return isLookup(node.right);
      return isNamed(node.right, result.text) && ts.isLeftHandSideExpression(node.left) && !ts.isIdentifier(node.left);
    }
    return (
      ts.isCallExpression(node) &&
      ts.isPropertyAccessExpression(node.expression) &&
      KEEPS.has(node.expression.name.text) &&
      node.arguments.some((argument) => isNamed(argument, result.text))
    );
  });
}

function isNamed(node: ts.Expression, name: string): boolean {
  const value = unwrap(node);
  return ts.isIdentifier(value) && value.text === name;
}

/** `jobs.get(id)`, `jobs[id]`, `this.job`. */
function isLookup(expression: ts.Expression): boolean {
  const node = unwrap(expression);
  if (ts.isElementAccessExpression(node)) return true;
  if (!ts.isCallExpression(node)) return ts.isPropertyAccessExpression(node);
  return ts.isPropertyAccessExpression(node.expression) && /^(?:get|at)$/.test(node.expression.name.text);
}

/** `fs.rm(path)`: what ends is the argument. */
function isModule(receiver: ts.Expression): boolean {
  return /^(?:fs|fsp|fsPromises|promises|process)$|\.promises$/.test(receiver.getText());
}

/** Whether the result is made with what ends: the same variable, or for a field of `this` the same field. */
function isGivenTo(root: ts.Identifier | ts.ThisExpression, ended: ts.Expression, result: ts.Expression): boolean {
  if (ts.isIdentifier(root)) return mentions(result, root.text);
  const text = ended.getText();
  return ts.isPropertyAccessExpression(ended) && result.getText().includes(text);
}

function rootOf(expression: ts.Expression): ts.Identifier | ts.ThisExpression | undefined {
  const node = unwrap(expression);
  if (ts.isPropertyAccessExpression(node)) return rootOf(node.expression);
  return ts.isIdentifier(node) || node.kind === ts.SyntaxKind.ThisKeyword
    ? (node as ts.Identifier | ts.ThisExpression)
    : undefined;
}

/** `await handle.close()` of a file that was opened with `open`: Node ends it when all that was begun with it is done. */
function isDrained(call: ts.CallExpression, root: ts.Node | undefined): boolean {
  if (!root || !ts.isIdentifier(root) || !ts.isAwaitExpression(call.parent)) return false;
  let isOpened = false;
  const visit = (node: ts.Node): void => {
    const value = ts.isVariableDeclaration(node)
      ? node.name.getText() === root.text && node.initializer
      : ts.isBinaryExpression(node) && node.left.getText() === root.text && node.right;
    if (value && /\bopen\s*\(/.test(value.getText())) isOpened = true;
    ts.forEachChild(node, visit);
  };
  visit(enclosingFunction(call));
  return isOpened;
}

function isGenerator(node: FunctionNode): boolean {
  return (
    (ts.isFunctionDeclaration(node) || ts.isFunctionExpression(node) || ts.isMethodDeclaration(node)) &&
    !!node.asteriskToken
  );
}

function mentions(node: ts.Node, name: string): boolean {
  if (ts.isIdentifier(node)) return node.text === name && !isMemberName(node);
  return ts.forEachChild(node, (child) => mentions(child, name) || undefined) ?? false;
}

function isMemberName(node: ts.Identifier): boolean {
  const { parent } = node;
  return (
    (ts.isPropertyAccessExpression(parent) && parent.name === node) ||
    (ts.isPropertyAssignment(parent) && parent.name === node)
  );
}
