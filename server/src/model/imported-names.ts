import { ts } from "../source/syntax.js";
import { unwrap } from "./declarations.js";

/** What a name in a file is of another module. */
export interface Imported {
  /** The specifier, without `node:`. */
  readonly module: string;
  /** The name under which the module exports it; undefined for the module as a whole. */
  readonly name: string | undefined;
}

/** By their names in the file, what it imports or requires at its top. */
export function importedNames(file: ts.SourceFile): ReadonlyMap<string, Imported> {
  const found = new Map<string, Imported>();
  for (const statement of file.statements) {
    if (ts.isImportDeclaration(statement)) addImport(statement, found);
    if (!ts.isVariableStatement(statement)) continue;
    for (const { name, initializer } of statement.declarationList.declarations) {
      const module = initializer && requiredModule(initializer);
      if (module === undefined) continue;
      if (ts.isIdentifier(name)) found.set(name.text, { module, name: undefined });
      if (!ts.isObjectBindingPattern(name)) continue;
      for (const each of name.elements) {
        if (!ts.isIdentifier(each.name)) continue;
        found.set(each.name.text, { module, name: (each.propertyName ?? each.name).getText() });
      }
    }
  }
  return found;
}

function addImport({ moduleSpecifier, importClause }: ts.ImportDeclaration, found: Map<string, Imported>): void {
  if (!ts.isStringLiteral(moduleSpecifier) || !importClause) return;
  const module = plainSpecifier(moduleSpecifier.text);
  const { name, namedBindings } = importClause;
  if (name) found.set(name.text, { module, name: "default" });
  if (!namedBindings) return;
  if (ts.isNamespaceImport(namedBindings)) {
    found.set(namedBindings.name.text, { module, name: undefined });
    return;
  }
  for (const each of namedBindings.elements) {
    found.set(each.name.text, { module, name: (each.propertyName ?? each.name).text });
  }
}

function requiredModule(expression: ts.Expression): string | undefined {
  const node = unwrap(expression);
  if (!ts.isCallExpression(node) || node.expression.getText() !== "require") return undefined;
  const [argument] = node.arguments;
  return argument && ts.isStringLiteral(argument) ? plainSpecifier(argument.text) : undefined;
}

function plainSpecifier(specifier: string): string {
  return specifier.replace(/^node:/, "");
}

/** What an expression names of another module: `Worker`, `threads.Worker`. */
export function importedBy(
  expression: ts.Expression,
  imported: ReadonlyMap<string, Imported>,
): { readonly module: string; readonly name: string } | undefined {
  const node = unwrap(expression);
  if (ts.isIdentifier(node)) {
    const known = imported.get(node.text);
    return known && { module: known.module, name: known.name ?? "default" };
  }
  if (!ts.isPropertyAccessExpression(node) || !ts.isIdentifier(node.expression)) return undefined;
  const whole = imported.get(node.expression.text);
  if (!whole || (whole.name !== undefined && whole.name !== "default")) return undefined;
  return { module: whole.module, name: node.name.text };
}
