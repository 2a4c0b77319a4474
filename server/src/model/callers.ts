import { ts } from "../source/syntax.js";
import { type FunctionNode, unwrap } from "./declarations.js";
import { nodesIn } from "./file-nodes.js";
import type { Callers } from "./task.js";
import { isAssignment } from "./variables.js";

/** Methods that call what they are given once for every element, without waiting for the one before. */
const FOR_EACH: ReadonlySet<string> = new Set(["map", "forEach", "flatMap"]);
/** Functions that call what they are given whenever something happens, whether or not the last call is over. */
export const WHENEVER: ReadonlySet<string> = new Set(["on", "addListener", "addEventListener", "setInterval"]);

/** How a file uses names. */
export interface Uses {
  readonly named: Set<string>;
  /** Exported, put into an object or a variable, or given to what calls it whenever something happens. */
  readonly given: Set<string>;
}

/** How a file uses names, read off it in one walk. */
export function usesIn(file: ts.SourceFile): Uses {
  const uses: Uses = { named: new Set(), given: new Set() };
  for (const node of nodesIn(file).outerFirst) noteUse(node, uses);
  return uses;
}

/** Notes how a file uses a name. */
export function noteUse(node: ts.Node, uses: Uses): void {
  if (!(ts.isIdentifier(node) || ts.isPrivateIdentifier(node)) || isDeclaredName(node)) return;
  uses.named.add(node.text);
  if (isGivenAway(node)) uses.given.add(node.text);
}

function isGivenAway(node: ts.Identifier | ts.PrivateIdentifier): boolean {
  const { parent } = node;
  if (ts.isExportSpecifier(parent)) return (parent.propertyName ?? parent.name) === node;
  if (ts.isExportAssignment(parent) || ts.isShorthandPropertyAssignment(parent)) return true;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node;
  if (ts.isBinaryExpression(parent)) return isAssignment(parent) && parent.right === node;
  return ts.isCallExpression(parent) && parent.expression !== node && callbackCallers(parent) === "anyone";
}

function isDeclaredName(node: ts.Identifier | ts.PrivateIdentifier): boolean {
  if (ts.isExportSpecifier(node.parent) || ts.isShorthandPropertyAssignment(node.parent)) return false;
  return (node.parent as ts.NamedDeclaration).name === node && !ts.isPropertyAccessExpression(node.parent);
}

/** Who may call the function again before an earlier call is over. */
export function callersOf(node: FunctionNode, { named, given }: Uses): Callers {
  if (ts.isConstructorDeclaration(node)) return "nobody";
  if (ts.isMethodDeclaration(node) || ts.isAccessor(node)) return memberCallers(node, named);
  if (ts.isFunctionDeclaration(node)) return isExported(node) || given.has(node.name?.text ?? "") ? "anyone" : "file";
  const { parent } = node;
  if (ts.isPropertyDeclaration(parent)) return memberCallers(parent, named);
  if (ts.isPropertyAssignment(parent)) return "anyone";
  if (ts.isVariableDeclaration(parent)) {
    return isExported(parent.parent.parent) || given.has(parent.name.getText()) ? "anyone" : "file";
  }
  if (ts.isBinaryExpression(parent) && isAssignment(parent)) return "anyone";
  if (ts.isCallExpression(parent) && parent.arguments.includes(node)) return callbackCallers(parent);
  return "nobody";
}

function memberCallers(node: ts.ClassElement | ts.ObjectLiteralElementLike, named: ReadonlySet<string>): Callers {
  const name = node.name && (ts.isIdentifier(node.name) || ts.isPrivateIdentifier(node.name)) ? node.name.text : "";
  const isHidden =
    /^[#_]/.test(name) ||
    (ts.canHaveModifiers(node) &&
      (ts.getModifiers(node) ?? []).some(
        ({ kind }) => kind === ts.SyntaxKind.PrivateKeyword || kind === ts.SyntaxKind.ProtectedKeyword,
      ));
  return isHidden && named.has(name) ? "file" : "anyone";
}

function callbackCallers(call: ts.CallExpression): Callers {
  const name = calledName(call);
  return name !== undefined && (FOR_EACH.has(name) || WHENEVER.has(name)) ? "anyone" : "nobody";
}

export function calledName(call: ts.CallExpression): string | undefined {
  const callee = unwrap(call.expression);
  if (ts.isPropertyAccessExpression(callee)) return callee.name.text;
  return ts.isIdentifier(callee) ? callee.text : undefined;
}

function isExported(node: ts.Node): boolean {
  return ts.canHaveModifiers(node) && (ts.getModifiers(node) ?? []).some((m) => m.kind === ts.SyntaxKind.ExportKeyword);
}
