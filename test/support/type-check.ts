import { dirname } from "node:path";
import ts from "typescript";
import { repositoryRoot } from "./repository.js";

/** What the pages' programs are compiled with: today's habits, and every strictness the fixes have to respect. */
const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  lib: ["lib.es2023.d.ts", "lib.esnext.disposable.d.ts", "lib.es2024.sharedmemory.d.ts"],
  types: ["node"],
  allowJs: true,
  strict: true,
  noEmit: true,
  noUnusedLocals: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: true,
  // What is not installed here, as the analysis knows it.
  paths: { "async-mutex": [new URL("server/types/async-mutex/index.d.ts", repositoryRoot).pathname] },
};

/**
 * Type-checks small programs one after another. What they have in common, the libraries and what the disk says of them,
 * is read once: only the programs' own files change between two of them.
 */
export class TypeCheck {
  readonly #directory: string;
  readonly #libraries = new Map<string, ts.SourceFile | undefined>();
  readonly #resolved = new Map<string, ts.ResolvedModuleWithFailedLookupLocations>();
  readonly #packages: ts.ModuleResolutionCache;
  readonly #host: ts.CompilerHost;
  #files: ReadonlyMap<string, string> = new Map();
  /** Where these are. */
  #folders: ReadonlySet<string> = new Set();
  #program: ts.Program | undefined;

  /** @param directory where the programs pretend to be: imports resolve from there */
  constructor(directory: string) {
    this.#directory = directory;
    this.#packages = ts.createModuleResolutionCache(directory, (file) => file, OPTIONS);
    const isFile = remembering(ts.sys.fileExists);
    const isFolder = remembering(ts.sys.directoryExists);
    const textOf = remembering(ts.sys.readFile);
    this.#host = {
      ...ts.createCompilerHost(OPTIONS),
      getCurrentDirectory: () => directory,
      fileExists: (file) => (this.#isOwn(file) ? this.#files.has(file) : isFile(file)),
      directoryExists: (folder) => this.#folders.has(folder) || isFolder(folder),
      readFile: (file) => (this.#isOwn(file) ? this.#files.get(file) : textOf(file)),
      realpath: remembering((file: string) => ts.sys.realpath?.(file) ?? file),
      getModuleResolutionCache: () => this.#packages,
      getSourceFile: (file, options) => this.#sourceFile(file, options),
      resolveModuleNameLiterals: (literals, from, redirected, options, sourceFile) =>
        literals.map((literal) =>
          this.#resolve(literal.text, from, redirected, ts.getModeForUsageLocation(sourceFile, literal, options)),
        ),
    };
  }

  /** The compiler's complaints about the program, one line each. */
  diagnostics(files: ReadonlyMap<string, string>): readonly string[] {
    return this.#complaints(this.#programOf(files), files);
  }

  /**
   * The compiler's complaints about many programs, by their names, one line each. They are checked as one, each in a folder of
   * its own: what the checker makes of the libraries it makes once. Where a file is no module, others would see its names:
   * such a program is checked alone.
   */
  diagnosticsOfAll(programs: ReadonlyMap<string, ReadonlyMap<string, string>>): readonly string[] {
    const folders = new Map<string, ReadonlyMap<string, string>>();
    for (const [name, files] of programs) {
      const folder = `${this.#directory}/${folders.size}`;
      const moved = [...files].map(([file, text]) => [file.replace(this.#directory, folder), text] as const);
      folders.set(name, new Map(moved));
    }
    const all = this.#programOf(new Map([...folders.values()].flatMap((files) => [...files])));
    const isModule = (file: string): boolean => {
      const sourceFile = all.getSourceFile(file);
      return (
        sourceFile !== undefined && ts.isExternalModule(sourceFile) && !/declare (global|module)/.test(sourceFile.text)
      );
    };
    const together = new Map([...folders].filter(([, files]) => [...files.keys()].every(isModule)));
    const program = this.#programOf(new Map([...together.values()].flatMap((files) => [...files])));
    const found = [...together].flatMap(([name, files]) =>
      this.#complaints(program, files).map((each) => `${name}: ${each}`),
    );
    const alone = [...programs].filter(([name]) => !together.has(name));
    return [...found, ...alone.flatMap(([name, files]) => this.diagnostics(files).map((each) => `${name}: ${each}`))];
  }

  #programOf(files: ReadonlyMap<string, string>): ts.Program {
    this.#files = files;
    this.#folders = new Set([this.#directory, ...[...files.keys()].map((file) => dirname(file))]);
    this.#program = ts.createProgram({
      rootNames: [...files.keys()],
      options: OPTIONS,
      host: this.#host,
      ...(this.#program && { oldProgram: this.#program }),
    });
    return this.#program;
  }

  #complaints(program: ts.Program, files: ReadonlyMap<string, string>): readonly string[] {
    return [...files.keys()].flatMap((file) => {
      const sourceFile = program.getSourceFile(file);
      return [...program.getSyntacticDiagnostics(sourceFile), ...program.getSemanticDiagnostics(sourceFile)].map(
        (found) => {
          const line = found.file?.getLineAndCharacterOfPosition(found.start ?? 0).line ?? 0;
          return `${file}:${line + 1}: ${ts.flattenDiagnosticMessageText(found.messageText, "\n")}`;
        },
      );
    });
  }

  #isOwn(file: string): boolean {
    return file.startsWith(this.#directory) && !file.startsWith(`${this.#directory}/node_modules/`);
  }

  #sourceFile(file: string, options: ts.CreateSourceFileOptions | ts.ScriptTarget): ts.SourceFile | undefined {
    const own = this.#isOwn(file);
    if (!own && this.#libraries.has(file)) return this.#libraries.get(file);
    const text = this.#host.readFile(file);
    const parsed = text === undefined ? undefined : ts.createSourceFile(file, text, options, true);
    if (!own) this.#libraries.set(file, parsed);
    return parsed;
  }

  /** A program's own files come and go: what one of them means by a relative name is asked anew each time. */
  #resolve(
    name: string,
    from: string,
    redirected: ts.ResolvedProjectReference | undefined,
    mode: ts.ResolutionMode,
  ): ts.ResolvedModuleWithFailedLookupLocations {
    if (this.#isOwn(from) && name.startsWith(".")) {
      return ts.resolveModuleName(name, from, OPTIONS, this.#host, undefined, redirected, mode);
    }
    const key = [this.#isOwn(from) ? this.#directory : dirname(from), name, mode].join("\n");
    const known = this.#resolved.get(key);
    if (known) return known;
    const resolved = ts.resolveModuleName(name, from, OPTIONS, this.#host, this.#packages, redirected, mode);
    this.#resolved.set(key, resolved);
    return resolved;
  }
}

function remembering<T>(ask: (path: string) => T): (path: string) => T {
  const answers = new Map<string, T>();
  return (path) => {
    if (!answers.has(path)) answers.set(path, ask(path));
    return answers.get(path) as T;
  };
}
