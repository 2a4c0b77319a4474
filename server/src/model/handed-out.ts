import { ts } from "../source/syntax.js";
import { isFunctionNode } from "./declarations.js";

/** Names, and the names that what they stand for is made of. A file's text alone says so. */
export interface Declared {
  readonly names: readonly string[];
  /** Identifiers, and names of modules. */
  readonly mentions: readonly string[];
  /** Whether code in other files can use the names. */
  readonly isVisible: boolean;
}

/** What comments say of a name, so that whoever uses the name has to know: which lock guards it, on which threads it runs. */
export const ANNOTATION = /@(?:guardedBy|threadConfined)\b/;

const declared = new WeakMap<ts.SourceFile, readonly Declared[]>();

/** What a file declares: variables, members, functions by what they return, types, and what it imports. */
export function declaredIn(tree: ts.SourceFile): readonly Declared[] {
  const known = declared.get(tree);
  if (known) return known;
  const found: Declared[] = [];
  const hasAnnotations = ANNOTATION.test(tree.text);
  const visit = (node: ts.Node): void => {
    const each = declarationAt(node);
    const annotations = (each && hasAnnotations && ANNOTATION.exec(node.getFullText(tree))) || [];
    const mentions = [...(each?.mentions ?? []), ...annotations];
    if (each && each.names.length > 0 && mentions.length > 0) found.push({ ...each, mentions });
    ts.forEachChild(node, visit);
  };
  attempt(() => visit(tree));
  declared.set(tree, found);
  return found;
}

function declarationAt(node: ts.Node): Declared | undefined {
  if (ts.isVariableDeclaration(node)) {
    const mentions = mentionsOf([node.type, node.initializer]);
    return { names: namesOf(node.name), mentions, isVisible: isOfModule(node) };
  }
  if (ts.isFunctionDeclaration(node)) {
    return { names: exportedName(node), mentions: mentionsOf([node]), isVisible: ts.isSourceFile(node.parent) };
  }
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken) {
    const { left, right } = node;
    const name = ts.isPropertyAccessExpression(left) ? left.name : left;
    return { names: namesOf(name), mentions: mentionsOf([right]), isVisible: !isOfThis(left) };
  }
  return memberAt(node) ?? typeAt(node) ?? moduleNameAt(node);
}

/** Members are asked for on what they are members of, so that is what others have to name. */
function memberAt(node: ts.Node): Declared | undefined {
  if (ts.isPropertyAssignment(node)) {
    return { names: namesOf(node.name), mentions: mentionsOf([node.initializer]), isVisible: false };
  }
  if (ts.isClassElement(node) || ts.isTypeElement(node) || ts.isParameter(node)) {
    return node.name && { names: namesOf(node.name), mentions: mentionsOf([node]), isVisible: false };
  }
  return undefined;
}

function typeAt(node: ts.Node): Declared | undefined {
  if (ts.isTypeAliasDeclaration(node)) {
    return { names: [node.name.text], mentions: mentionsOf([node.type]), isVisible: true };
  }
  if (ts.isInterfaceDeclaration(node)) {
    return { names: [node.name.text], mentions: mentionsOf([node]), isVisible: true };
  }
  if (!ts.isClassLike(node)) return undefined;
  return { names: exportedName(node), mentions: mentionsOf([node]), isVisible: ts.isSourceFile(node.parent) };
}

function exportedName(node: ts.FunctionDeclaration | ts.ClassLikeDeclaration): readonly string[] {
  const modifiers = ts.getModifiers(node) ?? [];
  const isDefault = modifiers.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword);
  return [...(node.name ? [node.name.text] : []), ...(isDefault ? ["default"] : [])];
}

function isOfThis(node: ts.Expression): boolean {
  return ts.isPropertyAccessExpression(node) && node.expression.kind === ts.SyntaxKind.ThisKeyword;
}

/** What an import or an export calls by a name of its own. */
function moduleNameAt(node: ts.Node): Declared | undefined {
  if (ts.isExportSpecifier(node)) {
    return { names: [node.name.text], mentions: [(node.propertyName ?? node.name).text], isVisible: true };
  }
  if (ts.isExportAssignment(node)) {
    return { names: ["default"], mentions: mentionsOf([node.expression]), isVisible: true };
  }
  if (ts.isImportSpecifier(node)) {
    return { names: [node.name.text], mentions: [moduleOf(node), node.propertyName?.text ?? ""], isVisible: false };
  }
  if (ts.isImportClause(node) || ts.isNamespaceImport(node)) {
    return node.name && { names: [node.name.text], mentions: [moduleOf(node), "default"], isVisible: false };
  }
  if (!ts.isImportEqualsDeclaration(node)) return undefined;
  return { names: [node.name.text], mentions: mentionsOf([node.moduleReference]), isVisible: false };
}

function moduleOf(node: ts.Node): string {
  const declaration = ts.findAncestor(node, ts.isImportDeclaration);
  return declaration && ts.isStringLiteral(declaration.moduleSpecifier) ? declaration.moduleSpecifier.text : "";
}

function namesOf(name: ts.Node): readonly string[] {
  if (ts.isIdentifier(name) || ts.isPrivateIdentifier(name) || ts.isStringLiteralLike(name)) return [name.text];
  if (!ts.isObjectBindingPattern(name) && !ts.isArrayBindingPattern(name)) return [];
  return name.elements.flatMap((element) => (ts.isBindingElement(element) ? namesOf(element.name) : []));
}

/** Whether a variable stands at the top of its file. */
function isOfModule(node: ts.VariableDeclaration): boolean {
  const statement = node.parent.parent;
  if (!ts.isVariableStatement(statement)) return false;
  return ts.isSourceFile(statement.parent) || ts.isModuleBlock(statement.parent);
}

function isPrivate(node: ts.Node): boolean {
  const { name } = node as ts.NamedDeclaration;
  if (name && ts.isPrivateIdentifier(name)) return true;
  const modifiers = ts.canHaveModifiers(node) ? ts.getModifiers(node) : undefined;
  return modifiers?.some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword) ?? false;
}

/**
 * The names of what a value is, or holds: of a call what is called, of a function what it returns. What is only used on
 * the way to a value (an argument, a condition, an operand) is not among them.
 */
function mentionsOf(roots: readonly (ts.Node | undefined)[]): readonly string[] {
  const mentions = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) || ts.isPrivateIdentifier(node)) mentions.add(node.text);
    else if (ts.isStringLiteralLike(node)) {
      if (isModuleName(node)) mentions.add(node.text);
    } else if (ts.isClassLike(node)) held(node, visit);
    else if (ts.isFunctionLike(node)) result(node, visit);
    else if (ts.isCallExpression(node) || ts.isNewExpression(node)) called(node, visit);
    else if (ts.isPropertyAccessExpression(node)) {
      mentions.add(node.name.text);
      if (ts.isIdentifier(node.expression)) mentions.add(memberOf(node.expression.text));
    } else if (ts.isConditionalExpression(node)) [node.whenTrue, node.whenFalse].forEach(visit);
    else if (ts.isBinaryExpression(node)) operands(node, visit);
    else if (!isNoObject(node)) {
      ts.forEachChild(node, (child) => {
        if (child !== (node as ts.NamedDeclaration).name || ts.isShorthandPropertyAssignment(node)) visit(child);
      });
    }
  };
  for (const root of roots) if (root) visit(root);
  return [...mentions];
}

/** What an instance of a class lets others have. */
function held(node: ts.ClassLikeDeclaration, visit: Visit): void {
  for (const clause of node.heritageClauses ?? []) visit(clause);
  for (const member of node.members) {
    if (isPrivate(member)) continue;
    visit(member);
    if (ts.isConstructorDeclaration(member)) keptBy(member, visit);
  }
}

/** What a constructor puts into the instance. */
function keptBy(node: ts.ConstructorDeclaration, visit: Visit): void {
  const search = (at: ts.Node): void => {
    if (ts.isBinaryExpression(at) && isOfThis(at.left)) visit(at.right);
    ts.forEachChild(at, search);
  };
  if (node.body) search(node.body);
}

/** How a member of something is mentioned, apart from its own name. */
export function memberOf(name: string): string {
  return `${name}.`;
}

/**
 * A callback says what a call makes, as in `names.map(() => new Lock())`, and so does an object that it is given. What
 * is made with `new` keeps what it is given, as views keep their memory.
 */
function called(node: ts.CallExpression | ts.NewExpression, visit: Visit): void {
  const { expression, arguments: given = [] } = node;
  visit(expression);
  const keeps = ts.isNewExpression(node) || isRequired(expression);
  for (const argument of given) if (keeps || isFunctionNode(argument) || ts.isNewExpression(argument)) visit(argument);
}

function isRequired(callee: ts.Expression): boolean {
  return callee.kind === ts.SyntaxKind.ImportKeyword || (ts.isIdentifier(callee) && callee.text === "require");
}

function operands({ left, right, operatorToken: { kind } }: ts.BinaryExpression, visit: Visit): void {
  const isEither = kind === ts.SyntaxKind.BarBarToken || kind === ts.SyntaxKind.QuestionQuestionToken;
  if (isEither) visit(left);
  if (isEither || CHOOSING.has(kind)) visit(right);
}

/** Operators whose value is that of what stands on their right. */
const CHOOSING: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.AmpersandAmpersandToken,
  ts.SyntaxKind.CommaToken,
  ts.SyntaxKind.EqualsToken,
]);

function isNoObject(node: ts.Node): boolean {
  return (
    ts.isTemplateExpression(node) ||
    ts.isPrefixUnaryExpression(node) ||
    ts.isPostfixUnaryExpression(node) ||
    ts.isTypeOfExpression(node) ||
    ts.isTypePredicateNode(node)
  );
}

type Visit = (node: ts.Node) => void;

/** What a function gives back, as it says itself or as its code shows; and what its parameters are said to be. */
function result(node: ts.SignatureDeclaration, visit: Visit): void {
  const { body } = node as { readonly body?: ts.Node };
  for (const { type } of node.parameters) if (type) visit(type);
  if (node.type) visit(node.type);
  else if (body && ts.isBlock(body)) returned(body, visit);
  else if (body) visit(body);
}

function returned(body: ts.Node, visit: Visit): void {
  const search = (node: ts.Node): void => {
    if (isFunctionNode(node)) return;
    if ((ts.isReturnStatement(node) || ts.isYieldExpression(node)) && node.expression) visit(node.expression);
    ts.forEachChild(node, search);
  };
  search(body);
}

/** Whether a file hands out what another one exports. */
export function reexports(tree: ts.SourceFile): boolean {
  return tree.statements.some((statement) => ts.isExportDeclaration(statement) && statement.moduleSpecifier);
}

/** Whether a file hands out all that another one exports, by the same names. */
export function handsAllOn(tree: ts.SourceFile): boolean {
  return tree.statements.some((statement) => ts.isExportDeclaration(statement) && !statement.exportClause);
}

/** Whether code uses a word, or the name of a module has it; comments and other texts do not count. */
export function usesWord(tree: ts.SourceFile, is: (text: string) => boolean): boolean {
  // The types of JavaScript stand in comments.
  if (/\.[cm]?jsx?$/.test(tree.fileName)) return true;
  if (tree.typeReferenceDirectives.some(({ fileName }) => is(fileName))) return true;
  let uses = false;
  const visit = (node: ts.Node): void => {
    if (uses) return;
    if (ts.isIdentifier(node)) uses = is(node.text);
    else if (ts.isPropertyAccessExpression(node)) uses = is(node.getText(tree));
    else if (ts.isStringLiteralLike(node)) uses = isModuleName(node) && is(node.text);
    if (!uses) ts.forEachChild(node, visit);
  };
  attempt(() => visit(tree));
  return uses;
}

function isModuleName({ parent }: ts.StringLiteralLike): boolean {
  if (ts.isImportDeclaration(parent) || ts.isExportDeclaration(parent)) return true;
  if (ts.isExternalModuleReference(parent) || ts.isModuleDeclaration(parent)) return true;
  if (ts.isCallExpression(parent)) return isRequired(parent.expression);
  return ts.isLiteralTypeNode(parent) && ts.isImportTypeNode(parent.parent);
}

const words = new WeakMap<ts.SourceFile, ReadonlySet<string>>();

/** Every word in a file's text. */
export function wordsOf(tree: ts.SourceFile): ReadonlySet<string> {
  let known = words.get(tree);
  if (!known) {
    known = wordsOfText(tree.text);
    words.set(tree, known);
  }
  return known;
}

/** With `ESCAPED` among them where letters of names may be written by their numbers. */
export function wordsOfText(text: string): ReadonlySet<string> {
  const found = new Set(text.match(/#?[\p{ID_Start}$_][\p{ID_Continue}$]*/gu));
  if (text.includes(ESCAPED)) found.add(ESCAPED);
  return found;
}

export const ESCAPED = "\\u";

/** Code can nest deeper than recursion can follow: then what was found so far is all there is. */
function attempt(read: () => void): void {
  try {
    read();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
}
