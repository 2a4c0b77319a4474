import { ts } from "../source/syntax.js";

/** What is asked about names and classes. */
interface Names {
  symbolAt(node: ts.Node): ts.Symbol | undefined;
  isMadeOf(symbol: ts.Symbol | undefined): boolean;
  baseOf(symbol: ts.Symbol): ts.Symbol | undefined;
}

/**
 * The member that `object.name` names, where the source shows which class made the object: `const object = new Class()`,
 * or each element of `[new Class(), new Class()]`. To know the type of what `new` makes, the compiler would look into all
 * that is given to the constructor, for every file anew; the member is the same.
 *
 * @returns undefined where the source does not show it
 */
export function memberOfMade(node: ts.PropertyAccessExpression, names: Names): ts.Symbol | undefined {
  if (!ts.isIdentifier(node.name)) return undefined;
  const name = ts.escapeLeadingUnderscores(node.name.text);
  let at = makerOf(node.expression, names);
  for (let depth = 0; at && depth < DEPTH; depth++) {
    const member = at.members?.get(name);
    // Type parameters stand among the members.
    if (member && member.flags & ts.SymbolFlags.ClassMember) return member;
    at = names.baseOf(at);
  }
  return undefined;
}

/** Classes above each other, and names for one object, that are followed. */
const DEPTH = 8;

/** The class of an object, as a symbol with members. */
function makerOf(expression: ts.Expression, names: Names, depth = 0): ts.Symbol | undefined {
  const node = plain(expression);
  if (ts.isNewExpression(node)) {
    const made = ts.isIdentifier(node.expression) ? names.symbolAt(node.expression) : undefined;
    return names.isMadeOf(made) ? made : undefined;
  }
  const declaration = depth < DEPTH ? constantBehind(node, names) : undefined;
  if (!declaration) return undefined;
  if (declaration.initializer) return makerOf(declaration.initializer, names, depth + 1);
  const loop = declaration.parent.parent;
  const isElement = ts.isForOfStatement(loop) && loop.awaitModifier === undefined;
  return isElement ? makerOfElements(loop.expression, names, depth + 1) : undefined;
}

/** The one class of all elements of a list. */
function makerOfElements(expression: ts.Expression, names: Names, depth: number): ts.Symbol | undefined {
  const node = plain(expression);
  if (ts.isArrayLiteralExpression(node)) {
    const [first, ...more] = node.elements.map((element) => makerOf(element, names, depth));
    return more.every((other) => other === first) ? first : undefined;
  }
  const list = depth < DEPTH ? constantBehind(node, names)?.initializer : undefined;
  return list && makerOfElements(list, names, depth + 1);
}

/** The constant that a name means, where nothing but its value says what it is. */
function constantBehind(node: ts.Expression, names: Names): ts.VariableDeclaration | undefined {
  const declaration = ts.isIdentifier(node) ? names.symbolAt(node)?.valueDeclaration : undefined;
  if (!declaration || !ts.isVariableDeclaration(declaration) || declaration.type) return undefined;
  if (!ts.isIdentifier(declaration.name)) return undefined;
  return ts.getCombinedNodeFlags(declaration) & ts.NodeFlags.Const ? declaration : undefined;
}

/** Without what says nothing of the type. */
function plain(expression: ts.Expression): ts.Expression {
  let node = expression;
  while (ts.isParenthesizedExpression(node) || ts.isNonNullExpression(node)) node = node.expression;
  return node;
}
