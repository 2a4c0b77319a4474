import type { Site } from "./site.js";
import { ts } from "./syntax.js";
import { nodeAt } from "./updates.js";

/**
 * Where the files name what is declared under the name at `site`, in the order of files and text, that name included: also
 * in imports and exports. Asks the checker about every equal name.
 */
export function referencesTo(compiled: ts.Program, files: readonly string[], site: Site): readonly Site[] {
  const checker = compiled.getTypeChecker();
  const home = compiled.getSourceFile(site.file);
  const name = home && nodeAt(home, site.start, site.end);
  const wanted = name && isName(name) ? checker.getSymbolAtLocation(name) : undefined;
  if (!wanted || !name) return [];
  const text = name.getText(home);
  const found: Site[] = [];
  for (const file of files) {
    const tree = compiled.getSourceFile(file);
    if (!tree?.text.includes(text)) continue;
    const visit = (node: ts.Node): void => {
      if (isName(node) && node.getText(tree) === text && means(checker, node, wanted)) {
        found.push({ file, start: node.getStart(tree), end: node.end });
      }
      ts.forEachChild(node, visit);
    };
    visit(tree);
  }
  return found;
}

function means(checker: ts.TypeChecker, node: ts.Node, wanted: ts.Symbol): boolean {
  const symbol = isTakenOut(node)
    ? checker.getTypeAtLocation(node.parent.parent).getProperty(node.text)
    : ts.isShorthandPropertyAssignment(node.parent)
      ? checker.getShorthandAssignmentValueSymbol(node.parent)
      : checker.getSymbolAtLocation(node);
  if (!symbol) return false;
  const isAlias = (symbol.flags & ts.SymbolFlags.Alias) !== 0;
  return symbol === wanted || (isAlias && checker.getAliasedSymbol(symbol) === wanted);
}

/** `{ lock }` that takes a property out of an object, for a variable of that name. */
function isTakenOut(node: ts.Node): node is ts.Identifier {
  const { parent } = node;
  const isElement = ts.isBindingElement(parent) && ts.isObjectBindingPattern(parent.parent);
  return isElement && parent.name === node && parent.propertyName === undefined && parent.dotDotDotToken === undefined;
}

/**
 * Whether what is called something at a place could not be told from something else if it were called `name`: a member of a
 * class from the others, anything else from all that the file calls so.
 */
export function isNameTaken(tree: ts.SourceFile, { start, end }: Site, name: string): boolean {
  const node = nodeAt(tree, start, end);
  if (isTakenOut(node)) return false;
  const { parent } = node;
  if (ts.isClassElement(parent)) {
    return ts.isClassLike(parent.parent) && parent.parent.members.some((each) => each.name?.getText(tree) === name);
  }
  if (isMemberName(node)) return false;
  const visit = (at: ts.Node): boolean =>
    (ts.isIdentifier(at) && at.text === name && !isMemberName(at)) ||
    (ts.forEachChild(at, (child) => visit(child) || undefined) ?? false);
  return tree.text.includes(name) && visit(tree);
}

/** Whether a name is looked for in an object, and not in what is around. */
function isMemberName(node: ts.Node): boolean {
  const { parent } = node;
  return (
    (ts.isPropertyAccessExpression(parent) && parent.name === node) ||
    (ts.isPropertyAssignment(parent) && parent.name === node) ||
    (ts.isBindingElement(parent) && parent.propertyName === node) ||
    (ts.isClassElement(parent) && parent.name === node) ||
    (ts.isTypeElement(parent) && parent.name === node)
  );
}

function isName(node: ts.Node): node is ts.Identifier | ts.PrivateIdentifier {
  return ts.isIdentifier(node) || ts.isPrivateIdentifier(node);
}

/** The text for a reference once what it names is called otherwise: `{ lock }` becomes `{ lock: latch }`. */
export function renamedReference(tree: ts.SourceFile, { start, end }: Site, name: string): string {
  const node = nodeAt(tree, start, end);
  if (isTakenOut(node)) return `${name}: ${node.text}`;
  return ts.isShorthandPropertyAssignment(node.parent) ? `${node.getText(tree)}: ${name}` : name;
}
