import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { getLibFiles, getLibFolderPath } from "@ts-morph/common";
import { mayBeAnnotated } from "./annotations.js";
import { type Answer, Disk } from "./disk.js";
import { parsedLater } from "./parsing-on-demand.js";
import type { Stopwatch } from "./stopwatch.js";
import { maySuppress } from "./suppressions.js";
import { ts } from "./syntax.js";

/** A file as the host knows it: its text and every tree that was parsed from exactly that text. */
interface Entry {
  readonly text: string;
  readonly trees: Map<string, ts.SourceFile>;
}

const libFolder = `${getLibFolderPath({})}/`;
let libTexts: ReadonlyMap<string, string> | undefined;

/** The compiler's own library files travel inside the bundle, so that no `typescript` need be installed. */
function libText(file: string): string | undefined {
  libTexts ??= new Map(getLibFiles().map((lib) => [libFolder + lib.fileName, lib.text]));
  return libTexts.get(file);
}

/** Parsed library files are the same for every project of the process; parsing them again costs 150 ms. */
const libTrees = new Map<string, ts.SourceFile>();

/** Modules whose declarations ship with Heddle, for workspaces that have none. */
const BUNDLED_MODULES: ReadonlySet<string> = new Set([
  "async-mutex",
  "heddle",
  "events",
  "node:events",
  "worker_threads",
  "node:worker_threads",
]);

let typesFolder: string | undefined;

/** Where `server/dist/types` is, seen from the bundle and from the test build alike. */
export function bundledTypesFolder(): string {
  typesFolder ??= findTypesFolder();
  return typesFolder;
}

function findTypesFolder(): string {
  let folder = dirname(typeof __filename === "string" ? __filename : fileURLToPath(import.meta.url));
  for (;;) {
    for (const candidate of [join(folder, "types"), join(folder, "server", "dist", "types")]) {
      if (existsSync(join(candidate, "heddle", "index.d.ts"))) return candidate.replaceAll("\\", "/");
    }
    const parent = dirname(folder);
    if (parent === folder) throw new Error("Heddle's bundled declarations are missing; run `npm run build:server`.");
    folder = parent;
  }
}

/**
 * Which comments become part of the tree. Of TypeScript the compiler needs those that refer to a name, which then counts
 * as used, and the engine those that speak to it; parsing all of them costs a tenth of parsing and binding.
 */
function commentsOf(file: string, text: string): ts.JSDocParsingMode {
  const { ParseAll, ParseForTypeErrors, ParseNone } = ts.JSDocParsingMode;
  if (mayBeAnnotated(text) || maySuppress(text)) return ParseAll;
  return /\.d\.[cm]?ts$/.test(file) ? ParseNone : ParseForTypeErrors;
}

/**
 * The files of one project, as the compiler sees them: editor texts first, then the disk, then the bundle.
 * Answers about the disk are remembered until `forget` is called, because asking is what makes a new Program slow.
 */
export class Host implements ts.CompilerHost {
  readonly #options: ts.CompilerOptions;
  readonly #directory: string;
  readonly #overlay = new Map<string, string>();
  readonly #entries = new Map<string, Entry | undefined>();
  readonly #exists = new Map<string, boolean>();
  readonly #folders = new Map<string, boolean>();
  readonly #realpaths = new Map<string, string>();
  readonly #problems = new Map<string, string>();
  /** By importing file, what each of its imports resolved to when it was last asked about. */
  readonly #imports = new Map<string, ReadonlyMap<string, string | undefined>>();
  /** Files with a new text whose imports nobody has asked about since. */
  readonly #unasked = new Set<string>();
  #resolutions: ts.ModuleResolutionCache;
  #bundled: boolean | undefined;
  #isParsingLater = false;

  readonly #watch: Stopwatch | undefined;
  readonly #disk: Disk;

  constructor(directory: string, options: ts.CompilerOptions, watch?: Stopwatch, disk = new Disk()) {
    this.#directory = directory;
    this.#options = options;
    this.#watch = watch;
    this.#disk = disk;
    this.#resolutions = this.#newResolutions();
  }

  #newResolutions(packages?: ts.PackageJsonInfoCache): ts.ModuleResolutionCache {
    const canonical = (name: string) => this.getCanonicalFileName(name);
    return ts.createModuleResolutionCache(this.#directory, canonical, this.#options, packages);
  }

  /** The compiler takes from here what it knows of manifests; without it, it parses one for each file of each Program. */
  getModuleResolutionCache(): ts.ModuleResolutionCache {
    return this.#resolutions;
  }

  /** A host of its own that begins with everything this one knows; for trying out an edit. */
  fork(): Host {
    const fork = new Host(this.#directory, this.#options, this.#watch, this.#disk);
    for (const [file, text] of this.#overlay) fork.#overlay.set(file, text);
    for (const [file, entry] of this.#entries) fork.#entries.set(file, entry);
    for (const [file, exists] of this.#exists) fork.#exists.set(file, exists);
    for (const [folder, exists] of this.#folders) fork.#folders.set(folder, exists);
    for (const [path, real] of this.#realpaths) fork.#realpaths.set(path, real);
    for (const [file, imports] of this.#imports) fork.#imports.set(file, imports);
    for (const file of this.#unasked) fork.#unasked.add(file);
    fork.#resolutions = fork.#newResolutions(this.#resolutions.getPackageJsonInfoCache());
    return fork;
  }

  /** All that was asked of the disk, for trying out edits too. */
  get asked(): readonly Answer[] {
    return this.#disk.answers;
  }

  /** What the disk said of a file is of no account any more. For use right before `setText`, and not by a fork. */
  disregard(file: string): void {
    this.#disk.forget(file);
  }

  /** Files that could not be read, one readable line each. */
  get problems(): readonly string[] {
    return [...this.#problems.values()];
  }

  /**
   * Replaces a file's text; `undefined` means: what the disk says. Returns whether what imports mean may have changed,
   * because a file came or went or is a manifest.
   */
  setText(file: string, text: string | undefined): boolean {
    const before = this.fileExists(file);
    if (text === undefined) this.#overlay.delete(file);
    else this.#overlay.set(file, text);
    this.#entries.delete(file);
    this.#unasked.add(file);
    this.#exists.delete(file);
    this.#problems.delete(file);
    const changed = this.fileExists(file) !== before || file.endsWith("/package.json");
    if (changed) this.forget();
    return changed;
  }

  /** Drops what was remembered about which files exist and what imports resolve to. */
  forget(): void {
    this.#exists.clear();
    this.#folders.clear();
    this.#realpaths.clear();
    this.#resolutions = this.#newResolutions();
    this.#bundled = undefined;
  }

  #entry(file: string): Entry | undefined {
    if (this.#entries.has(file)) return this.#entries.get(file);
    const text = this.#load(file);
    const entry = text === undefined ? undefined : { text, trees: new Map<string, ts.SourceFile>() };
    this.#entries.set(file, entry);
    return entry;
  }

  #load(file: string): string | undefined {
    const open = this.#overlay.get(file) ?? libText(file);
    if (open !== undefined) return open;
    if (!this.fileExists(file)) return undefined;
    try {
      return this.#watch ? this.#watch.measure("read", () => this.#disk.text(file)) : this.#disk.text(file);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#problems.set(file, `${file}: cannot be read and was left out (${reason}).`);
      return undefined;
    }
  }

  /** From now on, until its text changes, the file is one that cannot be read. */
  leaveOut(file: string): void {
    this.#entries.set(file, undefined);
    this.#problems.set(file, `${file}: is nested too deeply to be understood and was left out.`);
  }

  /** The next tree of a file is a new one. */
  parseAgain(file: string): void {
    this.#entries.delete(file);
  }

  getSourceFile(
    file: string,
    languageVersionOrOptions: ts.ScriptTarget | ts.CreateSourceFileOptions,
  ): ts.SourceFile | undefined {
    const options =
      typeof languageVersionOrOptions === "object"
        ? languageVersionOrOptions
        : { languageVersion: languageVersionOrOptions };
    const key = `${options.languageVersion}:${options.impliedNodeFormat ?? ""}`;
    const isLib = file.startsWith(libFolder);
    const kept = isLib ? libTrees.get(`${file}:${key}`) : undefined;
    if (kept) return kept;
    const entry = this.#entry(file);
    if (!entry) return undefined;
    let tree = entry.trees.get(key);
    if (!tree) {
      try {
        tree = this.#parse(file, entry.text, options);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        this.leaveOut(file);
        return undefined;
      }
      entry.trees.set(key, tree);
      if (isLib) libTrees.set(`${file}:${key}`, tree);
    }
    return tree;
  }

  #parse(file: string, text: string, options: ts.CreateSourceFileOptions): ts.SourceFile {
    const jsDocParsingMode = commentsOf(file, text);
    const parse = (each: string): ts.SourceFile => {
      const create = () => ts.createSourceFile(file, each, { ...options, jsDocParsingMode });
      return this.#watch ? this.#watch.measure("parse", create) : create();
    };
    const mayWait = this.#isParsingLater && jsDocParsingMode !== ts.JSDocParsingMode.ParseAll;
    return (mayWait ? parsedLater(file, text, parse) : undefined) ?? parse(text);
  }

  /** Of trees that are new while `work` goes on no more may be parsed than their imports, until somebody asks. */
  parsingLater<T>(work: () => T): T {
    this.#isParsingLater = true;
    try {
      return work();
    } finally {
      this.#isParsingLater = false;
    }
  }

  resolveModuleNameLiterals(
    literals: readonly ts.StringLiteralLike[],
    containingFile: string,
    redirected: ts.ResolvedProjectReference | undefined,
    options: ts.CompilerOptions,
    containing: ts.SourceFile,
  ): readonly ts.ResolvedModuleWithFailedLookupLocations[] {
    const resolved = literals.map((literal) => {
      const mode = ts.getModeForUsageLocation(containing, literal, options);
      const found = ts.resolveModuleName(
        literal.text,
        containingFile,
        options,
        this,
        this.#resolutions,
        redirected,
        mode,
      );
      if (found.resolvedModule || !BUNDLED_MODULES.has(literal.text)) return found;
      const isNodes = /^(node:)?(events|worker_threads)$/.test(literal.text);
      if (isNodes && this.#hasNodeTypes()) return found;
      const module = literal.text.replace("node:", "");
      return {
        resolvedModule: {
          resolvedFileName: `${bundledTypesFolder()}/${module}/index.d.ts`,
          extension: ts.Extension.Dts,
          isExternalLibraryImport: true,
        },
      };
    });
    // Of a file that did not change the compiler asks again only for what it did not find before.
    const imports = new Map(this.#unasked.delete(containingFile) ? [] : this.#imports.get(containingFile));
    for (const [index, literal] of literals.entries()) {
      const mode = ts.getModeForUsageLocation(containing, literal, options);
      imports.set(`${mode}|${literal.text}`, resolved[index]?.resolvedModule?.resolvedFileName);
    }
    this.#imports.set(containingFile, imports);
    return resolved;
  }

  /** A program was made of all texts: a file that imports nothing any more was not asked about. */
  forgetUnasked(): void {
    for (const file of this.#unasked) this.#imports.delete(file);
    this.#unasked.clear();
  }

  /** The files that a file imports, as resolved when it was last made part of a Program. */
  importsOf(file: string): readonly string[] {
    const resolved = [...(this.#imports.get(file)?.values() ?? [])];
    return [...new Set(resolved.filter((each) => each !== undefined))];
  }

  /** The file that a specifier names in a file, as resolved then; undefined where it names none. */
  resolved(specifier: string, from: string): string | undefined {
    for (const [key, file] of this.#imports.get(from) ?? []) {
      if (file !== undefined && key.endsWith(`|${specifier}`)) return file;
    }
    return undefined;
  }

  /** Whether the workspace brings `@types/node`, whose ambient modules no resolution ever finds. */
  #hasNodeTypes(): boolean {
    this.#bundled ??=
      ts.resolveTypeReferenceDirective("node", `${this.#directory}/index.ts`, this.#options, this)
        .resolvedTypeReferenceDirective !== undefined;
    return this.#bundled;
  }

  fileExists(file: string): boolean {
    const known = this.#exists.get(file);
    if (known !== undefined) return known;
    const exists = this.#overlay.has(file) || libText(file) !== undefined || this.#disk.isFile(file);
    this.#exists.set(file, exists);
    return exists;
  }

  directoryExists(folder: string): boolean {
    const known = this.#folders.get(folder);
    if (known !== undefined) return known;
    // An unsaved file may stand in a folder that is not on the disk yet.
    const exists =
      this.#disk.isFolder(folder) || [...this.#overlay.keys()].some((file) => file.startsWith(`${folder}/`));
    this.#folders.set(folder, exists);
    return exists;
  }

  readFile(file: string): string | undefined {
    return this.#entry(file)?.text;
  }

  getDirectories(folder: string): string[] {
    return this.#disk.folders(folder);
  }

  realpath(path: string): string {
    const known = this.#realpaths.get(path);
    if (known !== undefined) return known;
    const real = path.startsWith(libFolder) ? path : this.#disk.realpath(path);
    this.#realpaths.set(path, real);
    return real;
  }

  getDefaultLibFileName(options: ts.CompilerOptions): string {
    return libFolder + ts.getDefaultLibFileName(options);
  }
  getDefaultLibLocation(): string {
    return libFolder.slice(0, -1);
  }
  getCurrentDirectory(): string {
    return this.#directory;
  }
  getCanonicalFileName(file: string): string {
    return this.useCaseSensitiveFileNames() ? file : file.toLowerCase();
  }
  useCaseSensitiveFileNames(): boolean {
    return ts.sys.useCaseSensitiveFileNames;
  }
  getNewLine(): string {
    return "\n";
  }
  writeFile(): void {
    throw new Error("The analysis never writes.");
  }
  hasInvalidatedResolutions(): boolean {
    return false;
  }
}
