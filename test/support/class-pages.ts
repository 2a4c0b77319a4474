/** The pages under runtime/docs/, one per class, and their programs. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, symlinkSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { Folder } from "./folder.js";
import { repositoryRoot } from "./repository.js";
import { runProgram } from "./run-program.js";

export const docs = new URL("runtime/docs/", repositoryRoot);
/** What is no class's page, and tested elsewhere. */
const OTHERS = ["conformance.md", "from-python.md", "many-machines.md", "where-it-runs.md"];
const PAGE = /^# .+?\n\n```ts\n(?<code>.+?)\n```\n\n```text\n(?<output>.+?)\n```\n\n.+?^## Limits\n\n- /ms;

export interface ClassPage {
  readonly name: string;
  readonly file: string;
  readonly text: string;
  /** The program that it shows, and what that prints. */
  readonly code: string;
  readonly output: string;
}

export const pages: readonly ClassPage[] = readdirSync(docs)
  .filter((file) => !OTHERS.includes(file))
  .map((file) => {
    const text = readFileSync(new URL(file, docs), "utf8");
    const { code = "", output = "" } = PAGE.exec(text)?.groups ?? {};
    return { name: file.replace(/\.md$/, ""), file, text, code, output };
  });

/** The programs of all pages, where `heddle` is installed. */
export function programs(): Folder {
  const folder = new Folder({ "package.json": `{ "type": "module" }` });
  symlinkSync(fileURLToPath(new URL("node_modules", repositoryRoot)), folder.file("node_modules"), "junction");
  for (const { name, code } of pages) folder.write(`${name}.ts`, `${code}\n`);
  return folder;
}

/** Runs a page's program there. @throws AssertionError it prints something else than the page says */
export async function checkProgram(
  folder: Folder,
  page: ClassPage,
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const { name, code, output } = page;
  const { outputText } = ts.transpileModule(code, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
  });
  folder.write(`${name}.js`, outputText);
  const ended = await runProgram([folder.file(`${name}.js`)], { env });
  assert.deepEqual(ended, { code: 0, stdout: `${output}\n`, stderr: "" }, name);
}
