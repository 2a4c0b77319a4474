/** Which files may be understood otherwise after others see another file. */
import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, test } from "node:test";
import { dependentsOf } from "../server/src/model/dependents.js";
import { isSameOutside, outside } from "../server/src/program.js";
import { Compilation } from "../server/src/source/compilation.js";
import { bundledTypesFolder, Host } from "../server/src/source/host.js";
import { ts } from "../server/src/source/syntax.js";
import { repositoryRoot } from "./support/repository.js";

const folder = new URL("out/dependents", repositoryRoot).pathname;
const options: ts.CompilerOptions = {
  strict: true,
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  types: [],
  noEmit: true,
  allowJs: true,
};

const texts = {
  "locks.ts": `export class Gate { open(): void {} }
export function makeGate() { const gate = new Gate(); return gate; }
export let turns = 0;
export function turn(): void { turns; }
export const other = 1;
export default other;
`,
  "makes.ts": `import { makeGate } from "./locks.js";\nexport const made = makeGate();\nexport const apart = 2;\n`,
  "uses-made.ts": `import { made } from "./makes.js";\nmade.open();\n`,
  "uses-apart.ts": `import { apart } from "./makes.js";\nconsole.log(apart);\n`,
  "barrel.ts": `export * from "./locks.js";\n`,
  "uses-barrel.ts": `import { turn } from "./barrel.js";\nturn();\n`,
  "renamed.ts": `export { turns as rounds } from "./locks.js";\n`,
  "uses-renamed.ts": `import { rounds } from "./renamed.js";\nconsole.log(rounds);\n`,
  "whole.ts": `import * as all from "./locks.js";\nexport const whole = all;\n`,
  "uses-whole.ts": `import { whole } from "./whole.js";\nwhole.makeGate();\n`,
  "default.ts": `import anyName from "./locks.js";\nexport const twice = anyName * 2;\n`,
  "later.ts": `export const later = import("./locks.js");\n`,
  "script.ts": `function everywhere(): number { return one(); }\nfunction one() { let n = 1; n++; return n; }\n`,
  // Its declarations ship with Heddle, and have these words as well.
  "uses-threads.ts": `import { Worker } from "node:worker_threads";\nexport const worker = new Worker("./w.js");\n`,
  "uses-script.ts": `export const answer = everywhere();\n`,
  "uses-answer.ts": `import { answer } from "./uses-script.js";\nconsole.log(answer);\n`,
  "by-name.ts": `import { made } from "well-named";\nexport const named = made;\n`,
  "plain.js": `/** @typedef {number} Count */\nexport function plain() { return 1; }\n`,
  "uses-plain.ts": `import { plain } from "./plain.js";\nexport const count = plain();\n`,
};

type Name = keyof typeof texts;
const path = (name: Name): string => join(folder, name);
const files = (Object.keys(texts) as Name[]).map(path);
let compilation: Compilation;

beforeEach(() => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const name of Object.keys(texts) as Name[]) writeFileSync(path(name), texts[name]);
  compilation = new Compilation(new Host(folder, options), options);
});

/** The names of the files that rest on what an edit changes, sorted; undefined where that may be all. */
function dependents(name: Name, change: (text: string) => string): readonly string[] | undefined {
  const { host } = compilation;
  compilation.setText(path(name), texts[name]);
  const before = compilation.compile(files, outside).program.getSourceFile(path(name))!;
  assert.notEqual(change(texts[name]), texts[name]);
  compilation.setText(path(name), change(texts[name]));
  const compiled = compilation.compile(files, outside).program;
  const after = compiled.getSourceFile(path(name))!;
  const found = dependentsOf(isSameOutside(before, after) ? [] : [{ before, after }], {
    files,
    typesFolder: bundledTypesFolder(),
    compiled,
    importersOf: (file) => files.filter((each) => host.importsOf(each).includes(file)),
    resolved: (specifier, from) => host.resolved(specifier, from),
  });
  return found && [...found].map((file) => file.slice(folder.length + 1)).sort();
}

test("who names what changed, and who names what is made of it", () => {
  assert.deepEqual(
    dependents("locks.ts", (text) => text.replace("new Gate(); return gate", "new Gate(); return [gate]")),
    ["barrel.ts", "later.ts", "makes.ts", "uses-made.ts", "uses-whole.ts", "whole.ts"],
  );
});

test("what is handed on by another name, or all together", () => {
  assert.deepEqual(
    dependents("locks.ts", (text) => text.replace("{ turns; }", "{ turns++; }")),
    ["barrel.ts", "later.ts", "renamed.ts", "uses-barrel.ts", "uses-renamed.ts", "uses-whole.ts", "whole.ts"],
  );
});

test("a default has the name that the importer gives it", () => {
  const found = dependents("locks.ts", (text) => text.replace("export default other", "export default [other]"));
  assert.equal(found?.includes("default.ts"), true);
  assert.equal(found?.includes("uses-made.ts"), false);
});

test("a new declaration is of concern to nobody who does not name it", () => {
  assert.deepEqual(
    dependents("makes.ts", (text) => `${text}export const fresh = 3;\n`),
    [],
  );
  assert.deepEqual(
    dependents("makes.ts", (text) => `${text}console.log(made);\n`),
    [],
  );
});

test("a body that does not show changes nothing for others", () => {
  assert.deepEqual(
    dependents("locks.ts", (text) => text.replace("open(): void {}", "open(): void { void 0; }")),
    [],
  );
});

test("global names lead to all who have the word, and on from there", () => {
  assert.deepEqual(
    dependents("script.ts", (text) => text.replace("let n = 1", 'let n = "1"')),
    ["uses-answer.ts", "uses-script.ts"],
  );
  assert.deepEqual(
    dependents("plain.js", (text) => text.replace("return 1", 'return "1"')),
    ["uses-plain.ts"],
  );
  assert.deepEqual(
    dependents("script.ts", (text) => `${text}(function () {})();\n`),
    [],
  );
});

test("a script that becomes a module takes its names from everybody", () => {
  assert.deepEqual(
    dependents("script.ts", (text) => `${text}export {};\n`),
    ["uses-answer.ts", "uses-script.ts"],
  );
});

test("what may be merged with declarations of others is of concern to all", () => {
  assert.equal(
    dependents("script.ts", (text) => `${text}interface Array<T> { first(): T }\n`),
    undefined,
  );
  assert.equal(
    dependents("script.ts", (text) => `${text}declare global { var onmessage: number }\n`),
    undefined,
  );
});

test("a module that is declared by its name is of concern to those who import it", () => {
  assert.deepEqual(
    dependents("script.ts", (text) => `${text}declare module "x" { const made: number; }\n`),
    [],
  );
  assert.deepEqual(
    dependents("script.ts", (text) => `${text}declare module "*-named" { const made: number; }\n`),
    ["by-name.ts"],
  );
});

test("handing on all of another file is of concern to those who take something from it", () => {
  assert.deepEqual(
    dependents("barrel.ts", (text) => `${text}export * from "./makes.js";\n`),
    ["uses-barrel.ts"],
  );
});

test("more of a class is of concern to those who name the class, or what is made of it", () => {
  const found = dependents(
    "makes.ts",
    (text) => `${text}declare module "./locks.js" { interface Gate { close(): void } }\n`,
  );
  assert.deepEqual(found, ["barrel.ts", "later.ts", "locks.ts", "uses-made.ts", "uses-whole.ts", "whole.ts"]);
});
