import { linkingStatements } from "../source/parsing-on-demand.js";
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
        found.set(each.name.text, memberOf(module, (each.propertyName ?? each.name).getText()));
      }
    }
  }
  return found;
}

const renamed = new WeakMap<ts.SourceFile, readonly string[]>();

/** The names that a file gives to what others declare, where those need not be the names it was declared with. */
export function renamedIn(file: ts.SourceFile): readonly string[] {
  let names = renamed.get(file);
  if (names === undefined) {
    names = linkingStatements(file).flatMap(renamedAt);
    renamed.set(file, names);
  }
  return names;
}

function renamedAt(statement: ts.Statement): readonly string[] {
  if (ts.isImportEqualsDeclaration(statement)) return [statement.name.text];
  if (ts.isExportDeclaration(statement)) return renamedAmong(statement.exportClause);
  const clause = ts.isImportDeclaration(statement) ? statement.importClause : undefined;
  return [...(clause?.name ? [clause.name.text] : []), ...renamedAmong(clause?.namedBindings)];
}

function renamedAmong(clause: ts.NamedImportBindings | ts.NamedExportBindings | undefined): readonly string[] {
  if (!clause || !(ts.isNamedImports(clause) || ts.isNamedExports(clause))) return [];
  const elements: readonly (ts.ImportSpecifier | ts.ExportSpecifier)[] = clause.elements;
  return elements.flatMap(({ name, propertyName }) => (propertyName ? [name.text] : []));
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
    found.set(each.name.text, memberOf(module, (each.propertyName ?? each.name).text));
  }
}

/** What a module exports: `promises` of `fs` is the module `fs/promises`. */
function memberOf(module: string, name: string): Imported {
  return isPromises(module, name) ? { module: `${module}/${name}`, name: undefined } : { module, name };
}

function isPromises(module: string, name: string): boolean {
  return name === "promises" && /^(?:fs|stream|timers|dns|readline)$/.test(module);
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
  if (!ts.isPropertyAccessExpression(node)) return undefined;
  const module = moduleAt(node.expression, imported);
  return module === undefined ? undefined : { module, name: node.name.text };
}

/** The module that an expression stands for as a whole: `fs`, `fs.promises`. */
function moduleAt(expression: ts.Expression, imported: ReadonlyMap<string, Imported>): string | undefined {
  if (ts.isIdentifier(expression)) {
    const whole = imported.get(expression.text);
    return whole && (whole.name === undefined || whole.name === "default") ? whole.module : undefined;
  }
  if (!ts.isPropertyAccessExpression(expression) || !ts.isIdentifier(expression.expression)) return undefined;
  const module = moduleAt(expression.expression, imported);
  const { name } = expression;
  return module !== undefined && isPromises(module, name.text) ? `${module}/${name.text}` : undefined;
}
