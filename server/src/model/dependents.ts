/**
 * Who can tell that others see another file now. What is known of a file rests on names: its code names what it uses of
 * other files, or something whose declaration names that in turn, and so on. So a difference goes from a statement to the
 * names that it declares, to the statements and files that have these words, and to what they declare; and no further.
 */
import { treeOf } from "../source/binding-on-demand.js";
import { ts } from "../source/syntax.js";
import { augmentationOf, fixedPartOf, isLookedUp, mayName } from "./augmentations.js";
import { givesNames, globalsOf, namesOf, namesOfDefaults } from "./given-names.js";
import { ESCAPED, wordsOf, wordsOfText } from "./handed-out.js";
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
    for (const each of differences) search.begin(each);
    const found = search.run();
    const changed = new Set(differences.map(({ after }) => after.fileName));
    return found && new Set(surroundings.files.filter((file) => found.has(file) && !changed.has(file)));
  } catch (error) {
    // Code can nest deeper than this can follow.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

class Search {
  readonly #found = new Set<string>();
  readonly #surroundings: Surroundings;
  /** By file, the names for something in it that is another now. */
  readonly #names = new Map<string, Set<string>>();
  /** Files of which there are new ones among these. */
  readonly #queue = new Set<string>();
  /** The names that all files have for something that is another now, and those of them that nobody was told yet. */
  readonly #everybodys = new Set<string>();
  #untold = new Set<string>();
  #told = 0;
  /** By the name of a module that is declared by it, what `#names` is by file; and those with new names. */
  readonly #ofModules = new Map<string, Set<string>>();
  readonly #modules = new Set<string>();
  /** Whether less than all can be known. */
  #isKnown = true;

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
  }

  begin({ before, after }: Difference): void {
    const file = after.fileName;
    const isOther = ts.isExternalModule(before) !== ts.isExternalModule(after);
    const [gone, come] = isOther ? [piecesOf(before), piecesOf(after)] : changedPieces(before, after);
    const own = new Set([before, after].flatMap((tree) => piecesOf(tree).flatMap((piece) => namesOf(piece, tree))));
    const named = (piece: Piece, tree: ts.SourceFile): readonly string[] => [
      ...namesOf(piece, tree),
      ...[...assignedNames(piece.statement)].filter((name) => own.has(name)),
      ...(handsAllOn(piece.statement) ? [ALL, ...this.#takenFrom(file)] : []),
    ];
    const names = [...gone.flatMap((piece) => named(piece, before)), ...come.flatMap((piece) => named(piece, after))];
    // What imports it has nothing of it any more, or begins to.
    if (isOther) names.push("default");
    // Functions in statements without a name of their own are told apart by which of them come before.
    const isCounted = [...gone, ...come].some(({ statement }) => !givesNames(statement));
    if (isCounted)
      for (const each of piecesOf(after)) if (!givesNames(each.statement)) names.push(...namesOf(each, after));
    // Nobody lists who imports a module by its name.
    if ([...gone, ...come].some(({ statement, within }) => within && handsAllOn(statement))) this.#isKnown = false;
    const reached = reachedFrom(new Set(names), [...piecesOf(after), ...gone], after, []);
    this.#reach(after, reached);
    if (isOther) this.#tellGlobals(reached.names);
    for (const piece of gone) this.#tellBeyond(piece, before, reached.names);
    for (const piece of come) this.#tellBeyond(piece, after, reached.names);
  }

  /** The files that may be understood otherwise; undefined where that may be all. */
  run(): ReadonlySet<string> | undefined {
    while (this.#isKnown) {
      const [file] = this.#queue;
      const [module] = this.#modules;
      if (file !== undefined) this.#tellImporters(file);
      else if (module !== undefined) this.#tellImportersByName(module);
      else if (this.#untold.size > 0) this.#tellAll();
      else return this.#found;
    }
    return undefined;
  }

  #tree(file: string): ts.SourceFile | undefined {
    return treeOf(this.#surroundings.compiled, file);
  }

  #tellImporters(file: string): void {
    this.#queue.delete(file);
    const names = this.#names.get(file);
    if (!names) return;
    const imported = this.#tree(file);
    for (const importer of this.#surroundings.importersOf(file)) {
      const tree = this.#tree(importer);
      if (!tree) continue;
      const isIt = ({ text }: ts.StringLiteralLike): boolean => this.#surroundings.resolved(text, importer) === file;
      this.#pass(names, tree, wholesIn(tree, imported).filter(isIt));
    }
  }

  #tellImportersByName(module: string): void {
    this.#modules.delete(module);
    const names = this.#ofModules.get(module) ?? new Set();
    const isIt = ({ text }: ts.StringLiteralLike): boolean => mayName(module, text);
    const part = fixedPartOf(module) ?? "";
    for (const tree of this.#notShipped()) {
      // Of others no more need be parsed than is.
      if (!tree.text.includes(part)) continue;
      const { imports = [] }: ImportingTree = tree;
      const isMore = tree.statements.some((each) => augmentationOf(each)?.specifier === module);
      if (isMore || imports.some(isIt)) this.#pass(names, tree, wholesIn(tree, undefined).filter(isIt));
    }
  }

  #tellAll(): void {
    const names = this.#untold;
    this.#untold = new Set();
    const hasOne = anyOf([...names]);
    const trees = this.#isKnown ? this.#notShipped().filter(({ text }) => hasOne.test(text)) : [];
    this.#told += trees.length;
    if (this.#told > MAX_TOLD) this.#isKnown = false;
    else for (const tree of trees) this.#pass(names, tree, []);
  }

  #notShipped(): readonly ts.SourceFile[] {
    return this.#surroundings.compiled.getSourceFiles().filter((tree) => !this.#isShipped(tree));
  }

  /** Nothing in these is made of what a user declares, but where it has a name of theirs. */
  #isShipped(tree: ts.SourceFile): boolean {
    const { compiled, typesFolder } = this.#surroundings;
    return compiled.isSourceFileDefaultLibrary(tree) || tree.fileName.startsWith(`${typesFolder}/`);
  }

  /** Tells a file of names, all of which the modules have that it takes as a whole. */
  #pass(names: ReadonlySet<string>, tree: ts.SourceFile, wholes: readonly ts.Node[]): void {
    const isWhole = wholes.length > 0;
    const seen = new Set([...names].filter((name) => isWhole || hasName(wordsOf(tree), tree.text, name)));
    if (names.has("default")) for (const name of namesOfDefaults(tree)) seen.add(name);
    if (seen.size === 0) return;
    this.#found.add(tree.fileName);
    this.#reach(tree, reachedFrom(seen, piecesOf(tree), tree, wholes));
  }

  #reach(tree: ts.SourceFile, { names, pieces }: Reached): void {
    this.#add(tree.fileName, names);
    for (const piece of pieces) this.#tellBeyond(piece, tree, names);
    // `export as namespace` hands on all that there is.
    const spaces = names.size > 0 ? tree.statements.filter(ts.isNamespaceExportDeclaration) : [];
    this.#tellGlobals(new Set(spaces.map(({ name }) => name.text)));
  }

  #add(file: string, names: ReadonlySet<string>): void {
    const known = this.#names.get(file) ?? new Set();
    this.#names.set(file, known);
    const before = known.size;
    for (const name of names) known.add(name);
    if (known.size > before) this.#queue.add(file);
  }

  /** Tells of names that all files have, where others than the user have no part in what they mean. */
  #tellGlobals(names: ReadonlySet<string>): void {
    const shipped =
      names.size > 0 ? this.#surroundings.compiled.getSourceFiles().filter((tree) => this.#isShipped(tree)) : [];
    for (const name of names)
      if (isLookedUp(name) || shipped.some((tree) => globalsOf(tree).has(name))) this.#isKnown = false;
    this.#tellEverybody(names);
    if (names.size > 0) this.#tellEverybody(OF_ALL_GLOBALS);
  }

  #tellEverybody(names: Iterable<string>): void {
    for (const name of names) {
      // Who imports a default calls it as he likes.
      if (name === "default" || this.#everybodys.has(name)) continue;
      this.#everybodys.add(name);
      this.#untold.add(name);
    }
  }

  /** Tells those who see a piece without importing its file; of all of `reached` where it hands all on. */
  #tellBeyond(piece: Piece, tree: ts.SourceFile, reached: ReadonlySet<string>): void {
    const whole = augmentationOf(piece.statement);
    const augmentation = whole ?? augmentationOf(piece.within);
    const names = new Set([...namesOf(piece, tree), ...(handsAllOn(piece.statement) ? reached : [])]);
    if (!augmentation) {
      if (!ts.isExternalModule(tree)) this.#tellGlobals(names);
      return;
    }
    const nested = (whole?.statements ?? []).filter((each) => augmentationOf(each));
    for (const statement of nested) this.#tellBeyond({ text: "", statement }, tree, reached);
    const { specifier } = augmentation;
    if (specifier === undefined) this.#tellGlobals(names);
    else if (ts.isExternalModule(tree)) this.#augment(specifier, names, tree, whole !== undefined);
    else this.#tellOfModule(specifier, names, whole !== undefined);
  }

  /** Tells of what is more of a module now. The module may have what that is merged with from elsewhere. */
  #augment(specifier: string, names: ReadonlySet<string>, { fileName }: ts.SourceFile, isOther: boolean): void {
    const augmented = this.#surroundings.resolved(specifier, fileName);
    const target = augmented === undefined ? undefined : this.#tree(augmented);
    const isAmbient = this.#isAmbient(specifier);
    // There is nothing that it could be more of.
    if (!target && !isAmbient) return;
    this.#tellEverybody(names);
    if (isAmbient) this.#tellOfModule(specifier, names, isOther);
    if (!target) return;
    if (this.#isShipped(target)) this.#isKnown = false;
    this.#found.add(target.fileName);
    this.#reach(target, reachedFrom(names, piecesOf(target), target, []));
  }

  /** Whether an import of that text may mean a module that is declared by its name, whatever file there is. */
  #isAmbient(specifier: string, isShipped?: true): boolean {
    return this.#surroundings.compiled
      .getSourceFiles()
      .some(
        (tree) =>
          !ts.isExternalModule(tree) &&
          (!isShipped || this.#isShipped(tree)) &&
          tree.statements.some((each) => mayName(augmentationOf(each)?.specifier ?? "", specifier)),
      );
  }

  /** @param isOther whether more of it is another than what has a name in it */
  #tellOfModule(specifier: string, names: ReadonlySet<string>, isOther: boolean): void {
    const part = fixedPartOf(specifier);
    if (part === undefined || this.#isAmbient(specifier, true)) this.#isKnown = false;
    const known = this.#ofModules.get(specifier) ?? new Set();
    this.#ofModules.set(specifier, known);
    const before = known.size;
    for (const name of names) known.add(name);
    if (part !== undefined && (isOther || names.has("default"))) known.add(part);
    if (known.size > before) this.#modules.add(specifier);
  }

  /** The names that others know something by that they have from a file. */
  #takenFrom(file: string, asked = new Set<string>()): readonly string[] {
    if (asked.has(file)) return [];
    asked.add(file);
    return this.#surroundings.importersOf(file).flatMap((importer) => {
      const tree: ImportingTree | undefined = this.#tree(importer);
      if (!tree) return [];
      const isIt = (specifier: string): boolean => this.#surroundings.resolved(specifier, importer) === file;
      const added = tree.statements.filter((each) => isIt(augmentationOf(each)?.specifier ?? ""));
      const taken = (tree.imports ?? []).flatMap(({ text, parent }) => {
        if (!isIt(text)) return [];
        return handsAllOn(parent) ? this.#takenFrom(importer, asked) : namesTakenBy(parent);
      });
      return [...added.flatMap((statement) => namesOf({ text: "", statement }, tree)), ...taken];
    });
  }
}

/** Finds texts that may have one of these names, as words where they are. */
function anyOf(names: readonly string[]): RegExp {
  const [words, others] = [names.filter((name) => NAME.test(name)), names.filter((name) => !NAME.test(name))];
  const parts = others.map(escaped);
  if (words.length > 0) parts.push(`(?<![\\w$])(?:${words.map(escaped).join("|")})(?![\\w$])`);
  return new RegExp(parts.join("|"));
}

function escaped(name: string): string {
  return name.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
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

/** What in a file rests on something that is another now. */
interface Reached {
  readonly names: ReadonlySet<string>;
  readonly pieces: readonly Piece[];
}

/** The names in a file that rest on some names, or on imports of a whole module that has them; and these names. */
function reachedFrom(
  from: ReadonlySet<string>,
  all: readonly Piece[],
  tree: ts.SourceFile,
  wholes: readonly ts.Node[],
): Reached {
  const names = new Set(from);
  const pieces = new Set<Piece>();
  const rest = new Set(all);
  for (let grew = true; grew; ) {
    grew = false;
    for (const piece of rest) {
      if (!mentions(piece, names) && !wholes.some((each) => isIn(each, piece.statement))) continue;
      rest.delete(piece);
      pieces.add(piece);
      grew = true;
      for (const name of namesOf(piece, tree)) names.add(name);
    }
  }
  return { names, pieces: [...pieces] };
}

const words = new WeakMap<Piece, ReadonlySet<string>>();

/** What a piece says by itself. */
function saidBy({ statement, text, isAround }: Piece): string {
  return isAround ? (augmentationOf(statement)?.specifier ?? "") : text;
}

function wordsIn(piece: Piece): ReadonlySet<string> {
  let found = words.get(piece);
  if (found === undefined) {
    found = wordsOfText(saidBy(piece));
    words.set(piece, found);
  }
  return found;
}

function mentions(piece: Piece, names: ReadonlySet<string>): boolean {
  const own = wordsIn(piece);
  for (const name of names) if (hasName(own, saidBy(piece), name)) return true;
  return false;
}

/** Whether a text has a name, which for others may be any string: `export { shelf as "the key" }`. */
function hasName(words: ReadonlySet<string>, text: string, name: string): boolean {
  return words.has(name) || words.has(ESCAPED) || (!NAME.test(name) && text.includes(name));
}

/** To follow names that everybody has through more files takes longer than to lower all again. */
const MAX_TOLD = 100;

/** No text has this name: only those are told of it who take a module as a whole. */
const ALL = "\0";

/** How a type, or an object, is made of all that is global without naming it. */
const OF_ALL_GLOBALS = ["keyof typeof globalThis", "typeof globalThis extends", "= typeof globalThis", "...globalThis"];

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
  // What has no default export may be imported by one all the same.
  const isCommon = !imported || imported.isDeclarationFile || imported.impliedNodeFormat === ts.ModuleKind.CommonJS;
  return (tree.imports ?? []).filter(({ parent }) => {
    if (isOne) return true;
    if (parent && ts.isImportDeclaration(parent)) {
      const { name, namedBindings } = parent.importClause ?? {};
      if (namedBindings && ts.isNamespaceImport(namedBindings)) return true;
      return isCommon && (name !== undefined || namesTakenBy(parent).includes("default"));
    }
    if (parent && ts.isExportDeclaration(parent)) {
      if (!parent.exportClause || !ts.isNamedExports(parent.exportClause)) return true;
      return isCommon && namesTakenBy(parent).includes("default");
    }
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

function handsAllOn(statement: ts.Node): boolean {
  return ts.isExportDeclaration(statement) && !statement.exportClause;
}

/** The names that an import or an export names in the other file. */
function namesTakenBy(statement: ts.Node): readonly string[] {
  const clause = ts.isImportDeclaration(statement)
    ? statement.importClause?.namedBindings
    : ts.isExportDeclaration(statement)
      ? statement.exportClause
      : undefined;
  if (!clause || !(ts.isNamedImports(clause) || ts.isNamedExports(clause))) return [];
  return clause.elements.map(({ name, propertyName }) => (propertyName ?? name).text);
}
