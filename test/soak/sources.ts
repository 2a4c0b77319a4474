import { readdirSync, readFileSync } from "node:fs";
import { generateProject } from "../bench/generate-project.js";
import { Folder } from "../support/folder.js";
import { repositoryRoot } from "../support/repository.js";
import { parseRulePage } from "../support/rule-page.js";

const GENERATED_LINES = 2500;

/** A project's files: names and texts. */
export type Sources = Readonly<Record<string, string>>;

/** The programs that people are shown. */
export function samples(): Sources {
  const folder = new URL("test/samples/", repositoryRoot);
  const names = readdirSync(folder).filter((name) => name.endsWith(".ts"));
  return Object.fromEntries(names.map((name) => [name, readFileSync(new URL(name, folder), "utf8")]));
}

/** Modules that import each other in folders, with threads and locks in every tenth. */
export function generated(): Sources {
  using folder = new Folder();
  const { files } = generateProject(folder.path, GENERATED_LINES);
  return Object.fromEntries(files.map((file) => [file, readFileSync(folder.file(file), "utf8")]));
}

/** Every case of every rule's page: what the rules have to say, and what they must not. */
export function pageCases(): readonly string[] {
  const folder = new URL("server/src/rules/", repositoryRoot);
  const pages = readdirSync(folder).filter((name) => name.endsWith(".md"));
  return pages.sort().flatMap((name) => {
    const { cases } = parseRulePage(`server/src/rules/${name}`, readFileSync(new URL(name, folder), "utf8"));
    return cases.flatMap(({ files }) => files.map(({ text }) => text));
  });
}
