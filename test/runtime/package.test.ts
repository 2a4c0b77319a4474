/** The packed package is one that npm, bundlers and TypeScript in every mode of resolution understand. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { Folder } from "../support/folder.js";
import { repositoryRoot } from "../support/repository.js";

const folder = new Folder();
let tarball: Buffer;
let files: readonly string[];

before(() => {
  const args = ["pack", "--json", "--ignore-scripts", "--pack-destination", folder.path];
  const runtime = fileURLToPath(new URL("runtime/", repositoryRoot));
  const output = execFileSync("npm", args, { cwd: runtime, encoding: "utf8", shell: process.platform === "win32" });
  const [packed] = JSON.parse(output) as [{ filename: string; files: { path: string }[] }];
  tarball = readFileSync(join(folder.path, packed.filename));
  files = packed.files.map(({ path }) => path);
});

after(() => folder[Symbol.dispose]());

test("it holds what was compiled, with declarations and maps, its pages and its licence", () => {
  const kinds = files.map((file) =>
    file.replace(/^dist\/.+?(\.d\.c?ts|\.c?js|\.c?js\.map)$/, "dist/**$1").replace(/^docs\/[\w-]+\.md$/, "docs/*.md"),
  );
  assert.deepEqual([...new Set(kinds)].sort(), [
    "LICENSE",
    "README.md",
    "dist/**.cjs",
    "dist/**.cjs.map",
    "dist/**.d.cts",
    "dist/**.d.ts",
    "dist/**.js",
    "dist/**.js.map",
    "docs/*.md",
    "package.json",
  ]);
});

test("publint has nothing to say", async () => {
  const data = tarball.buffer.slice(tarball.byteOffset, tarball.byteOffset + tarball.byteLength) as ArrayBuffer;
  const { messages, pkg } = await publint({ pack: { tarball: data }, strict: true });
  assert.deepEqual(
    messages.map((message) => formatMessage(message, pkg, { color: false })),
    [],
  );
});

/** What an old TypeScript says in modes that cannot load ES modules; Node 20.19 and TypeScript 5.8 can (`require(esm)`). */
const ESM_ONLY = ["node10", "node16-cjs CJSResolvesToESM"];

test("every entry has its types, in every mode of resolution that knows ES modules", async () => {
  const result = await checkPackage(createPackageFromTarballData(tarball));
  assert.ok(result.types, "there are no types");
  assert.deepEqual(Object.keys(result.entrypoints), Object.keys(packageJson().exports));
  const problems = result.problems.map((problem) => {
    const mode = "resolutionKind" in problem ? problem.resolutionKind : "";
    return { ...problem, said: mode === "node10" ? mode : `${mode} ${problem.kind}` };
  });
  assert.deepEqual(
    problems.filter(({ said }) => !ESM_ONLY.includes(said)),
    [],
  );
});

test("its licence is the project's", () => {
  const read = (path: string): string => readFileSync(new URL(path, repositoryRoot), "utf8");
  assert.equal(read("runtime/LICENSE"), read("LICENSE"));
});

function packageJson(): { readonly exports: object } {
  return JSON.parse(readFileSync(new URL("runtime/package.json", repositoryRoot), "utf8")) as { exports: object };
}
