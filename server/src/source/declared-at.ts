import { upToDate } from "./kept-symbols.js";
import type { Site } from "./site.js";
import { ts } from "./syntax.js";

/**
 * Where the variable or member is declared that is written as `text` at the beginning of a place: its name there, in
 * code that is analysed. Asks the checker.
 */
export function declaredAt(compiled: ts.Program, { file, start }: Site, text: string): Site | undefined {
  const tree = compiled.getSourceFile(file);
  const node = tree && writtenAt(tree, start, text);
  const symbol = node && compiled.getTypeChecker().getSymbolAtLocation(nameOf(node));
  const known = symbol?.valueDeclaration ? symbol : aliased(compiled, symbol);
  const declared = known && upToDate(known).valueDeclaration;
  const name = declared && ts.getNameOfDeclaration(declared);
  const home = declared?.getSourceFile();
  if (!name || !home || home.isDeclarationFile) return undefined;
  return { file: home.fileName, start: name.getStart(home), end: name.end };
}

/** The outermost expression that begins there and reads like the text. */
function writtenAt(tree: ts.SourceFile, start: number, text: string): ts.Expression | undefined {
  let found: ts.Expression | undefined;
  const visit = (node: ts.Node): void => {
    if (found || node.end <= start || node.pos > start) return;
    const begins = node.getStart(tree) === start;
    if (begins && ts.isExpression(node) && node.getText(tree) === text) found = node;
    else ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

function nameOf(node: ts.Expression): ts.Node {
  return ts.isPropertyAccessExpression(node) ? node.name : node;
}

function aliased(compiled: ts.Program, symbol: ts.Symbol | undefined): ts.Symbol | undefined {
  if (!symbol || !(symbol.flags & ts.SymbolFlags.Alias)) return undefined;
  return compiled.getTypeChecker().getAliasedSymbol(symbol);
}
