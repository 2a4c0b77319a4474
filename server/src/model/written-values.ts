import { ts } from "../source/syntax.js";
import { type FunctionNode, isFunctionNode, unwrap } from "./declarations.js";
import type { Written } from "./state.js";

/** What stands for "not there yet": also the text that `typeof` has for it. */
export function isNothing(expression: ts.Expression): boolean {
  const node = unwrap(expression);
  if (ts.isStringLiteralLike(node)) return node.text === "undefined";
  return (
    node.kind === ts.SyntaxKind.NullKeyword ||
    node.kind === ts.SyntaxKind.FalseKeyword ||
    ts.isVoidExpression(node) ||
    (ts.isIdentifier(node) && node.text === "undefined")
  );
}

export function writtenBy(expression: ts.Expression): Written {
  const node = unwrap(expression);
  if (isNothing(node) && !ts.isStringLiteralLike(node)) return "nothing";
  if (node.kind === ts.SyntaxKind.TrueKeyword || ts.isLiteralExpression(node)) return "constant";
  return isPlain(node) ? "plain" : "value";
}

/** Functions that make a value without identity. */
const PLAIN: ReadonlySet<string> = new Set(["Boolean", "Number", "String", "parseInt", "parseFloat", "Math"]);

function isPlain(node: ts.Expression): boolean {
  if (ts.isCallExpression(node)) {
    const callee = ts.isPropertyAccessExpression(node.expression) ? node.expression.expression : node.expression;
    return ts.isIdentifier(callee) && PLAIN.has(callee.text);
  }
  return ts.isPrefixUnaryExpression(node) || ts.isTemplateExpression(node) || ts.isTypeOfExpression(node);
}

/** `import(…)` */
export function isLoad(node: ts.Expression): boolean {
  return ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword;
}

/** Whether a function waits for modules and nothing else. */
export function onlyLoads({ body }: FunctionNode): boolean {
  let waits = 0;
  let loads = 0;
  const visit = (node: ts.Node): void => {
    if (isFunctionNode(node)) return;
    if (ts.isAwaitExpression(node)) waits++;
    if (ts.isAwaitExpression(node) && isLoad(unwrap(node.expression))) loads++;
    ts.forEachChild(node, visit);
  };
  if (body) visit(body);
  return waits > 0 && loads === waits;
}

/** The name or `this` that a path of members begins with. */
export function rootOf(expression: ts.Expression): ts.Expression | undefined {
  const node = unwrap(expression);
  if (ts.isPropertyAccessExpression(node)) return rootOf(node.expression);
  return ts.isIdentifier(node) || node.kind === ts.SyntaxKind.ThisKeyword ? node : undefined;
}
