/** The names that statements give to something. */
import { ts } from "../source/syntax.js";
import { augmentationOf } from "./augmentations.js";
import type { Piece } from "./outside.js";
import { assignedNames } from "./variables.js";

/** The names that a statement gives to something, or to which it gives something else. */
export function namesOf({ text, statement }: Piece, tree: ts.SourceFile): readonly string[] {
  // Comments declare types there, and assignments properties.
  if (isJavaScript(tree)) return text.match(/[\p{ID_Start}$_][\p{ID_Continue}$]*/gu) ?? [];
  if (ts.isImportDeclaration(statement)) return importedBy(statement);
  if (ts.isExportDeclaration(statement)) return exportedBy(statement);
  if (ts.isExportAssignment(statement)) return ["default"];
  if (ts.isVariableStatement(statement)) return declaredBy(statement.declarationList);
  const augmentation = augmentationOf(statement);
  if (augmentation) return augmentation.statements.flatMap((each) => namesInside(each, tree));
  const { name } = statement as ts.DeclarationStatement;
  if (name === undefined && !isNamed(statement)) return insideOf(statement);
  const isDefault = ts.canHaveModifiers(statement) && ts.getModifiers(statement)?.some(isDefaultKeyword);
  return [...(name && "text" in name ? [name.text] : []), ...(isDefault ? ["default"] : [])];
}

/** What an augmentation imports, nobody else sees. */
function namesInside(statement: ts.Statement, tree: ts.SourceFile): readonly string[] {
  return ts.isImportDeclaration(statement) ? [] : namesOf({ text: "", statement }, tree);
}

/** Whether what is in a statement is told from what is in others by a name that the statement gives. */
export function givesNames(statement: ts.Node): boolean {
  return (
    (statement as ts.DeclarationStatement).name !== undefined ||
    isNamed(statement) ||
    ts.isVariableStatement(statement) ||
    ts.isImportDeclaration(statement) ||
    ts.isExportDeclaration(statement)
  );
}

function isNamed(statement: ts.Node): boolean {
  return ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement);
}

function isDefaultKeyword({ kind }: ts.Node): boolean {
  return kind === ts.SyntaxKind.DefaultKeyword;
}

function importedBy({ importClause }: ts.ImportDeclaration): readonly string[] {
  const { name, namedBindings } = importClause ?? {};
  const bound = namedBindings && ts.isNamedImports(namedBindings) ? namedBindings.elements : [namedBindings];
  return [name, ...bound.map((each) => each?.name)].flatMap((each) => (each ? [each.text] : []));
}

function exportedBy({ exportClause }: ts.ExportDeclaration): readonly string[] {
  if (!exportClause) return [];
  return ts.isNamedExports(exportClause)
    ? exportClause.elements.map(({ name }) => name.text)
    : [exportClause.name.text];
}

function declaredBy(list: ts.VariableDeclarationList): readonly string[] {
  return list.declarations.flatMap(({ name }) => boundBy(name));
}

function boundBy(name: ts.BindingName): readonly string[] {
  if (ts.isIdentifier(name)) return [name.text];
  return name.elements.flatMap((each) => (ts.isBindingElement(each) ? boundBy(each.name) : []));
}

/** The variables that a statement declares inside, and the objects whose properties it sets. */
function insideOf(statement: ts.Node): readonly string[] {
  const names = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isVariableDeclarationList(node)) for (const name of declaredBy(node)) names.add(name);
    if (ts.isFunctionDeclaration(node) && node.name) names.add(node.name.text);
    const root = ts.isBinaryExpression(node) ? rootOf(node.left) : undefined;
    if (root && root !== (node as ts.BinaryExpression).left && ts.isIdentifier(root)) names.add(root.text);
    ts.forEachChild(node, visit);
  };
  visit(statement);
  for (const name of assignedNames(statement)) names.add(name);
  return [...names];
}

function rootOf(node: ts.Expression): ts.Expression {
  let root = node;
  while (ts.isPropertyAccessExpression(root) || ts.isElementAccessExpression(root)) root = root.expression;
  return root;
}

function isJavaScript(tree: ts.SourceFile): boolean {
  return /\.[cm]?jsx?$/.test(tree.fileName);
}

/** What a file calls the default exports of others. */
export function namesOfDefaults(tree: ts.SourceFile): readonly string[] {
  return tree.statements.flatMap((statement) => {
    const clause = ts.isImportDeclaration(statement) ? statement.importClause : undefined;
    return clause?.name ? [clause.name.text] : [];
  });
}

const globals = new WeakMap<ts.SourceFile, ReadonlySet<string>>();

/** The global names that a tree declares. */
export function globalsOf(tree: ts.SourceFile): ReadonlySet<string> {
  let names = globals.get(tree);
  if (names === undefined) {
    names = new Set(globalsIn(tree.statements, tree, !ts.isExternalModule(tree)));
    globals.set(tree, names);
  }
  return names;
}

function globalsIn(statements: readonly ts.Statement[], tree: ts.SourceFile, areGlobal: boolean): readonly string[] {
  return statements.flatMap((statement) => {
    const inside = augmentationOf(statement);
    if (inside) return globalsIn(inside.statements, tree, inside.specifier === undefined);
    return areGlobal ? namesOf({ text: "", statement }, tree) : [];
  });
}
