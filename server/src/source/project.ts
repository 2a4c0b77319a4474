import { type Stats, statSync } from "node:fs";
import { posix, resolve } from "node:path";
import { ts } from "ts-morph";
import { findSourceFiles, isDeclarationFile, isJavaScript, isSourceFile, reasonOf, whyNoFile } from "./source-files.js";
import { type Config, ConfigError, nearestConfig, readConfig } from "./tsconfig.js";

/** The files that are analysed together, and how the compiler reads them. Paths are absolute with `/`. */
export interface Project {
  /** The tsconfig, where there is one. */
  readonly configFile: string | undefined;
  /** The folder of the tsconfig, else the folder that was checked. */
  readonly directory: string;
  /** Sorted, each once; those of referenced projects included, declaration files never. */
  readonly files: readonly string[];
  /** Sorted, each once: declaration files of the configuration, read for what they declare and never analysed. */
  readonly declarations: readonly string[];
  readonly options: ts.CompilerOptions;
  /** What went wrong but does not keep the files from being analysed: one readable line each. */
  readonly problems: readonly string[];
}

/** Nothing can be analysed. The message is one line that names the path and says what to do. */
export class ProjectError extends Error {}

/** Options for code without a tsconfig: everything understood, nothing demanded. */
const looseOptions: ts.CompilerOptions = {
  allowJs: true,
  target: ts.ScriptTarget.ESNext,
  module: ts.ModuleKind.ESNext,
  // Imports are found with and without a file ending.
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  jsx: ts.JsxEmit.ReactJSX,
  strict: true,
  skipLibCheck: true,
  noEmit: true,
};

/**
 * The projects that hold the given files and folders: for each path the nearest tsconfig upward with its references,
 * or `project` for all of them. Without a tsconfig the source files below the paths are one project. A file that is
 * named is analysed even where its tsconfig leaves it out, and so are the files of a named folder of which the tsconfig
 * has none. Blocks. Throws `ProjectError`.
 */
export function findProjects(paths: readonly string[], options: { project?: string } = {}): Project[] {
  const targets = paths.map(targetOf);
  if (options.project !== undefined) {
    const project = absolute(options.project);
    const config = isFolder(project) ? posix.join(project, "tsconfig.json") : project;
    return [configured(config, targets)];
  }

  const byConfig = new Map<string | undefined, Target[]>();
  for (const target of targets.length > 0 ? targets : [targetOf(".")]) {
    const config = nearestConfig(target.folder);
    byConfig.set(config, [...(byConfig.get(config) ?? []), target]);
  }
  return [...byConfig].map(([config, named]) => (config === undefined ? loose(named) : configured(config, named)));
}

/** A project without a configuration and without files yet, for what is open in an editor and stands alone. */
export function looseProject(directory: string): Project {
  return { configFile: undefined, directory, files: [], declarations: [], options: looseOptions, problems: [] };
}

/** A path somebody named. */
interface Target {
  /** As it was written, for messages. */
  readonly written: string;
  readonly path: string;
  readonly isFolder: boolean;
  /** The path itself, or the folder of the file. */
  readonly folder: string;
}

function targetOf(written: string): Target {
  const path = absolute(written);
  let stats: Stats;
  try {
    stats = statSync(path);
  } catch (error) {
    throw new ProjectError(`${written}: ${reasonOf(error)}; name a file or folder that exists`);
  }
  if (stats.isDirectory()) return { written, path, isFolder: true, folder: path };
  if (!stats.isFile()) throw new ProjectError(`${written}: not a regular file; name a source file or a folder`);
  if (isDeclarationFile(path)) {
    throw new ProjectError(`${written}: declaration files hold nothing to analyse; name a source file or a folder`);
  }
  if (!isSourceFile(path)) {
    throw new ProjectError(`${written}: neither TypeScript nor JavaScript; name a source file or a folder`);
  }
  return { written, path, isFolder: false, folder: posix.dirname(path) };
}

function loose(targets: readonly Target[]): Project {
  const problems: string[] = [];
  const files = targets.flatMap((target) => filesOf(target, problems));
  return {
    configFile: undefined,
    directory: commonFolder(targets.map((target) => target.folder)),
    files: sortedOnce(files),
    declarations: [],
    options: looseOptions,
    problems: sortedOnce(problems),
  };
}

function configured(file: string, targets: readonly Target[]): Project {
  const configs = withReferences(file);
  const directory = posix.dirname(file);
  const problems = configs.flatMap((config) => config.problems);
  const files = new Set(configs.flatMap((config) => readableFiles(config, isSourceFile, problems)));
  const declarations = configs.flatMap((config) => readableFiles(config, isDeclarationFile, problems));
  for (const target of targets) {
    // Who names the folder of the tsconfig means the tsconfig, not what it leaves out.
    if (target.isFolder && isWithin(directory, target.path)) continue;
    if (target.isFolder && [...files].some((name) => isWithin(name, target.path))) continue;
    for (const name of filesOf(target, problems)) files.add(name);
  }
  if (files.size === 0) {
    const hasSome = configs.some((config) => config.files.some(isSourceFile));
    const reason = `${file}: the project has no TypeScript or JavaScript files; check its "files" and "include"`;
    throw new ProjectError((hasSome ? problems.at(-1) : undefined) ?? reason);
  }
  // A tsconfig that only refers to others has no options worth having: those of the first with files are used.
  const base = configs.find((config) => config.files.some(isSourceFile)) ?? configs[0];
  return {
    configFile: file,
    directory,
    files: sortedOnce(files),
    declarations: sortedOnce(declarations),
    options: {
      ...base?.options,
      noEmit: true,
      ...([...files].some(isJavaScript) ? { allowJs: true } : {}),
    },
    problems: sortedOnce(problems),
  };
}

/** A file that `files` lists need not be there, and need not be a file. */
function readableFiles(config: Config, isWanted: (file: string) => boolean, problems: string[]): string[] {
  return config.files.filter(isWanted).filter((file) => {
    const reason = whyNoFile(file);
    if (reason !== undefined) problems.push(`${file}: ${reason}; it is listed in ${config.file} and was left out`);
    return reason === undefined;
  });
}

/** The configuration and all it refers to, each once. Only the first must be readable. */
function withReferences(file: string): readonly [Config, ...Config[]] {
  let first: Config;
  try {
    first = readConfig(file);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new ProjectError(`${error.message}; repair it or name another one with --project`);
  }
  const configs: [Config, ...Config[]] = [first];
  const seen = new Set([file]);
  for (const config of configs) {
    for (const reference of config.references) {
      if (seen.has(reference)) continue;
      seen.add(reference);
      try {
        configs.push(readConfig(reference));
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        const problems = [`${error.message}; it is referred to by ${config.file} and was left out`];
        configs.push({ file: reference, files: [], options: {}, references: [], problems });
      }
    }
  }
  return configs;
}

function filesOf(target: Target, problems: string[]): string[] {
  if (!target.isFolder) return [target.path];
  const files = findSourceFiles(target.path, problems);
  if (files.length > 0) return files;
  throw new ProjectError(`${target.written}: no TypeScript or JavaScript files in this folder; name one that has some`);
}

function absolute(path: string): string {
  return resolve(path).replaceAll("\\", "/");
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    // What is wrong with the path is said where it is read.
    return false;
  }
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith("/") ? folder : `${folder}/`);
}

function sortedOnce(values: Iterable<string>): string[] {
  return [...new Set(values)].sort();
}

function commonFolder(folders: readonly string[]): string {
  const split = folders.map((folder) => folder.split("/"));
  const [first = [], ...rest] = split;
  const length = first.findIndex((part, index) => rest.some((other) => other[index] !== part));
  return (length === -1 ? first : first.slice(0, length)).join("/") || "/";
}
