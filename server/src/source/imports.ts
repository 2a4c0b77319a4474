import { posix } from "node:path";
import { indentationAt, isFirstOnLine, type Layout, layoutOf } from "./layout.js";
import { ts } from "./syntax.js";

/** Text that goes in at an offset. */
export interface Insertion {
  readonly at: number;
  readonly text: string;
}

/** How a file says a name of another module, and what that adds to the file. */
export interface ImportedName {
  readonly name: string;
  readonly insertions: readonly Insertion[];
}

type NamedImport = ts.ImportDeclaration & { readonly moduleSpecifier: ts.StringLiteral };

/** What `exported` of the program's file `origin` is called in `file`, importing it where it is not yet imported. */
export function importFrom(file: ts.SourceFile, exported: string, origin: string): ImportedName | undefined {
  const isOrigin = (specifier: string): boolean => isSpecifierOf(specifier, file.fileName, origin);
  return importName(file, exported, isOrigin, specifierOf(file, origin));
}

/**
 * What `exported` of a module is called in `file`, importing it where it is not yet imported.
 *
 * @param isModule whether an import's specifier means the module
 * @param specifier what a new import would say
 */
export function importName(
  file: ts.SourceFile,
  exported: string,
  isModule: (specifier: string) => boolean,
  specifier: string,
): ImportedName | undefined {
  const imports = importsOf(file);
  const same = imports.filter((found) => isModule(found.moduleSpecifier.text));
  for (const found of same) {
    const name = nameIn(found.importClause, exported);
    if (name) return { name, insertions: [] };
  }
  if (declaresAtTop(file, exported)) return undefined;
  const layout = layoutOf(file);
  for (const found of same) {
    const added = addition(file, found.importClause, exported, layout);
    if (added) return { name: exported, insertions: [added] };
  }
  return { name: exported, insertions: [newImport(file, exported, specifier, layout)] };
}

function importsOf(file: ts.SourceFile): readonly NamedImport[] {
  return file.statements.filter(
    (statement): statement is NamedImport =>
      ts.isImportDeclaration(statement) && ts.isStringLiteral(statement.moduleSpecifier),
  );
}

function isTypeOnly(clause: ts.ImportClause): boolean {
  return clause.phaseModifier === ts.SyntaxKind.TypeKeyword;
}

function nameIn(clause: ts.ImportClause | undefined, exported: string): string | undefined {
  const bindings = clause?.namedBindings;
  if (!clause || !bindings || isTypeOnly(clause)) return undefined;
  if (ts.isNamespaceImport(bindings)) return `${bindings.name.text}.${exported}`;
  const element = bindings.elements.find(
    (candidate) => !candidate.isTypeOnly && (candidate.propertyName ?? candidate.name).text === exported,
  );
  return element?.name.text;
}

/** One more name in the braces of an import that is there already. */
function addition(
  file: ts.SourceFile,
  clause: ts.ImportClause | undefined,
  name: string,
  layout: Layout,
): Insertion | undefined {
  const bindings = clause?.namedBindings;
  if (!clause || !bindings || isTypeOnly(clause) || !ts.isNamedImports(bindings)) return undefined;
  const last = bindings.elements.at(-1);
  if (!last) return undefined;
  const start = last.getStart(file);
  const separator = isFirstOnLine(file.text, start) ? layout.newline + indentationAt(file.text, start) : " ";
  return { at: last.end, text: `,${separator}${name}` };
}

/** A new import behind those that are there, else at the top of the code. */
function newImport(file: ts.SourceFile, name: string, specifier: string, layout: Layout): Insertion {
  const { newline, quote, semicolon } = layout;
  const last = file.statements.findLast(isLoading);
  const isScript = last !== undefined && !ts.isImportDeclaration(last);
  const line = isScript
    ? `const { ${name} } = require(${quote}${specifier}${quote})${semicolon}`
    : `import { ${name} } from ${quote}${specifier}${quote}${semicolon}`;
  if (last) return { at: last.end, text: newline + line };
  return { at: topOfCode(file), text: line + newline + newline };
}

function isLoading(statement: ts.Statement): boolean {
  if (ts.isImportDeclaration(statement)) return true;
  if (!ts.isVariableStatement(statement)) return false;
  const value = statement.declarationList.declarations[0]?.initializer;
  return value !== undefined && ts.isCallExpression(value) && value.expression.getText() === "require";
}

/** Behind `#!`, the licence comment and directives such as "use strict". */
function topOfCode(file: ts.SourceFile): number {
  const directives = file.statements.filter(
    (statement, index) => ts.isExpressionStatement(statement) && ts.isStringLiteral(statement.expression) && index < 3,
  );
  const lastDirective = directives.at(-1);
  const next = file.statements[directives.length];
  if (!next) return lastDirective?.end ?? 0;
  const start = next.getStart(file);
  // What a comment says of the statement right below it, it must not say of an import.
  const about = ts.getLeadingCommentRanges(file.text, next.getFullStart())?.at(-1);
  const speaks = about && /^(?:\/\*\*|\/[/*]\s*(?:heddle-|@ts-))/.test(file.text.slice(about.pos, about.end));
  return speaks && /^[ \t]*\r?\n?[ \t]*$/.test(file.text.slice(about.end, start)) ? about.pos : start;
}

function declaresAtTop(file: ts.SourceFile, name: string): boolean {
  return file.statements.some((statement) => topNames(statement).includes(name));
}

/** The names that a top-level statement brings into the module's scope. */
export function topNames(statement: ts.Statement): readonly string[] {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.flatMap((declaration) => boundNames(declaration.name));
  }
  if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement) || ts.isEnumDeclaration(statement)) {
    return statement.name ? [statement.name.text] : [];
  }
  if (!ts.isImportDeclaration(statement)) return [];
  const clause = statement.importClause;
  const bindings = clause?.namedBindings;
  const bound = !bindings ? [] : ts.isNamespaceImport(bindings) ? [bindings] : bindings.elements;
  return [...(clause?.name ? [clause.name.text] : []), ...bound.map((element) => element.name.text)];
}

/** The variables that a declaration's name or pattern binds. */
export function boundNames(name: ts.BindingName): readonly string[] {
  if (ts.isIdentifier(name)) return [name.text];
  return name.elements.flatMap((element) => (ts.isBindingElement(element) ? boundNames(element.name) : []));
}

const EXTENSION = /(\.d)?\.[cm]?[jt]sx?$/;

/** Whether a relative specifier in the file `from` means the file `to`, whatever extension it is written with. */
function isSpecifierOf(specifier: string, from: string, to: string): boolean {
  if (!specifier.startsWith(".")) return false;
  const target = posix.join(posix.dirname(from), specifier).replace(EXTENSION, "");
  return target === to.replace(EXTENSION, "") || `${target}/index` === to.replace(EXTENSION, "");
}

/** The specifier by which `from` imports the file `to`, with the kind of extension its other imports have. */
function specifierOf(from: ts.SourceFile, to: string): string {
  const relative = posix.relative(posix.dirname(from.fileName), to);
  const path = relative.startsWith(".") ? relative : `./${relative}`;
  const sample = importsOf(from).find((found) => found.moduleSpecifier.text.startsWith("."))?.moduleSpecifier.text;
  if (sample !== undefined && !EXTENSION.test(sample)) return path.replace(EXTENSION, "");
  if (sample !== undefined && /\.[cm]?tsx?$/.test(sample)) return path;
  return path.replace(/\.([cm]?)tsx?$/, ".$1js");
}
