import { existsSync } from "node:fs";
import { posix } from "node:path";
import { type Level, levels } from "./finding.js";
import type { LibraryModel } from "./model/catalogue/index.js";
import { readModelFile } from "./model-files.js";
import { nearest } from "./nearest.js";
import { rules } from "./rules/index.js";
import { seenKinds } from "./seen-kinds.js";
import { type Glob, GlobError, matchesGlob, parseGlob } from "./source/globs.js";
import {
  described,
  JsonError,
  type LocatedJson,
  type LocatedMember,
  locateJson,
  placesIn,
} from "./source/located-json.js";
import { readText } from "./source/text.js";

/** What the configuration file that governs a project says. */
export interface Configuration {
  /** Absolute; undefined where there is none. */
  readonly file: string | undefined;
  readonly severities: ReadonlyMap<string, Level>;
  /** In the order of the file. */
  readonly exclude: readonly Glob[];
  /** What libraries mean, in the order of the file. */
  readonly models: readonly LibraryModel[];
  /** Absolute: the files the models are in, those that cannot be used too. */
  readonly modelFiles: readonly string[];
}

export const noConfiguration: Configuration = {
  file: undefined,
  severities: new Map(),
  exclude: [],
  models: [],
  modelFiles: [],
};

const configurationName = "heddle.config.json";

/** What its parts are called. */
const settings = ["$schema", "rules", "exclude", "models"] as const;

/** The configuration file that governs a folder: the nearest upward; files above it say nothing. Blocks. */
export function nearestConfiguration(folder: string): string | undefined {
  for (let directory = folder; ; directory = posix.dirname(directory)) {
    const file = posix.join(directory, configurationName);
    if (existsSync(file)) return file;
    if (posix.dirname(directory) === directory) return undefined;
  }
}

/**
 * Reads a configuration file and the model files it names. Blocks. What cannot be used is left out, and `problems` has one line for each: the file,
 * the place, the value, and what may have been meant.
 */
export function readConfiguration(file: string): {
  readonly configuration: Configuration;
  readonly problems: readonly string[];
} {
  let text: string;
  try {
    text = readText(file);
  } catch (error) {
    return { configuration: noConfiguration, problems: [`${file}: cannot be read (${(error as Error).message})`] };
  }
  const reader = new Reader();
  const configuration = reader.read(file, text);
  const place = placesIn(text);
  const problems = reader.wrong.map(({ at, what }) => `${file}:${place(at)}: ${what}`);
  return { configuration, problems: [...problems, ...reader.problemsOfModels] };
}

/**
 * Whether a file is left out. What somebody named is not, nor is what lies in a folder they named, unless a pattern is
 * about what is in there. `named` are absolute paths.
 */
export function isExcluded(
  file: string,
  { file: from, exclude }: Configuration,
  named: readonly string[] = [],
): boolean {
  if (from === undefined || exclude.length === 0) return false;
  const path = within(posix.dirname(from), file);
  if (path === undefined) return false;
  const lifted = named.flatMap((each) =>
    within(each, file) === undefined ? [] : [within(posix.dirname(from), each) ?? ""],
  );
  return exclude.some(
    (glob) =>
      matchesGlob(path, glob) && !lifted.some((name) => name === path || (name !== "" && matchesGlob(name, glob))),
  );
}

/** The path from a folder to what is in it; undefined for what is not. */
function within(folder: string, path: string): string | undefined {
  if (folder === path) return "";
  const start = folder.endsWith("/") ? folder : `${folder}/`;
  return path.startsWith(start) ? path.slice(start.length) : undefined;
}

class Reader {
  readonly wrong: { readonly at: number; readonly what: string }[] = [];
  /** Each is a line that names its own file. */
  readonly problemsOfModels: string[] = [];
  readonly #modelFiles: string[] = [];

  read(file: string, text: string): Configuration {
    let root: LocatedJson;
    try {
      root = locateJson(text);
    } catch (error) {
      if (!(error instanceof JsonError)) throw error;
      this.#object(error.at, error.message);
      return { ...noConfiguration, file };
    }
    const members = this.#members(root, "the configuration") ?? new Map<string, LocatedMember>();
    for (const [name, { nameAt }] of members) {
      if (!settings.some((known) => known === name)) this.#unknown(nameAt, "setting", name, settings);
    }
    return {
      file,
      severities: this.#severities(members.get("rules")),
      exclude: this.#exclude(members.get("exclude")),
      models: this.#models(members.get("models"), file),
      modelFiles: this.#modelFiles,
    };
  }

  #severities(node: LocatedJson | undefined): ReadonlyMap<string, Level> {
    const severities = new Map<string, Level>();
    for (const [id, { nameAt, at, value }] of (node && this.#members(node, '"rules"')) ?? []) {
      const level = levels.find((known) => known === value);
      if (!rules.has(id) && !seenKinds.has(id))
        this.#unknown(nameAt, "rule", id, [...rules.keys(), ...seenKinds.keys()]);
      else if (level !== undefined) severities.set(id, level);
      else if (typeof value === "string") this.#unknown(at, "level", value, levels, ` for ${id}`);
      else this.#object(at, `the level for ${id} is ${described(value)}; use ${levels.join(", ")}`);
    }
    return severities;
  }

  #exclude(node: LocatedJson | undefined): readonly Glob[] {
    if (node === undefined) return [];
    if (!Array.isArray(node.value)) {
      this.#object(node.at, `"exclude" is ${described(node.value)}; write a list of patterns`);
      return [];
    }
    return (node.value as readonly LocatedJson[]).flatMap(({ at, value }) => {
      if (typeof value !== "string") {
        this.#object(at, `"exclude" lists ${described(value)}; write patterns in quotes`);
        return [];
      }
      try {
        return [parseGlob(value)];
      } catch (error) {
        if (!(error instanceof GlobError)) throw error;
        this.#object(at, `the pattern "${value}" ${error.message}`);
        return [];
      }
    });
  }

  #models(node: LocatedJson | undefined, file: string): readonly LibraryModel[] {
    if (node === undefined) return [];
    if (!Array.isArray(node.value)) {
      this.#object(node.at, `"models" is ${described(node.value)}; write a list of paths`);
      return [];
    }
    return (node.value as readonly LocatedJson[]).flatMap(({ at, value }) => {
      if (typeof value !== "string" || value === "") {
        this.#object(at, `"models" lists ${described(value)}; write paths of model files in quotes`);
        return [];
      }
      const modelFile = posix.resolve(posix.dirname(file), value);
      this.#modelFiles.push(modelFile);
      const { model, problems } = readModelFile(modelFile);
      this.problemsOfModels.push(...problems);
      return model ?? [];
    });
  }

  #members({ at, value }: LocatedJson, what: string): ReadonlyMap<string, LocatedMember> | undefined {
    if (value instanceof Map) return value;
    this.#object(at, `${what} is ${described(value)}; write an object`);
    return undefined;
  }

  #unknown(at: number, what: string, written: string, known: readonly string[], more = ""): void {
    const meant = nearest(written, known);
    // A list of all rules would be no line any more.
    const hint =
      meant !== undefined
        ? `did you mean "${meant}"?`
        : what === "rule"
          ? "heddle rules lists them"
          : `there are ${known.join(", ")}`;
    this.#object(at, `unknown ${what} "${written}"${more}; ${hint}`);
  }

  #object(at: number, what: string): void {
    this.wrong.push({ at, what });
  }
}
