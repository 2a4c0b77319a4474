/**
 * After most edits only what one file does is another, not what others see of it. Then the program before, and its type
 * checker with all that it knows, serve once more: the new tree takes over the symbols by which others know the file, and
 * the checker is asked about its nodes. What nobody imports nobody knows: there, whatever is edited, the tree has its own symbols.
 */
import { type TreeProgram, treeOf } from "./binding-on-demand.js";
import { isEverybodys } from "./everybodys.js";
import type { Host } from "./host.js";
import { FileSymbols, type IsBodyHidden } from "./kept-symbols.js";
import { ts } from "./syntax.js";

/** What the compiler says of a file of a program, and has no public type for. */
interface ProgramFile extends ts.SourceFile {
  path: string;
  resolvedPath: string;
  originalFileName: string;
  packageJsonLocations: unknown;
  packageJsonScope: unknown;
  readonly imports: readonly ts.StringLiteralLike[];
  readonly setExternalModuleIndicator: ((file: ts.SourceFile) => void) | undefined;
}

/** The binder, by which the nodes of a tree get their parents and symbols. The compiler has no public name for it. */
const { bindSourceFile } = ts as unknown as { bindSourceFile(file: ts.SourceFile, options: ts.CompilerOptions): void };

/** What others see of a file. */
export interface Outside {
  /** Whether they see the same of two trees of it. */
  isSame(before: ts.SourceFile, after: ts.SourceFile): boolean;
  readonly isBodyHidden: IsBodyHidden;
}

/**
 * `base` with the text that the host has for `file`. Of the program that comes back only the trees, what binds them and
 * the type checker may be asked. Whoever holds the checker of one of the two must get it again after asking the other's.
 *
 * @returns undefined where only a new program will do
 * @throws RangeError the file is nested too deeply for the binder
 */
export function editedProgram(base: ts.Program, host: Host, file: string, outside: Outside): ts.Program | undefined {
  const before = base.getSourceFile(file) as ProgramFile | undefined;
  const options = base.getCompilerOptions();
  if (!before || !isPlain(before) || options.importHelpers) return undefined;
  const { languageVersion, impliedNodeFormat, setExternalModuleIndicator } = before;
  const after = host.getSourceFile(file, {
    languageVersion,
    ...(impliedNodeFormat === undefined ? {} : { impliedNodeFormat }),
    ...(setExternalModuleIndicator === undefined ? {} : { setExternalModuleIndicator }),
  }) as ProgramFile | undefined;
  if (!after || !isPlain(after)) return undefined;
  collectImports(after, options);
  after.path = before.path;
  after.resolvedPath = before.resolvedPath;
  after.originalFileName = before.originalFileName;
  after.packageJsonLocations = before.packageJsonLocations;
  after.packageJsonScope = before.packageJsonScope;
  bindSourceFile(after, options);
  if (!importsSame(before, after)) return undefined;
  const checker = sharedChecker(base);
  const isSeen = [before, after].some(isEverybodys) || importedIn(base, host).has(file);
  const symbols =
    isSeen && outside.isSame(before, after)
      ? FileSymbols.handOver(before, after, checker.of, outside.isBodyHidden)
      : undefined;
  if (isSeen && !symbols) return undefined;
  if (symbols) checker.own.set(symbols, before);
  const trees = base.getSourceFiles().map((tree) => (tree === before ? after : tree));
  const program: TreeProgram = {
    ...base,
    getSourceFiles: () => trees,
    getSourceFile: (name) => (name === file ? after : base.getSourceFile(name)),
    treeOf: (name) => (name === file ? after : treeOf(base, name)),
    getTypeChecker: () => checkerFor(checker, symbols, after),
  };
  return program;
}

/** The checker of a program that serves for later trees as well. */
export interface SharedChecker {
  readonly of: ts.TypeChecker;
  /** The symbols that later trees have, too, and the program's own trees. */
  readonly own: Map<FileSymbols, ts.SourceFile>;
}

const shared = new WeakMap<ts.Program, SharedChecker>();

/** From now on, whoever asks for the checker of a program finds all symbols speak of its trees. */
export function sharedChecker(program: ts.Program): SharedChecker {
  let checker = shared.get(program);
  if (checker === undefined) {
    const begun: SharedChecker = { of: program.getTypeChecker(), own: FileSymbols.in(program) };
    program.getTypeChecker = () => checkerFor(begun);
    checker = begun;
    shared.set(program, checker);
  }
  return checker;
}

/** The checker, while all symbols speak of a program's own trees; those of an edited file of its new one. */
function checkerFor({ of, own }: SharedChecker, edited?: FileSymbols, after?: ts.SourceFile): ts.TypeChecker {
  for (const [symbols, tree] of own) symbols.moveTo(symbols === edited && after ? after : tree);
  return of;
}

const imported = new WeakMap<ts.Program, ReadonlySet<string>>();

/** The files of a program that others import. */
function importedIn(program: ts.Program, host: Host): ReadonlySet<string> {
  let files = imported.get(program);
  if (files === undefined) {
    files = new Set(program.getSourceFiles().flatMap(({ fileName }) => host.importsOf(fileName)));
    imported.set(program, files);
  }
  return files;
}

/** The compiler notes at a tree what it imports, which options can add to, when it makes the tree part of a program. */
function collectImports(tree: ts.SourceFile, options: ts.CompilerOptions): void {
  ts.createProgram({
    rootNames: [tree.fileName],
    options: { ...options, noResolve: true, noLib: true, types: [] },
    host: {
      getSourceFile: (file) => (file === tree.fileName ? tree : undefined),
      resolveModuleNameLiterals: (literals) => literals.map(() => ({ resolvedModule: undefined })),
      getDefaultLibFileName: () => "/lib.d.ts",
      writeFile: () => {},
      getCurrentDirectory: () => "/",
      getCanonicalFileName: (file) => file,
      useCaseSensitiveFileNames: () => true,
      getNewLine: () => "\n",
      fileExists: () => false,
      readFile: () => undefined,
    },
  });
}

/** A file of TypeScript whose declarations have bodies. In JavaScript any assignment may declare something. */
function isPlain(tree: ts.SourceFile): boolean {
  return (
    /\.[cm]?tsx?$/.test(tree.fileName) &&
    !tree.isDeclarationFile &&
    tree.referencedFiles.length + tree.typeReferenceDirectives.length + tree.libReferenceDirectives.length === 0
  );
}

/** Whether both name the same modules, in ways that lead to the same files. */
function importsSame(before: ProgramFile, after: ProgramFile): boolean {
  const [old, fresh] = [importStatementsIn(before), importStatementsIn(after)];
  const areStatementsSame = old.length === fresh.length && old.every((text, index) => text === fresh[index]);
  const [named, other] = [importsIn(before), importsIn(after)];
  return areStatementsSame && named.size === other.size && [...named].every((each) => other.has(each));
}

/** What a file imports by whatever syntax, as the compiler has listed it. */
function importsIn({ imports }: ProgramFile): ReadonlySet<string> {
  return new Set(imports.map(({ parent, text }) => `${parent?.kind}:${text}`));
}

function importStatementsIn(tree: ts.SourceFile): readonly string[] {
  return tree.statements.flatMap((statement) => {
    const isImport =
      ts.isImportDeclaration(statement) ||
      ts.isImportEqualsDeclaration(statement) ||
      (ts.isExportDeclaration(statement) && statement.moduleSpecifier !== undefined);
    return isImport ? [tree.text.slice(statement.getStart(tree), statement.end)] : [];
  });
}
