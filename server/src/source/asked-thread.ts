import { ts } from "./syntax.js";
import { nodeAt } from "./updates.js";

interface Place {
  readonly start: number;
  readonly end: number;
}

/** What is another thing in a thread than in the program that starts it, whatever the thread is started with. */
const TELLING =
  /\b(?:isMainThread|parentPort|threadId|workerData)\b|\brequire\.main\b|\bimport\.meta\.main\b|\bprocess\.argv\s*\[\s*1\s*\]/;
/** What one gives a worker of Node's along by hand. */
const GIVEN = /\bprocess\.(?:argv|env)\b/;

/**
 * Whether code that a place depends on asks in which thread, or as what, it runs: a condition around the place, or one
 * before it behind which code may leave.
 *
 * @param isWorker whether a worker of Node's is started at the place, which may get arguments and an environment of its own
 */
export function asksForThread(file: ts.SourceFile, place: Place, isWorker: boolean): boolean {
  const isTelling = tellingIn(file, isWorker);
  for (let at = nodeAt(file, place.start, place.end); at !== file; at = at.parent) {
    if (conditionsOf(at.parent).some((condition) => condition !== at && isTelling(condition))) return true;
    const list = statementsOf(at.parent);
    for (const before of list?.slice(0, list.indexOf(at as ts.Statement)) ?? []) {
      if (ts.isIfStatement(before) && isTelling(before.expression) && mayLeave(before)) return true;
    }
  }
  return false;
}

function conditionsOf(node: ts.Node): readonly ts.Expression[] {
  if (ts.isIfStatement(node) || ts.isSwitchStatement(node) || ts.isWhileStatement(node)) return [node.expression];
  if (ts.isConditionalExpression(node)) return [node.condition];
  if (ts.isForStatement(node)) return node.condition ? [node.condition] : [];
  return ts.isBinaryExpression(node) ? [node.left] : [];
}

function statementsOf(node: ts.Node): readonly ts.Statement[] | undefined {
  return ts.isBlock(node) || ts.isSourceFile(node) || ts.isCaseOrDefaultClause(node) ? node.statements : undefined;
}

/** Whether a branch ends the function, the module or the program. */
function mayLeave(node: ts.Node): boolean {
  if (ts.isReturnStatement(node) || ts.isThrowStatement(node)) return true;
  if (ts.isCallExpression(node) && /^(?:process\.)?exit$/.test(node.expression.getText())) return true;
  return ts.forEachChild(node, (child) => mayLeave(child) || undefined) ?? false;
}

/** Tells whether an expression asks, by itself or by a name that was made from what does. */
function tellingIn(file: ts.SourceFile, isWorker: boolean): (node: ts.Expression) => boolean {
  const names = new Set<string>();
  const isTelling = (node: ts.Expression): boolean => {
    const text = node.getText(file);
    return TELLING.test(text) || (isWorker && GIVEN.test(text)) || mentionsAny(node, names);
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportSpecifier(node) && node.propertyName && TELLING.test(node.propertyName.text)) {
      names.add(node.name.text);
    }
    if (ts.isVariableDeclaration(node) && node.initializer && isTelling(node.initializer)) addNames(node.name, names);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return isTelling;
}

function addNames(name: ts.BindingName, names: Set<string>): void {
  if (ts.isIdentifier(name)) names.add(name.text);
  else for (const each of name.elements) if (ts.isBindingElement(each)) addNames(each.name, names);
}

function mentionsAny(node: ts.Node, names: ReadonlySet<string>): boolean {
  if (ts.isIdentifier(node)) return names.has(node.text);
  return ts.forEachChild(node, (child) => mentionsAny(child, names) || undefined) ?? false;
}
