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

/** Type-checks small programs one after another, keeping what they have in common (the libraries) parsed. */
export class TypeCheck {
  readonly #directory: string;
  readonly #service: ts.LanguageService;
  #files: ReadonlyMap<string, string> = new Map();
  #version = 0;

  /** @param directory where the programs pretend to be: imports resolve from there */
  constructor(directory: string) {
    this.#directory = directory;
    this.#service = ts.createLanguageService({
      getCompilationSettings: () => OPTIONS,
      getScriptFileNames: () => [...this.#files.keys()],
      getScriptVersion: (file) => (this.#files.has(file) ? String(this.#version) : "0"),
      getScriptSnapshot: (file) => {
        const text = this.#files.get(file) ?? ts.sys.readFile(file);
        return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
      },
      getCurrentDirectory: () => this.#directory,
      getDefaultLibFileName: (options) => ts.getDefaultLibFilePath(options),
      fileExists: (file) => this.#files.has(file) || ts.sys.fileExists(file),
      readFile: (file) => this.#files.get(file) ?? ts.sys.readFile(file),
      directoryExists: (folder) => folder === this.#directory || ts.sys.directoryExists(folder),
    });
  }

  /** The compiler's complaints about the program, one line each. */
  diagnostics(files: ReadonlyMap<string, string>): readonly string[] {
    this.#files = files;
    this.#version++;
    return [...files.keys()].flatMap((file) =>
      [...this.#service.getSyntacticDiagnostics(file), ...this.#service.getSemanticDiagnostics(file)].map((found) => {
        const line = found.file?.getLineAndCharacterOfPosition(found.start ?? 0).line ?? 0;
        return `${file}:${line + 1}: ${ts.flattenDiagnosticMessageText(found.messageText, "\n")}`;
      }),
    );
  }
}
