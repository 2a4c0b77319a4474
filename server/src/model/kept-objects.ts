import { ts } from "../source/syntax.js";
import { enclosingFunction, unwrap } from "./declarations.js";
import { nodesIn } from "./file-nodes.js";
import type { StateNames } from "./state-names.js";
import { isAssignment, isStep } from "./variables.js";

/** What hands a promise on changes nothing in it. */
const HANDS_ON: ReadonlySet<string> = new Set(["then", "catch", "finally"]);

/**
 * The keys of the containers whose objects somebody changes: calls a method on one for what it does and not for what it
 * gives, or assigns to a member. If two of such an object are made and one is kept, what was done to the other is lost.
 */
export function changedContainers(file: ts.SourceFile, names: StateNames): ReadonlySet<string> {
  const found = new Set<string>();
  const kept = keptIn(file, names);
  const change = (object: ts.Expression): void => {
    const root = rootOf(object);
    const direct = containerAt(root, names);
    if (direct !== undefined) found.add(direct);
    const declared = ts.isIdentifier(root) && names.declarationOf(root)?.node;
    for (const container of (declared && kept.get(declared)) || []) found.add(container);
  };
  for (const node of nodesIn(file).outerFirst) {
    if (ts.isExpressionStatement(node)) {
      const call = awaited(node.expression);
      const callee = ts.isCallExpression(call) && unwrap(call.expression);
      if (callee && ts.isPropertyAccessExpression(callee) && !HANDS_ON.has(callee.name.text)) change(callee.expression);
    }
    const target = writtenMember(node);
    if (target) change(target.expression);
  }
  return found;
}

/** By variable, the containers that what it holds comes from or goes to. */
function keptIn(file: ts.SourceFile, names: StateNames): ReadonlyMap<ts.Node, ReadonlySet<string>> {
  const kept = new Map<ts.Node, Set<string>>();
  const keep = (variable: ts.Node | undefined, container: string | undefined): void => {
    if (!variable || container === undefined) return;
    const known = kept.get(variable);
    if (known) known.add(container);
    else kept.set(variable, new Set([container]));
  };
  const named = (node: ts.Expression): ts.Node | undefined => {
    const name = unwrap(node);
    return ts.isIdentifier(name) ? names.declarationOf(name)?.node : undefined;
  };
  const visit = (node: ts.Node): void => {
    if (ts.isVariableDeclaration(node) && node.initializer) {
      keep(node, containerAt(awaited(node.initializer), names));
    } else if (ts.isForOfStatement(node) && ts.isVariableDeclarationList(node.initializer)) {
      const container = iterated(node.expression, names);
      for (const variable of variablesIn(node.initializer)) keep(variable, container);
    } else if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken) {
      keep(named(node.left), containerAt(awaited(node.right), names));
      keep(named(node.right), containerAt(unwrap(node.left), names));
    } else if (ts.isCallExpression(node)) {
      const [, value] = node.arguments;
      const callee = unwrap(node.expression);
      if (value && ts.isPropertyAccessExpression(callee) && callee.name.text === "set") {
        keep(named(value), keyOf(callee.expression, names));
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return kept;
}

/** The container that an expression takes an entry out of. */
function containerAt(node: ts.Expression, names: StateNames): string | undefined {
  if (ts.isElementAccessExpression(node)) return keyOf(node.expression, names);
  if (!ts.isCallExpression(node)) return undefined;
  const callee = unwrap(node.expression);
  return ts.isPropertyAccessExpression(callee) && callee.name.text === "get"
    ? keyOf(callee.expression, names)
    : undefined;
}

/** `of cache.values()`, `of cache`, `of Object.values(cache)`. */
function iterated(expression: ts.Expression, names: StateNames): string | undefined {
  const node = unwrap(expression);
  if (!ts.isCallExpression(node)) return keyOf(node, names);
  const callee = unwrap(node.expression);
  if (!ts.isPropertyAccessExpression(callee)) return undefined;
  const [first] = node.arguments;
  return keyOf(first ?? callee.expression, names);
}

function keyOf(container: ts.Expression, names: StateNames): string | undefined {
  return names.containerOf(container, enclosingFunction(container))?.key;
}

function awaited(expression: ts.Expression): ts.Expression {
  const node = unwrap(expression);
  if (ts.isAwaitExpression(node) || ts.isVoidExpression(node)) return awaited(node.expression);
  return node;
}

/** `entry` of `entry.list.count`. */
function rootOf(expression: ts.Expression): ts.Expression {
  const node = unwrap(expression);
  return ts.isPropertyAccessExpression(node) ? rootOf(node.expression) : node;
}

function writtenMember(node: ts.Node): ts.PropertyAccessExpression | undefined {
  const target = ts.isBinaryExpression(node)
    ? isAssignment(node) && unwrap(node.left)
    : (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) && isStep(node) && unwrap(node.operand);
  return target && ts.isPropertyAccessExpression(target) ? target : undefined;
}

function variablesIn(list: ts.VariableDeclarationList): readonly ts.Node[] {
  return list.declarations.flatMap((declaration): readonly ts.Node[] =>
    ts.isIdentifier(declaration.name) ? [declaration] : declaration.name.elements,
  );
}
