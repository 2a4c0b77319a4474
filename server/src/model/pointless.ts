import type { Annotated, Annotation } from "../source/annotations.js";
import { ts } from "../source/syntax.js";
import { isFunctionNode, isStatic, unwrap } from "./declarations.js";
import type { Pointless } from "./events.js";

/** Why an annotation is certainly of no effect; undefined where it may have one. */
export function pointlessness(
  annotation: Annotation,
  all: readonly Annotation[],
  declaration: Annotated,
): Pointless["why"] | undefined {
  const { tag, word, text } = annotation;
  if (tag === "benignRace") return text === "" ? "no-reason" : undefined;
  const first = all.find((each) => each.tag === tag && each.word === word);
  if (first !== annotation) return "repeated";
  return tag === "requires" && needsNothing(declaration) ? "no-need" : undefined;
}

/**
 * Whether a function works with nothing but its own values, so that no lock could be for it. Methods that another class
 * may override say what theirs need, and an empty body says nothing.
 */
function needsNothing(declaration: Annotated): boolean {
  const held = ts.isVariableDeclaration(declaration) && declaration.initializer && unwrap(declaration.initializer);
  const node: ts.Node = held || declaration;
  if (!isFunctionNode(node) || !node.body) return false;
  if (ts.isMethodDeclaration(node) && !ts.isPrivateIdentifier(node.name) && !isStatic(node)) return false;
  if (ts.isAccessor(node) || (ts.isBlock(node.body) && node.body.statements.length === 0)) return false;
  const own = new Set<string>(["undefined"]);
  const collect = (at: ts.Node): void => {
    if ((ts.isParameter(at) || ts.isVariableDeclaration(at) || ts.isBindingElement(at)) && ts.isIdentifier(at.name)) {
      own.add(at.name.text);
    }
    ts.forEachChild(at, collect);
  };
  collect(node);
  const isPlain = (at: ts.Node): boolean => {
    if (ts.isTypeNode(at)) return true;
    if (REACHES_OUT.has(at.kind) || (ts.isIdentifier(at) && !own.has(at.text))) return false;
    return ts.forEachChild(at, (child) => !isPlain(child) || undefined) === undefined;
  };
  return isPlain(node.body);
}

/** What may touch more than a function's own values. */
const REACHES_OUT: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.ThisKeyword,
  ts.SyntaxKind.SuperKeyword,
  ts.SyntaxKind.CallExpression,
  ts.SyntaxKind.NewExpression,
  ts.SyntaxKind.PropertyAccessExpression,
  ts.SyntaxKind.ElementAccessExpression,
  ts.SyntaxKind.TaggedTemplateExpression,
  ts.SyntaxKind.AwaitExpression,
  ts.SyntaxKind.YieldExpression,
  ts.SyntaxKind.ForOfStatement,
  ts.SyntaxKind.SpreadElement,
  ts.SyntaxKind.ObjectBindingPattern,
  ts.SyntaxKind.ArrayBindingPattern,
]);
