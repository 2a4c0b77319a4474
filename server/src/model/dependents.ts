/**
 * Who can tell that others see another file now. What is known of a file rests on names: its code names what it uses of
 * other files, or something whose declaration names that in turn, and so on. So a difference goes from a statement to the
 * names that it declares, to the statements and files that have these words, and to what they declare; and no further.
 */
import { treeOf } from "../source/binding-on-demand.js";
import { isEverybodys } from "../source/everybodys.js";
import { ts } from "../source/syntax.js";
import { wordsOf } from "./handed-out.js";
import { type Piece, piecesOf } from "./outside.js";
import { assignedNames } from "./variables.js";

/** What is looked at: the trees as they are now. */
export interface Surroundings {
  /** The user's files. */
  readonly files: readonly string[];
  /** Where declarations lie that ship with Heddle: nothing in them is made of what a user declares. */
  readonly typesFolder: string;
  readonly compiled: ts.Program;
  importersOf(file: string): readonly string[];
  /** The file that an import names there; undefined where it names none. */
  resolved(specifier: string, from: string): string | undefined;
}

/** A file of which others see something else. */
export interface Difference {
  readonly before: ts.SourceFile;
  readonly after: ts.SourceFile;
}

/** The files that may be understood otherwise now; undefined where that is not known to be less than all. */
export function dependentsOf(
  differences: readonly Difference[],
  surroundings: Surroundings,
): ReadonlySet<string> | undefined {
  const search = new Search(surroundings);
  try {
    return differences.every((each) => search.begin(each)) && search.run() ? search.found : undefined;
  } catch (error) {
    // Code can nest deeper than this can follow.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

class Search {
  readonly found = new Set<string>();
  readonly #files: ReadonlySet<string>;
  readonly #surroundings: Surroundings;
  /** By file, the names for something in it that is another now. */
  readonly #names = new Map<string, Set<string>>();
  /** Files whose names all others have, or had. */
  readonly #global = new Set<string>();
  /** Files of which there are new ones among these. */
  readonly #queue = new Set<string>();

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
    this.#files = new Set(surroundings.files);
  }

  /** Whether what this difference is can be told by names. */
  begin({ before, after }: Difference): boolean {
    if (!isPlain(before) || !isPlain(after)) return false;
    const isOther = ts.isExternalModule(before) !== ts.isExternalModule(after);
    const [gone, come] = isOther ? [piecesOf(before), piecesOf(after)] : changedPieces(before, after);
    if ([...gone, ...come].some(({ statement }) => handsAllOn(statement))) return false;
    const own = new Set([before, after].flatMap((tree) => piecesOf(tree).flatMap((piece) => namesOf(piece, tree))));
    const named = (piece: Piece, tree: ts.SourceFile): readonly string[] => [
      ...namesOf(piece, tree),
      ...[...assignedNames(piece.statement)].filter((name) => own.has(name)),
    ];
    const names = [...gone.flatMap((piece) => named(piece, before)), ...come.flatMap((piece) => named(piece, after))];
    // What imports it has nothing of it any more, or begins to.
    if (isOther) names.push("default");
    // Functions in statements without a name of their own are told apart by which of them come before.
    const isCounted = [...gone, ...come].some(({ statement }) => !givesNames(statement));
    if (isCounted)
      for (const each of piecesOf(after)) if (!givesNames(each.statement)) names.push(...namesOf(each, after));
    if (isOther || !ts.isExternalModule(after)) this.#global.add(after.fileName);
    const pieces = [...piecesOf(after), ...gone];
    this.#add(after.fileName, reachedFrom(new Set(names), pieces, after, []));
    return true;
  }

  /** Whether all that may be another was found. */
  run(): boolean {
    for (const file of this.#queue) {
      this.#queue.delete(file);
      const tree = this.#tree(file);
      const names = this.#names.get(file);
      if (!tree || !names) continue;
      const isGlobal = this.#global.has(file) || !ts.isExternalModule(tree);
      if (isGlobal && this.#isNamedElsewhere(names)) return false;
      const others = [...this.#surroundings.importersOf(file), ...(isGlobal ? this.#withWords(names, file) : [])];
      if (!others.every((other) => this.#pass(names, file, other))) return false;
    }
    return true;
  }

  #tree(file: string): ts.SourceFile | undefined {
    return treeOf(this.#surroundings.compiled, file);
  }

  /** Whether it is known what another file makes of these names. */
  #pass(names: ReadonlySet<string>, from: string, file: string): boolean {
    const tree = this.#tree(file);
    if (!tree) return true;
    // Who rests on what is not analysed, nobody knows.
    if (!this.#files.has(file)) return false;
    const wholes = wholesIn(tree, this.#tree(from)).filter(
      ({ text }) => this.#surroundings.resolved(text, file) === from,
    );
    const isWhole = wholes.length > 0;
    const seen = new Set([...names].filter((name) => isWhole || hasName(wordsOf(tree), tree.text, name)));
    if (names.has("default")) for (const name of namesOfDefaults(tree)) seen.add(name);
    if (seen.size === 0) return true;
    this.found.add(file);
    if (!isPlain(tree)) return false;
    this.#add(file, reachedFrom(seen, piecesOf(tree), tree, wholes));
    return true;
  }

  #add(file: string, names: Iterable<string>): void {
    const known = this.#names.get(file) ?? new Set();
    this.#names.set(file, known);
    const before = known.size;
    for (const name of names) known.add(name);
    if (known.size > before) this.#queue.add(file);
  }

  /** Whether a global name is also one of somebody who is not the user, or of an augmentation: they may be merged. */
  #isNamedElsewhere(names: ReadonlySet<string>): boolean {
    return this.#surroundings.compiled.getSourceFiles().some((tree) => {
      const isAnalysed = this.#files.has(tree.fileName);
      if (isAnalysed && isPlain(tree)) return false;
      // Declarations that the user wrote may be made of global ones.
      if (isAnalysed || !this.#isOfOthers(tree.fileName)) return [...names].some((name) => tree.text.includes(name));
      if (!isEverybodys(tree)) return false;
      const globals = globalsOf(tree);
      return [...names].some((name) => globals.has(name));
    });
  }

  #isOfOthers(file: string): boolean {
    return file.includes("/node_modules/") || file.startsWith(`${this.#surroundings.typesFolder}/`);
  }

  #withWords(names: ReadonlySet<string>, except: string): readonly string[] {
    const all = [...names].filter((name) => name !== "default");
    return this.#surroundings.files.filter((file) => {
      const text = file === except ? undefined : this.#tree(file)?.text;
      return text !== undefined && all.some((name) => text.includes(name));
    });
  }
}

/** Whether a file says what it declares by its own statements alone. */
function isPlain(tree: ts.SourceFile): boolean {
  return !/\bdeclare\s+(global|module)\b/.test(tree.text);
}

/** The statements that are not as before, of both trees. */
function changedPieces(
  before: ts.SourceFile,
  after: ts.SourceFile,
): readonly [gone: readonly Piece[], come: readonly Piece[]] {
  const [one, other] = [piecesOf(before), piecesOf(after)];
  const shorter = Math.min(one.length, other.length);
  let begin = 0;
  while (begin < shorter && one[begin]!.text === other[begin]!.text) begin++;
  let rest = 0;
  while (rest < shorter - begin && one.at(-1 - rest)!.text === other.at(-1 - rest)!.text) rest++;
  return [one.slice(begin, one.length - rest), other.slice(begin, other.length - rest)];
}

/** The names in a file that rest on some names, or on imports of a whole module that has them; and these names. */
function reachedFrom(
  names: ReadonlySet<string>,
  pieces: readonly Piece[],
  tree: ts.SourceFile,
  wholes: readonly ts.Node[],
): ReadonlySet<string> {
  const reached = new Set(names);
  const rest = new Set(pieces);
  for (let grew = true; grew; ) {
    grew = false;
    for (const piece of rest) {
      if (!mentions(piece, reached) && !wholes.some((each) => isIn(each, piece.statement))) continue;
      rest.delete(piece);
      grew = true;
      for (const name of namesOf(piece, tree)) reached.add(name);
    }
  }
  return reached;
}

const words = new WeakMap<Piece, ReadonlySet<string>>();

function wordsIn(piece: Piece): ReadonlySet<string> {
  let found = words.get(piece);
  if (found === undefined) {
    found = new Set(piece.text.match(/#?[\p{ID_Start}$_][\p{ID_Continue}$]*/gu));
    words.set(piece, found);
  }
  return found;
}

function mentions(piece: Piece, names: ReadonlySet<string>): boolean {
  const own = wordsIn(piece);
  for (const name of names) if (hasName(own, piece.text, name)) return true;
  return false;
}

/** Whether a text has a name, which for others may be any string: `export { shelf as "the key" }`. */
function hasName(words: ReadonlySet<string>, text: string, name: string): boolean {
  return words.has(name) || (!NAME.test(name) && text.includes(name));
}

const NAME = /^#?[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;

function isIn(node: ts.Node, statement: ts.Node): boolean {
  return statement.pos <= node.pos && node.end <= statement.end;
}

/** A tree, with what it imports as the compiler has listed it: by statements, by calls and in types. */
interface ImportingTree extends ts.SourceFile {
  readonly imports?: readonly ts.StringLiteralLike[];
}

/** The names of modules that a tree takes as a whole or hands on, if they are that of `imported`. */
function wholesIn(tree: ImportingTree, imported: ts.SourceFile | undefined): readonly ts.StringLiteralLike[] {
  const isOne = imported !== undefined && isOneObject(imported);
  const isCommon = imported?.impliedNodeFormat === ts.ModuleKind.CommonJS;
  return (tree.imports ?? []).filter(({ parent }) => {
    if (isOne) return true;
    if (parent && ts.isImportDeclaration(parent)) {
      const { name, namedBindings } = parent.importClause ?? {};
      return (name !== undefined && isCommon) || (namedBindings !== undefined && ts.isNamespaceImport(namedBindings));
    }
    if (parent && ts.isExportDeclaration(parent))
      return !parent.exportClause || !ts.isNamedExports(parent.exportClause);
    return true;
  });
}

/** Whether what others import from a file by names are members of what it exports as one. */
function isOneObject(tree: ts.SourceFile): boolean {
  return (
    !ts.isExternalModule(tree) ||
    tree.statements.some((statement) => ts.isExportAssignment(statement) && statement.isExportEquals)
  );
}

function isJavaScript(tree: ts.SourceFile): boolean {
  return /\.[cm]?jsx?$/.test(tree.fileName);
}

function handsAllOn(statement: ts.Node): boolean {
  return ts.isExportDeclaration(statement) && !statement.exportClause;
}

/** What a file calls the default exports of others. */
function namesOfDefaults(tree: ts.SourceFile): readonly string[] {
  return tree.statements.flatMap((statement) => {
    const clause = ts.isImportDeclaration(statement) ? statement.importClause : undefined;
    return clause?.name ? [clause.name.text] : [];
  });
}

/** The names that a statement gives to something, or to which it gives something else. */
function namesOf({ text, statement }: Piece, tree: ts.SourceFile): readonly string[] {
  // Comments declare types there, and assignments properties.
  if (isJavaScript(tree)) return text.match(/[\p{ID_Start}$_][\p{ID_Continue}$]*/gu) ?? [];
  if (ts.isImportDeclaration(statement)) return importedBy(statement);
  if (ts.isExportDeclaration(statement)) return exportedBy(statement);
  if (ts.isExportAssignment(statement)) return ["default"];
  if (ts.isVariableStatement(statement)) return declaredBy(statement.declarationList);
  const { name } = statement as ts.DeclarationStatement;
  if (name === undefined && !isNamed(statement)) return insideOf(statement);
  const isDefault = ts.canHaveModifiers(statement) && ts.getModifiers(statement)?.some(isDefaultKeyword);
  return [...(name && "text" in name ? [name.text] : []), ...(isDefault ? ["default"] : [])];
}

/** Whether what is in a statement is told from what is in others by a name that the statement gives. */
function givesNames(statement: ts.Node): boolean {
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

const globals = new WeakMap<ts.SourceFile, ReadonlySet<string>>();

/** The names that declarations of others have at their top, or for everybody. */
function globalsOf(tree: ts.SourceFile): ReadonlySet<string> {
  let names = globals.get(tree);
  if (names === undefined) {
    const found = new Set<string>();
    const visit = (statements: readonly ts.Statement[]): void => {
      for (const statement of statements) {
        const body = ts.isModuleDeclaration(statement) ? statement.body : undefined;
        for (const name of namesOf({ text: "", statement }, tree)) found.add(name);
        if (body && ts.isModuleBlock(body)) visit(body.statements);
      }
    };
    visit(tree.statements);
    names = found;
    globals.set(tree, names);
  }
  return names;
}
