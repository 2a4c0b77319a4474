/**
 * After most edits only what one file does is another, not what others see of it. Then the program before, and its type
 * checker with all that it knows, serve once more: the checker is asked about the nodes of the new tree, and finds in the
 * old program what they import. That is the same answer as a new program gives as long as nothing that the file can see
 * sees the file; where that is not certain, there is a new program.
 */
import { type TreeProgram, treeOf } from "./binding-on-demand.js";
import { isEverybodys } from "./everybodys.js";
import type { Host } from "./host.js";
import { ts } from "./syntax.js";

/** What the compiler says of a file of a program, and has no public type for. */
interface ProgramFile extends ts.SourceFile {
  path: string;
  resolvedPath: string;
  originalFileName: string;
  packageJsonLocations: unknown;
  packageJsonScope: unknown;
  readonly setExternalModuleIndicator: ((file: ts.SourceFile) => void) | undefined;
}

/** The binder, by which the nodes of a tree get their parents and symbols. The compiler has no public name for it. */
const { bindSourceFile } = ts as unknown as { bindSourceFile(file: ts.SourceFile, options: ts.CompilerOptions): void };

/**
 * `base` with the text that the host has for `file`. Of the program that comes back only the trees, what binds them and
 * the type checker may be asked; of the file itself the checker knows what is seen from within.
 *
 * @param isSameOutside whether other files see the same of both
 * @returns undefined where only a new program will do
 * @throws RangeError the file is nested too deeply for the binder
 */
export function editedProgram(
  base: ts.Program,
  host: Host,
  file: string,
  isSameOutside: (before: ts.SourceFile, after: ts.SourceFile) => boolean,
): ts.Program | undefined {
  const before = base.getSourceFile(file) as ProgramFile | undefined;
  const options = base.getCompilerOptions();
  if (!before || !isPlain(before) || options.importHelpers || isSeenFromWithin(base, host, file)) return undefined;
  const { languageVersion, impliedNodeFormat, setExternalModuleIndicator } = before;
  const after = host.getSourceFile(file, {
    languageVersion,
    ...(impliedNodeFormat === undefined ? {} : { impliedNodeFormat }),
    ...(setExternalModuleIndicator === undefined ? {} : { setExternalModuleIndicator }),
  }) as ProgramFile | undefined;
  if (!after || !isPlain(after) || !importsSame(before, after)) return undefined;
  collectImports(after, options);
  after.path = before.path;
  after.resolvedPath = before.resolvedPath;
  after.originalFileName = before.originalFileName;
  after.packageJsonLocations = before.packageJsonLocations;
  after.packageJsonScope = before.packageJsonScope;
  bindSourceFile(after, options);
  if (!isSameOutside(before, after)) return undefined;
  const trees = base.getSourceFiles().map((tree) => (tree === before ? after : tree));
  const program: TreeProgram = {
    ...base,
    getSourceFiles: () => trees,
    getSourceFile: (name) => (name === file ? after : base.getSourceFile(name)),
    treeOf: (name) => (name === file ? after : treeOf(base, name)),
  };
  return program;
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

/** A module of TypeScript that speaks for itself, and imports by statements alone. */
function isPlain(tree: ts.SourceFile): boolean {
  return (
    /\.[cm]?ts$/.test(tree.fileName) &&
    !tree.isDeclarationFile &&
    !isEverybodys(tree) &&
    !/\b(import|require)\s*\(/.test(tree.text) &&
    tree.referencedFiles.length + tree.typeReferenceDirectives.length + tree.libReferenceDirectives.length === 0
  );
}

function importsSame(before: ts.SourceFile, after: ts.SourceFile): boolean {
  const [old, fresh] = [importsIn(before), importsIn(after)];
  return old.length === fresh.length && old.every((text, index) => text === fresh[index]);
}

function importsIn(tree: ts.SourceFile): readonly string[] {
  return tree.statements.flatMap((statement) => {
    const isImport =
      ts.isImportDeclaration(statement) ||
      ts.isImportEqualsDeclaration(statement) ||
      (ts.isExportDeclaration(statement) && statement.moduleSpecifier !== undefined);
    return isImport ? [tree.text.slice(statement.getStart(tree), statement.end)] : [];
  });
}

/** What is known of who sees whom in one program. */
interface Sight {
  /** What declares something for everybody, and all that it imports. */
  readonly everybodys: ReadonlySet<string>;
  /** By file, whether it is imported by what it imports. */
  readonly circular: Map<string, boolean>;
}

const sights = new WeakMap<ts.Program, Sight>();

/** Whether a file is imported by what it imports, or by what declares something for everybody. */
function isSeenFromWithin(base: ts.Program, host: Host, file: string): boolean {
  let sight = sights.get(base);
  if (sight === undefined) {
    const trees = base.getSourceFiles().filter((tree) => !isInstalled(tree.fileName) && isEverybodys(tree));
    const from = trees.map((tree) => tree.fileName);
    sight = { everybodys: importedBy(from, host), circular: new Map() };
    sights.set(base, sight);
  }
  if (sight.everybodys.has(file)) return true;
  let isCircular = sight.circular.get(file);
  if (isCircular === undefined) {
    isCircular = importedBy([file], host).has(file);
    sight.circular.set(file, isCircular);
  }
  return isCircular;
}

/** What files import, and what that imports in turn. */
function importedBy(files: readonly string[], host: Host): ReadonlySet<string> {
  const reached = new Set<string>();
  const queue = [...files];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    for (const imported of host.importsOf(next)) {
      if (reached.has(imported)) continue;
      reached.add(imported);
      // No package imports the program that uses it.
      if (!isInstalled(imported)) queue.push(imported);
    }
  }
  return reached;
}

function isInstalled(file: string): boolean {
  return file.includes("/node_modules/");
}
