import { ts } from "../source/syntax.js";
import { enclosingFunction, unwrap } from "./declarations.js";
import type { Symbols } from "./symbols.js";

/** Whether a lock never leaves the function that makes it: it is taken and given back there, and nothing else. */
export function staysInside(made: ts.NewExpression, symbols: Symbols): boolean {
  const owner = enclosingFunction(made);
  if (ts.isSourceFile(owner)) return false;
  const { parent } = made;
  if (ts.isPropertyAccessExpression(parent)) return isLocking(made, symbols);
  if (!ts.isVariableDeclaration(parent) || !ts.isIdentifier(parent.name)) return false;
  const { name } = parent;
  let uses = 0;
  const isHarmless = (node: ts.Node): boolean => {
    if (ts.isIdentifier(node) && node.text === name.text && node !== name) {
      uses++;
      return enclosingFunction(node) === owner && isLocking(node, symbols);
    }
    return ts.forEachChild(node, (child) => !isHarmless(child) || undefined) === undefined;
  };
  return isHarmless(owner) && uses > 0;
}

/** Whether an expression is there for no more than taking a lock or giving it back. */
function isLocking(node: ts.Expression, symbols: Symbols): boolean {
  const { parent } = node;
  if (!ts.isPropertyAccessExpression(parent) || parent.expression !== node) return false;
  if (!ts.isCallExpression(parent.parent) || parent.parent.expression !== parent) return false;
  const effect = symbols.effectAt(parent)?.effect;
  return effect === "acquire" || effect === "release" || effect === "section";
}

/** The lock that a variable of the module, or a field, was declared with and loses to a new one. */
export function replacedLock(made: ts.NewExpression, symbols: Symbols): ts.Expression | undefined {
  const { parent } = made;
  const isAssigned =
    ts.isBinaryExpression(parent) &&
    parent.right === made &&
    parent.operatorToken.kind === ts.SyntaxKind.EqualsToken &&
    ts.isExpressionStatement(parent.parent);
  if (!isAssigned || ts.isConstructorDeclaration(enclosingFunction(made))) return undefined;
  const declaration = symbols.symbolAt(unwrap(parent.left))?.valueDeclaration;
  if (!declaration) return undefined;
  const isKept =
    ts.isPropertyDeclaration(declaration) ||
    (ts.isVariableDeclaration(declaration) && ts.isSourceFile(enclosingFunction(declaration)));
  const first = isKept && declaration.initializer ? unwrap(declaration.initializer) : undefined;
  if (!first || !ts.isNewExpression(first)) return undefined;
  return symbols.classOf(symbols.symbolAt(first.expression))?.model.kind === "lock" ? first : undefined;
}
