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
  const symbol = ts.isShorthandPropertyAssignment(node.parent)
    ? checker.getShorthandAssignmentValueSymbol(node.parent)
    : checker.getSymbolAtLocation(node);
  if (!symbol) return false;
  const isAlias = (symbol.flags & ts.SymbolFlags.Alias) !== 0;
  return symbol === wanted || (isAlias && checker.getAliasedSymbol(symbol) === wanted);
}

function isName(node: ts.Node): node is ts.Identifier | ts.PrivateIdentifier {
  return ts.isIdentifier(node) || ts.isPrivateIdentifier(node);
}

/** The text for a reference once what it names is called otherwise: `{ lock }` becomes `{ lock: latch }`. */
export function renamedReference(tree: ts.SourceFile, { start, end }: Site, name: string): string {
  const node = nodeAt(tree, start, end);
  return ts.isShorthandPropertyAssignment(node.parent) ? `${node.getText(tree)}: ${name}` : name;
}
