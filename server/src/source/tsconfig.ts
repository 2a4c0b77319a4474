import { posix } from "node:path";
import { ts } from "ts-morph";
import { whyNoFile } from "./source-files.js";

/** What a tsconfig says, its references not yet followed. */
export interface Config {
  readonly file: string;
  /** Files of the tsconfig itself, as its `files`, `include` and `exclude` say, declarations and JSON included. */
  readonly files: readonly string[];
  readonly options: ts.CompilerOptions;
  readonly references: readonly string[];
  readonly problems: readonly string[];
}

/** A tsconfig that is not there or is not JSON. Its message is one line: path, what is wrong. */
export class ConfigError extends Error {}

/** That a tsconfig lists no files (18002, 18003) is no mistake when it has references or files were named by hand. */
const emptyCodes: ReadonlySet<number> = new Set([18002, 18003]);
const rootIsNoObject = 5092;

/** The nearest `tsconfig.json` at or above a folder. Blocks. */
export function nearestConfig(folder: string): string | undefined {
  for (let directory = folder; ; directory = posix.dirname(directory)) {
    const config = posix.join(directory, "tsconfig.json");
    if (ts.sys.fileExists(config)) return config;
    if (posix.dirname(directory) === directory) return undefined;
  }
}

/**
 * Reads a tsconfig and what it extends. Blocks. An `extends` that leads nowhere or an option nobody knows is a
 * problem, not a failure: most of the code can still be understood, for example before `npm install`. Throws
 * `ConfigError` when the file itself cannot be read or is not JSON.
 */
export function readConfig(file: string): Config {
  const unreadable = whyNoFile(file);
  if (unreadable !== undefined) throw new ConfigError(`${file}: ${unreadable}`);
  // The parser of configurations repairs what is no JSON without a word, so the syntax is looked at first.
  const { error: syntaxError } = ts.readConfigFile(file, ts.sys.readFile);
  if (syntaxError !== undefined) throw new ConfigError(`${placeOf(syntaxError, file)}: ${textOf(syntaxError)}`);

  const parsed = ts.getParsedCommandLineOfConfigFile(file, undefined, {
    ...ts.sys,
    // To open a pipe that is extended would wait for its writer.
    readFile: (path) => (whyNoFile(path) === undefined ? ts.sys.readFile(path) : undefined),
    onUnRecoverableConfigFileDiagnostic: (diagnostic) => {
      throw new ConfigError(`${file}: ${textOf(diagnostic)}`);
    },
  });
  if (parsed === undefined) throw new ConfigError(`${file}: cannot be read`);
  const noObject = parsed.errors.find((error) => error.code === rootIsNoObject && error.file?.fileName === file);
  if (noObject !== undefined) throw new ConfigError(`${placeOf(noObject, file)}: ${textOf(noObject)}`);

  // The tree of the file is of no use once its errors are known, and makes options that are equal look different.
  const { configFile: _, ...options } = parsed.options;
  return {
    file,
    files: parsed.fileNames,
    options,
    references: (parsed.projectReferences ?? []).map(({ path }) => ts.resolveProjectReferencePath({ path })),
    problems: parsed.errors
      .filter((error) => !emptyCodes.has(error.code))
      .map((error) => `${placeOf(error, file)}: ${textOf(error)}`),
  };
}

function placeOf(diagnostic: ts.Diagnostic, file: string): string {
  if (diagnostic.file === undefined || diagnostic.start === undefined) return file;
  const { line, character } = diagnostic.file.getLineAndCharacterOfPosition(diagnostic.start);
  return `${diagnostic.file.fileName}:${line + 1}:${character + 1}`;
}

function textOf(diagnostic: ts.Diagnostic): string {
  // One line, and without the full stop: more text follows it.
  return ts.flattenDiagnosticMessageText(diagnostic.messageText, " ").replaceAll(/\s+/g, " ").replace(/\.$/, "");
}
