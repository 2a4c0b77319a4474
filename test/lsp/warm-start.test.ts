import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { test } from "node:test";
import { type Diagnostic, FileChangeType } from "vscode-languageserver/node";
import { Editor } from "../support/editor.js";
import { Folder } from "../support/folder.js";
import { atomicStatement, lostUpdate, lostUpdateStatement, withoutLostUpdate } from "../support/lost-update.js";
import { plainProject } from "../support/plain-project.js";

const reader = `import { total } from "./a.js";\nconsole.log(total.value);\n`;
const project = {
  ...plainProject(),
  "a.ts": lostUpdate.replace("const total", "export const total"),
  "b.ts": reader,
};

/** A project that a server has looked at before. */
async function seen(settings: unknown = null): Promise<{ folder: Folder; cold: readonly Diagnostic[] }> {
  const folder = new Folder(project);
  return { folder, cold: await look(folder, { settings }) };
}

/** What a server says of the file with the defect, and keeps as it ends. */
async function look(
  folder: Folder,
  { cache = folder.file(".cache"), settings = null }: { cache?: string | false; settings?: unknown } = {},
): Promise<readonly Diagnostic[]> {
  await using editor = await Editor.start({ folders: [folder.path], cache, settings });
  return await editor.diagnostics(await editor.open(folder.file("a.ts"), readFileSync(folder.file("a.ts"), "utf8")));
}

function entry(folder: Folder): string {
  const [name, ...more] = readdirSync(folder.file(".cache"));
  assert.ok(name);
  assert.deepEqual(more, []);
  return `${folder.file(".cache")}/${name}`;
}

/** Makes the kept result tell that it is one; its questions stay as they are. */
function mark(folder: Folder): void {
  const text = readFileSync(entry(folder), "utf8").split("\n")[1]!.replaceAll('"message":"', '"message":"KEPT ');
  assert.match(text, /KEPT/);
  writeFileSync(entry(folder), `${createHash("sha256").update(text).digest("hex")}\n${text}`);
}

const isKept = (diagnostics: readonly Diagnostic[]): boolean =>
  diagnostics.some(({ message }) => String(message).startsWith("KEPT"));

test("what the last server found is shown, byte for byte, while nothing changed", async () => {
  const { folder, cold } = await seen();
  using _ = folder;
  assert.equal(cold.length, 1);
  assert.deepEqual(await look(folder), cold);
  assert.deepEqual(await look(folder, { cache: false }), cold);
  mark(folder);
  assert.ok(isKept(await look(folder)));
  assert.deepEqual(await look(folder, { cache: false }), cold);
});

test("an edit, and a fix that is asked for, are answered by an analysis", async () => {
  const { folder, cold } = await seen();
  using _ = folder;
  mark(folder);
  await using editor = await Editor.start({ folders: [folder.path], cache: folder.file(".cache") });
  const text = project["a.ts"];
  const uri = await editor.open(folder.file("a.ts"), text);
  const [kept] = await editor.diagnostics(uri, isKept);
  // Another file that is opened as it is on the disk changes nothing.
  const other = await editor.open(folder.file("b.ts"), reader);
  assert.deepEqual(await editor.diagnostics(other), []);
  assert.deepEqual(
    await editor.codeActions(uri, { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } }),
    [],
  );
  await editor.replace(uri, lostUpdateStatement, atomicStatement);
  assert.deepEqual(await editor.diagnostics(uri), []);
  await editor.replace(uri, atomicStatement, lostUpdateStatement);
  assert.deepEqual(await editor.diagnostics(uri), cold);
  const [action] = await editor.codeActions(uri, kept!.range);
  await editor.apply(await editor.resolve(action!), uri);
  assert.deepEqual(await editor.diagnostics(uri), []);
});

test("a fix of a kept finding is the fix of the real one", async () => {
  const { folder } = await seen();
  using _ = folder;
  await using editor = await Editor.start({ folders: [folder.path], cache: folder.file(".cache") });
  const uri = await editor.open(folder.file("a.ts"), project["a.ts"]);
  const [finding] = await editor.diagnostics(uri);
  const [action] = await editor.codeActions(uri, finding!.range);
  assert.deepEqual(action?.diagnostics, [finding]);
  await editor.apply(await editor.resolve(action!), uri);
  assert.deepEqual(await editor.diagnostics(uri), []);
});

const changes: Readonly<Record<string, (folder: Folder) => void>> = {
  "a text": (folder) => folder.write("b.ts", `${reader}total.value += 2;\n`),
  "a new file": (folder) => folder.write("c.ts", reader),
  "a file that is gone": (folder) => rmSync(folder.file("b.ts")),
  "the tsconfig": (folder) =>
    folder.write("tsconfig.json", '{ "compilerOptions": { "lib": ["es2024"], "strict": true } }'),
  "the configuration": (folder) =>
    folder.write("heddle.config.json", '{ "rules": { "non-atomic-shared-update": "off" } }'),
};
test("what was kept is no answer any more after a change", async (t) => {
  const { folder } = await seen();
  using _ = folder;
  mark(folder);
  const file = entry(folder);
  const kept = readFileSync(file);
  /** The project and what was kept of it as they were. */
  const restore = (): void => {
    for (const name of readdirSync(folder.path)) rmSync(folder.file(name), { recursive: true });
    for (const [name, text] of Object.entries(project)) folder.write(name, text);
    mkdirSync(dirname(file));
    writeFileSync(file, kept);
  };
  for (const [what, change] of Object.entries(changes)) {
    await t.test(`of ${what}`, async () => {
      change(folder);
      const warm = await look(folder);
      assert.ok(!isKept(warm));
      assert.deepEqual(warm, await look(folder, { cache: false }));
      restore();
    });
  }
  assert.ok(isKept(await look(folder)), "without a change it is the answer");
});

test("other settings, and a text that was never saved, are other questions", async () => {
  const { folder } = await seen();
  using _ = folder;
  mark(folder);
  const off = { rules: { "unguarded-shared-mutation": "error" } };
  assert.ok(!isKept(await look(folder, { settings: off })));
  await using editor = await Editor.start({ folders: [folder.path], cache: folder.file(".cache") });
  const uri = await editor.open(folder.file("a.ts"), withoutLostUpdate);
  assert.deepEqual(await editor.diagnostics(uri), []);
});

test("a change on the disk that the editor tells of replaces what was kept, for the next server too", async () => {
  const { folder, cold } = await seen();
  using _ = folder;
  mark(folder);
  {
    await using editor = await Editor.start({ folders: [folder.path], cache: folder.file(".cache") });
    const uri = await editor.open(folder.file("a.ts"), project["a.ts"]);
    await editor.diagnostics(uri, isKept);
    folder.write("b.ts", `${reader}// more\n`);
    await editor.changeOnDisk(folder.file("b.ts"), FileChangeType.Changed);
    assert.deepEqual(await editor.diagnostics(uri, (shown) => !isKept(shown)), cold);
  }
  mark(folder);
  assert.ok(isKept(await look(folder)));
});

// Of what entries may be instead, `result-cache.test.ts` knows more.
test("a damaged entry is ignored and replaced, and a folder that cannot be made is done without", async () => {
  const { folder, cold } = await seen();
  using _ = folder;
  const file = entry(folder);
  const whole = readFileSync(file, "utf8");
  writeFileSync(file, whole.replace('"message":"', '"message":"x'));
  assert.deepEqual(await look(folder), cold);
  assert.equal(readFileSync(file, "utf8"), whole);
  folder.write("taken", "a file");
  assert.deepEqual(await look(folder, { cache: folder.file("taken") }), cold);
});

test("a client that wants nothing kept finds nothing kept", async () => {
  using folder = new Folder(project);
  await look(folder, { cache: false });
  assert.ok(!existsSync(folder.file(".cache")));
});
