import type { Site } from "../source/site.js";
import { ts } from "../source/syntax.js";

/** A function with a body: what becomes a `FunctionModel`. */
export type FunctionNode =
  | ts.FunctionDeclaration
  | ts.FunctionExpression
  | ts.ArrowFunction
  | ts.MethodDeclaration
  | ts.ConstructorDeclaration
  | ts.GetAccessorDeclaration
  | ts.SetAccessorDeclaration;

export function isFunctionNode(node: ts.Node): node is FunctionNode {
  switch (node.kind) {
    case ts.SyntaxKind.FunctionDeclaration:
    case ts.SyntaxKind.FunctionExpression:
    case ts.SyntaxKind.ArrowFunction:
    case ts.SyntaxKind.MethodDeclaration:
    case ts.SyntaxKind.Constructor:
    case ts.SyntaxKind.GetAccessor:
    case ts.SyntaxKind.SetAccessor:
      return (node as FunctionNode).body !== undefined;
    default:
      return false;
  }
}

/** The function, or the module, whose code `node` is. */
export function enclosingFunction(node: ts.Node): FunctionNode | ts.SourceFile {
  let at = node.parent;
  while (at && !isFunctionNode(at) && !ts.isSourceFile(at)) at = at.parent;
  return at;
}

export function siteOf(node: ts.Node, file = node.getSourceFile()): Site {
  return { file: file.fileName, start: node.getStart(file), end: node.end };
}

function nameText(name: ts.Node | undefined): string | undefined {
  if (!name) return undefined;
  if (ts.isIdentifier(name) || ts.isPrivateIdentifier(name) || ts.isStringLiteralLike(name)) return name.text;
  return undefined;
}

/** The name a user would call it by, or undefined. */
export function declaredName(node: ts.Node): string | undefined {
  if (ts.isConstructorDeclaration(node)) return "constructor";
  const own = nameText((node as ts.NamedDeclaration).name);
  if (own !== undefined) return own;
  // Of what a pattern takes apart, other files see the parts, and those are named after it.
  if (ts.isVariableDeclaration(node)) return node.name.getText().replace(/\s+/g, "");
  const parent = node.parent;
  if (!parent) return undefined;
  if (ts.isParenthesizedExpression(parent) || ts.isAsExpression(parent)) return declaredName(parent);
  if (ts.isVariableDeclaration(parent) || ts.isPropertyDeclaration(parent) || ts.isPropertyAssignment(parent)) {
    return nameText(parent.name);
  }
  return ts.isExportAssignment(parent) ? "default" : undefined;
}

/**
 * A name for a declaration that edits elsewhere in its file leave alone: the names that enclose it. What has no name
 * (a callback) is told apart by how many of its kind come before it in what encloses it; nothing in another file can
 * mean it.
 */
export function declarationId(node: ts.Node): string {
  const parts: string[] = [];
  let at = node;
  for (;;) {
    let outer = at.parent;
    while (outer && !isNaming(outer)) outer = outer.parent;
    const base = outer ?? at.getSourceFile();
    if (ts.isSourceFile(at)) break;
    parts.push(localName(at, base));
    at = base;
  }
  return `${node.getSourceFile().fileName}#${parts.reverse().join("/")}`;
}

/** What contributes its own name to the names inside it. */
function isNaming(node: ts.Node): boolean {
  return (
    isFunctionNode(node) ||
    ts.isClassLike(node) ||
    ts.isModuleDeclaration(node) ||
    ts.isVariableDeclaration(node) ||
    ts.isPropertyAssignment(node) ||
    ts.isSourceFile(node)
  );
}

function localName(node: ts.Node, outer: ts.Node): string {
  const name = declaredName(node);
  const prefix = ts.isGetAccessor(node) ? "get " : ts.isSetAccessor(node) ? "set " : isStatic(node) ? "static " : "";
  return name !== undefined && isOnlyOne(node, outer)
    ? prefix + name
    : `${prefix}${name ?? ""}@${node.kind}.${ordinalIn(outer, node)}`;
}

const ordinals = new WeakMap<ts.Node, Map<ts.SyntaxKind, ReadonlyMap<ts.Node, number>>>();

/** How many nodes of its kind and name come before it directly in `outer`: not in what has a name there itself. */
function ordinalIn(outer: ts.Node, node: ts.Node): number {
  const byKind = ordinals.get(outer) ?? new Map<ts.SyntaxKind, ReadonlyMap<ts.Node, number>>();
  ordinals.set(outer, byKind);
  const known = byKind.get(node.kind) ?? numbered(outer, node.kind);
  byKind.set(node.kind, known);
  return known.get(node) ?? 0;
}

function numbered(outer: ts.Node, kind: ts.SyntaxKind): ReadonlyMap<ts.Node, number> {
  const numbers = new Map<ts.Node, number>();
  const counts = new Map<string | undefined, number>();
  const visit = (node: ts.Node): void => {
    if (node.kind === kind) {
      const name = declaredName(node);
      const count = counts.get(name) ?? 0;
      counts.set(name, count + 1);
      numbers.set(node, count);
    }
    if (!isNaming(node)) ts.forEachChild(node, visit);
  };
  ts.forEachChild(outer, visit);
  return numbers;
}

/** Whether the language itself forbids a second declaration of the same name in `outer`. */
function isOnlyOne(node: ts.Node, outer: ts.Node): boolean {
  if (ts.isClassLike(outer)) return true;
  if (isFunctionNode(outer)) return false;
  for (let at = node; at !== outer; at = at.parent) {
    if (ts.isBlock(at) || ts.isCaseBlock(at) || ts.isIterationStatement(at, false)) return false;
    if (ts.isCallLikeExpression(at) || ts.isArrayLiteralExpression(at)) return false;
    if (ts.isObjectBindingPattern(at) || ts.isArrayBindingPattern(at)) return false;
  }
  return true;
}

export function isStatic(node: ts.Node): boolean {
  return ts.canHaveModifiers(node) && (ts.getModifiers(node) ?? []).some((m) => m.kind === ts.SyntaxKind.StaticKeyword);
}

/** Parentheses and type assertions mean nothing at run time. */
export function unwrap(node: ts.Expression): ts.Expression {
  let at = node;
  while (
    ts.isParenthesizedExpression(at) ||
    ts.isAsExpression(at) ||
    ts.isSatisfiesExpression(at) ||
    ts.isNonNullExpression(at) ||
    ts.isTypeAssertionExpression(at)
  ) {
    at = at.expression;
  }
  return at;
}
