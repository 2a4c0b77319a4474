import { deepEqual, equal, ok } from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { suite, test } from "node:test";
import { sourceFiles } from "./support/imports.js";
import { repositoryRoot } from "./support/repository.js";

const read = (file: string): string => readFileSync(new URL(file, repositoryRoot), "utf8");
const texts = (file: string): Readonly<Record<string, string>> => JSON.parse(read(file));

const manifest: Readonly<Record<string, unknown>> = JSON.parse(read("package.json"));
const english = texts("package.nls.json");

/** What people read in a manifest. */
const spoken = new Set([
  ...["title", "description", "markdownDescription", "displayName", "contextualTitle", "contents", "label", "altText"],
  ...["enumDescriptions", "markdownEnumDescriptions", "shortTitle"],
]);

/** Names, which are the same everywhere. */
const names = new Set(["Heddle"]);

/** Where what is said comes from the rules' pages, which are English. */
const generated = ["contributes", "configuration", "properties", "heddle.rules", "properties"];

/** What people read below a value, each with where it stands. */
function* said(value: unknown, path: readonly string[] = []): Generator<readonly [path: string, text: string]> {
  if (generated.every((part, i) => path[i] === part)) return;
  const key = [...path].reverse().find((part) => !/^\d+$/.test(part)) ?? "";
  // A view is called by its name; what else has one is a configuration of the user's, which they call as they like.
  const isSaid = spoken.has(key) || (key === "name" && path[1] === "views");
  if (typeof value === "string" && isSaid && !names.has(value)) yield [path.join("."), value];
  if (typeof value !== "object" || value === null) return;
  for (const [name, part] of Object.entries(value)) yield* said(part, [...path, name]);
}

/** `{0}` and the like, and what a link does. */
function fixedParts(text: string): readonly string[] {
  return (text.match(/\{\d+\}|\]\([^)]*\)|`[^`]*`/g) ?? []).sort();
}

/** The texts of the extension's own code, as VS Code looks them up. */
function clientTexts(): ReadonlySet<string> {
  const found = new Set<string>();
  for (const file of sourceFiles(["client/src/"])) {
    const calls = [...read(file).matchAll(/\bl10n\.t\(\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')?/g)];
    for (const [call, literal] of calls) {
      ok(literal !== undefined, `${file}: ${call} has no plain text, so nobody can translate it`);
      const inner = literal
        .slice(1, -1)
        .replaceAll("\\'", "'")
        .replaceAll(/(?<!\\)"/g, '\\"');
      found.add(JSON.parse(`"${inner.replaceAll('\\\\"', '\\"')}"`) as string);
    }
  }
  return found;
}

suite("localisation", () => {
  test("all that is said in the manifest has a key, and every key is said", () => {
    const { publisher: _, ...read } = manifest;
    const all = [...said({ ...read, displayName: undefined })];
    ok(all.length > 50);
    deepEqual(
      all.filter(([, text]) => !/^%[^%]+%$/.test(text)),
      [],
    );
    deepEqual([...new Set(all.map(([, text]) => text.slice(1, -1)))].sort(), Object.keys(english).sort());
  });

  for (const file of readdirSync(new URL(".", repositoryRoot)).filter((name) =>
    /^package\.nls\..+\.json$/.test(name),
  )) {
    test(`${file} has what the English one has, with the same links and names`, () => {
      const other = texts(file);
      deepEqual(Object.keys(other), Object.keys(english));
      for (const [key, text] of Object.entries(english)) {
        deepEqual(fixedParts(other[key] ?? ""), fixedParts(text), key);
      }
    });
  }

  const bundles = readdirSync(new URL("l10n/", repositoryRoot));
  test("there is a bundle for each language of the manifest", () => {
    const languages = (pattern: RegExp, files: readonly string[]) =>
      files.flatMap((name) => pattern.exec(name)?.[1] ?? []);
    const manifests = readdirSync(new URL(".", repositoryRoot));
    deepEqual(
      languages(/^bundle\.l10n\.(.+)\.json$/, bundles).sort(),
      languages(/^package\.nls\.(.+)\.json$/, manifests).sort(),
    );
    equal(manifest.l10n, "./l10n");
  });

  for (const file of bundles) {
    test(`l10n/${file} has all that the extension says, and nothing else`, () => {
      const translated = texts(`l10n/${file}`);
      deepEqual(Object.keys(translated).sort(), [...clientTexts()].sort());
      for (const [text, other] of Object.entries(translated)) deepEqual(fixedParts(other), fixedParts(text), text);
    });
  }
});
