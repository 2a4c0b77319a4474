/**
 * The list of real code that the analysis is measured on: repositories at fixed commits whose findings a person has
 * judged, commits that carry a known concurrency bug with the commit that mended it, and large code bases. The code
 * itself is nobody's to ship, so the list and the clones are given to `npm run measure` from outside.
 */
import { readFileSync } from "node:fs";

/** Some folders of one repository at one commit. */
export interface Checkout {
  readonly repo: string;
  /** The clone's git directory. */
  readonly gitdir: string;
  readonly commit: string;
  readonly paths: readonly string[];
  /** Lines that are neither empty nor comment alone. */
  readonly lines: number;
}

/** A bug that somebody mended, as the lines of the buggy commit that the mend touched (1-based, inclusive). */
export interface Bug {
  readonly id: string;
  readonly repo: string;
  readonly gitdir: string;
  readonly buggy: string;
  /** Absent while nobody has mended it. */
  readonly fixed: string | undefined;
  readonly ranges: readonly { readonly path: string; readonly first: number; readonly last: number }[];
}

export interface Manifest {
  /** Code with few or no defects: what is found there is judged, and what is false counts. */
  readonly repositories: readonly Checkout[];
  readonly bugs: readonly Bug[];
  /** Large code by the name of its level, e.g. `dev-1M`. */
  readonly scale: ReadonlyMap<string, readonly Checkout[]>;
}

type Json = { readonly [key: string]: unknown };

/**
 * @param file the manifest, JSON; `$MIRROR` in it stands for the folder of the clones
 * @throws {TypeError} naming the file and the entry that is not as it should be
 */
export function readManifest(file: string, mirror: string): Manifest {
  const fail = (what: string): never => {
    throw new TypeError(`${file}: ${what}`);
  };
  const object = (value: unknown, what: string): Json =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Json)
      : fail(`${what} is no object`);
  const list = (value: unknown, what: string): readonly unknown[] =>
    Array.isArray(value) ? value : fail(`${what} is no list`);
  const text = (value: unknown, what: string): string =>
    typeof value === "string" ? value : fail(`${what} is no text`);
  const integer = (value: unknown, what: string): number =>
    Number.isSafeInteger(value) ? (value as number) : fail(`${what} is no integer`);
  const directory = (value: unknown, what: string): string => text(value, what).replace("$MIRROR", () => mirror);

  const checkout = (value: unknown, what: string): Checkout => {
    const entry = object(value, what);
    return {
      repo: text(entry.repo, `${what}.repo`),
      gitdir: directory(entry.gitdir, `${what}.gitdir`),
      commit: text(entry.commit, `${what}.commit`),
      paths: list(entry.paths, `${what}.paths`).map((path, i) => text(path, `${what}.paths[${i}]`)),
      lines: integer(entry.ts_code, `${what}.ts_code`) + integer(entry.js_code, `${what}.js_code`),
    };
  };
  const rangesOf = (value: unknown, what: string): Bug["ranges"] => {
    const entry = object(value, what);
    const path = text(entry.path, `${what}.path`);
    return list(entry.old_ranges, `${what}.old_ranges`).map((pair, i) => {
      const [first, last] = list(pair, `${what}.old_ranges[${i}]`);
      return {
        path,
        first: integer(first, `${what}.old_ranges[${i}]`),
        last: integer(last, `${what}.old_ranges[${i}]`),
      };
    });
  };
  const bug = (value: unknown, what: string): Bug => {
    const entry = object(value, what);
    return {
      id: text(entry.id, `${what}.id`),
      repo: text(entry.repo, `${what}.repo`),
      gitdir: directory(entry.gitdir, `${what}.gitdir`),
      buggy: text(entry.buggy_commit, `${what}.buggy_commit`),
      fixed: entry.fix_commit ? text(entry.fix_commit, `${what}.fix_commit`) : undefined,
      ranges: list(entry.files, `${what}.files`).flatMap((one, i) => rangesOf(one, `${what}.files[${i}]`)),
    };
  };

  const all = object(JSON.parse(readFileSync(file, "utf8")), "the manifest");
  const scale = new Map<string, readonly Checkout[]>();
  for (const [i, value] of list(all.scale, "scale").entries()) {
    const entry = object(value, `scale[${i}]`);
    const parts = list(entry.parts, `scale[${i}].parts`).filter((part) => "repo" in object(part, "a part"));
    scale.set(
      text(entry.level, `scale[${i}].level`),
      parts.map((part, k) => checkout(part, `scale[${i}].parts[${k}]`)),
    );
  }
  return {
    repositories: Object.entries(object(all.fp, "fp")).flatMap(([set, entries]) =>
      list(entries, `fp.${set}`).map((entry, i) => checkout(entry, `fp.${set}[${i}]`)),
    ),
    bugs: list(all.bugs, "bugs").map((entry, i) => bug(entry, `bugs[${i}]`)),
    scale,
  };
}
