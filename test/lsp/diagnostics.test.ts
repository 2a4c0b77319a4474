import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { type Diagnostic, DiagnosticSeverity, FileChangeType } from "vscode-languageserver/node";
import { type ServerStatus, statusRequest } from "../../server/src/protocol.js";
import { Editor, everything } from "../support/editor.js";
import { Folder } from "../support/folder.js";
import {
  atomicStatement,
  lostUpdate,
  lostUpdateLine,
  lostUpdateRule,
  lostUpdateStatement,
  withoutLostUpdate,
} from "../support/lost-update.js";
import { plainProject } from "../support/plain-project.js";

test("a saved file is analysed when it is opened, and its finding has both sides and a page", async () => {
  using folder = new Folder({ ...plainProject(), "src/a.ts": lostUpdate });
  await using editor = await Editor.start({ folders: [folder.path] });
  const [finding, ...more] = await editor.diagnostics(await editor.open(folder.file("src/a.ts"), lostUpdate));
  assert.ok(finding);
  assert.deepEqual(more, []);
  assert.equal(finding.source, "heddle");
  assert.equal(finding.code, lostUpdateRule);
  assert.equal(finding.severity, DiagnosticSeverity.Warning);
  assert.equal(finding.range.start.line, lostUpdateLine);
  assert.match(String(finding.message), /total/);
  assert.ok(finding.relatedInformation && finding.relatedInformation.length > 0);
  assert.match(fileURLToPath(finding.codeDescription!.href), /unguarded-shared-mutation\.md$/);

  const status: ServerStatus = await editor.connection.sendRequest(statusRequest, {});
  const [project, ...others] = status.projects;
  assert.deepEqual([project?.name, project?.files, others], [folder.file("tsconfig.json"), 1, []]);
  assert.ok(project?.milliseconds !== undefined && project.milliseconds > 0 && status.megabytes > 1);
  assert.deepEqual([status.openFiles, status.lastError], [1, undefined]);
});

test("a file that becomes another project's leaves few of its former ones in memory", async () => {
  const folders = ["", "b/", "b/c/", "b/c/d/", "b/c/d/e/", "b/c/d/e/f/"];
  using folder = new Folder({ [`${folders.at(-1)}a.ts`]: lostUpdate });
  await using editor = await Editor.start({ folders: [folder.path] });
  const uri = await editor.open(folder.file(`${folders.at(-1)}a.ts`), lostUpdate);
  for (const each of folders) {
    for (const [name, text] of Object.entries(plainProject(each))) folder.write(name, text);
    await editor.changeOnDisk(folder.file(`${each}tsconfig.json`), FileChangeType.Created);
    await editor.change(uri, []);
    assert.equal((await editor.diagnostics(uri)).length, 1);
  }
  const { projects }: ServerStatus = await editor.connection.sendRequest(statusRequest, {});
  const configs = folders.map((each) => folder.file(`${each}tsconfig.json`));
  // The one that it belongs to, and three to go back to.
  assert.deepEqual(
    projects.map(({ name }) => name),
    configs.slice(-4),
  );
});

test("findings come and go with what is typed, before anything is saved", async () => {
  using folder = new Folder({ ...plainProject(), "a.ts": withoutLostUpdate });
  await using editor = await Editor.start({ folders: [folder.path] });
  const uri = await editor.open(folder.file("a.ts"), withoutLostUpdate);
  assert.deepEqual(await editor.diagnostics(uri), []);
  await editor.replace(uri, atomicStatement, lostUpdateStatement);
  assert.equal((await editor.diagnostics(uri)).length, 1);
  await editor.replace(uri, lostUpdateStatement, "total.value +=");
  await editor.diagnostics(uri);
  await editor.replace(uri, "total.value +=", atomicStatement);
  assert.deepEqual(await editor.diagnostics(uri), []);
});

test("a range moves with the text above it", async () => {
  await using editor = await Editor.start();
  const uri = await editor.open("untitled:Untitled-1", lostUpdate);
  await editor.replace(uri, "const total", "// one\r\n// \u{1f9f5} two\n\nconst total");
  const [finding] = await editor.diagnostics(uri);
  assert.equal(finding?.range.start.line, lostUpdateLine + 3);
});

test("a new, never saved document is analysed, with and without a folder, and forgotten when closed", async () => {
  using folder = new Folder();
  for (const folders of [[], [folder.path]]) {
    await using editor = await Editor.start({ folders });
    const uri = await editor.open("untitled:Untitled-1", lostUpdate);
    const other = await editor.open("untitled:Untitled-2", withoutLostUpdate, "javascript");
    assert.equal((await editor.diagnostics(uri)).length, 1);
    assert.deepEqual(await editor.diagnostics(other), []);
    await editor.close(uri);
    assert.deepEqual(await editor.diagnostics(uri), []);
  }
});

test("an edit in one file changes what is found in another that is open", async () => {
  const [declaration, ...rest] = lostUpdate.split(/(?<=name: "total" \}\);\n)/);
  const shared = declaration!.replace("const total", "export const total");
  const worker = `import { main, Thread, tasks } from "heddle";\nimport { total } from "./shared.js";\n${rest.join("")}`;
  using folder = new Folder({ ...plainProject(), "shared.ts": shared, "worker.ts": worker });
  await using editor = await Editor.start({ folders: [folder.path] });
  const workerUri = await editor.open(folder.file("worker.ts"), worker);
  const sharedUri = await editor.open(folder.file("shared.ts"), shared);
  assert.equal((await editor.diagnostics(workerUri)).length, 1);
  // A number of this thread alone is nobody's business.
  await editor.replace(sharedUri, `new SharedValue("i32", 0, { name: "total" })`, "{ value: 0 }");
  assert.deepEqual(await editor.diagnostics(workerUri, (found) => found.length === 0), []);
});

test("an open file that its tsconfig leaves out is analysed all the same", async () => {
  using folder = new Folder({ "tsconfig.json": `{ "include": ["src"] }`, "src/a.ts": "", "scripts/b.ts": lostUpdate });
  await using editor = await Editor.start({ folders: [folder.path] });
  const uri = await editor.open(folder.file("scripts/b.ts"), lostUpdate);
  assert.equal((await editor.diagnostics(uri)).length, 1);
});

test("settings change the severity of a rule, and what is wrong with them is said", async () => {
  using folder = new Folder({ ...plainProject(), "a.ts": lostUpdate });
  const settings = { rules: { [lostUpdateRule]: "error" }, docsBase: "https://example.org/rules/" };
  await using editor = await Editor.start({ folders: [folder.path], settings });
  const uri = await editor.open(folder.file("a.ts"), lostUpdate);
  const [finding] = await editor.diagnostics(uri);
  assert.equal(finding?.severity, DiagnosticSeverity.Error);
  assert.equal(finding?.codeDescription?.href, `https://example.org/rules/${lostUpdateRule}.md`);
  await editor.changeSettings({ rules: { [lostUpdateRule]: "info" }, docsBase: "https://example.org/{rule}.html" });
  const [moved] = await editor.diagnostics(uri, ([found]) => found?.severity === DiagnosticSeverity.Information);
  assert.equal(moved?.codeDescription?.href, `https://example.org/${lostUpdateRule}.html`);
  await editor.changeSettings({ rules: { [lostUpdateRule]: "off" } });
  assert.deepEqual(await editor.diagnostics(uri, (found) => found.length === 0), []);
  await editor.changeSettings({ rules: { "no-such-rule": "error", [lostUpdateRule]: 7 } });
  assert.equal((await editor.diagnostics(uri, (found) => found.length === 1)).length, 1);
  await editor.message(/heddle\.rules names "no-such-rule"/);
  await editor.message(/gives "unguarded-shared-mutation" a level that is none/);
});

test("an editor that pushes its settings and shows no related information is served too", async () => {
  using folder = new Folder({ ...plainProject(), "a.ts": lostUpdate });
  await using editor = await Editor.start({ folders: [folder.path], capabilities: {} });
  const uri = await editor.open(folder.file("a.ts"), lostUpdate);
  const [finding] = await editor.diagnostics(uri);
  assert.equal(finding?.relatedInformation, undefined);
  assert.match(String(finding?.message), /\n.*a\.ts:\d+\)/);
  const { DidChangeConfigurationNotification } = await import("vscode-languageserver/node");
  await editor.connection.sendNotification(DidChangeConfigurationNotification.type, {
    settings: { heddle: { rules: { [lostUpdateRule]: "off" } } },
  });
  assert.deepEqual(await editor.diagnostics(uri, (found) => found.length === 0), []);
});

test("changes on disk count for files that are not open, and buffers count more than the disk", async () => {
  const caller = lostUpdate.replace(`main(import.meta.url`, `import "./other.js";\nmain(import.meta.url`);
  using folder = new Folder({
    ...plainProject(),
    ...plainProject("package"),
    "a.ts": caller,
    "package/package.json": '{ "imports": { "#total": "./plain.ts" } }',
    "package/shared.ts":
      'import { SharedValue } from "heddle";\nexport const total = new SharedValue("i32", 0, { name: "total" });\n',
    "package/plain.ts": "export const total = { value: 0 };\n",
  });
  await using editor = await Editor.start({ folders: [folder.path] });
  const uri = await editor.open(folder.file("a.ts"), caller);
  assert.equal((await editor.diagnostics(uri)).length, 1);
  await editor.registration("workspace/didChangeWatchedFiles");
  // The open buffer is what the user sees, whatever the disk says.
  folder.write("a.ts", withoutLostUpdate);
  await editor.changeOnDisk(folder.file("a.ts"), FileChangeType.Changed);
  const created = await editor.open(folder.write("b.ts", lostUpdate), lostUpdate);
  await editor.changeOnDisk(folder.file("b.ts"), FileChangeType.Created);
  assert.equal((await editor.diagnostics(created)).length, 1);
  assert.equal((await editor.diagnostics(uri)).length, 1);
  await editor.close(created);
  rmSync(folder.file("b.ts"));
  await editor.changeOnDisk(folder.file("b.ts"), FileChangeType.Deleted);
  await editor.replace(uri, lostUpdateStatement, atomicStatement);
  assert.deepEqual(await editor.diagnostics(uri), []);
  // A manifest belongs to no project, and says what imports mean.
  const held = lostUpdate.replace(/^const total.*$/m, 'import { total } from "#total";');
  const found = (count: number) => (all: readonly Diagnostic[]) =>
    all.filter(({ code }) => code === lostUpdateRule).length === count;
  const inPackage = await editor.open(folder.write("package/user.ts", held), held);
  await editor.diagnostics(inPackage, found(0));
  folder.write("package/package.json", '{ "imports": { "#total": "./shared.ts" } }');
  await editor.changeOnDisk(folder.file("package/package.json"), FileChangeType.Changed);
  await editor.diagnostics(inPackage, found(1));
});

test("a broken tsconfig is said once, open files are analysed meanwhile, and its repair is noticed", async () => {
  using folder = new Folder({ "tsconfig.json": `{ "include": [`, "a.ts": lostUpdate });
  await using editor = await Editor.start({ folders: [folder.path] });
  const uri = await editor.open(folder.file("a.ts"), lostUpdate);
  assert.equal((await editor.diagnostics(uri)).length, 1);
  await editor.message(/tsconfig\.json:1:\d+: .*; until it is repaired, only open files are analysed/);
  folder.write("tsconfig.json", `{ "extends": "./gone.json" }`);
  await editor.changeOnDisk(folder.file("tsconfig.json"), FileChangeType.Changed);
  await editor.message(/Cannot read file '.*gone\.json'/);
  assert.equal((await editor.diagnostics(uri)).length, 1);
});

test("documents of no interest are left alone", async () => {
  await using editor = await Editor.start();
  await editor.open("untitled:notes", lostUpdate, "markdown");
  const { DidOpenTextDocumentNotification } = await import("vscode-languageserver/node");
  for (const uri of ["git:/a.ts?HEAD", "file://elsewhere/share/a.ts", "no uri at all"]) {
    await editor.connection.sendNotification(DidOpenTextDocumentNotification.type, {
      textDocument: { uri, languageId: "typescript", version: 1, text: lostUpdate },
    });
  }
  const uri = await editor.open("untitled:Untitled-1", lostUpdate);
  assert.equal((await editor.diagnostics(uri)).length, 1);
  assert.deepEqual(editor.messages, []);
});

test("the server ends with 0 after shutdown, and says what it is and can do", async () => {
  const editor = await Editor.start({ capabilities: everything });
  assert.equal(editor.initialized?.serverInfo?.name, "heddle");
  assert.match(editor.initialized?.serverInfo?.version ?? "", /^\d+\.\d+\.\d+$/);
  assert.deepEqual(editor.initialized?.capabilities.textDocumentSync, { openClose: true, change: 2 });
  assert.equal(await editor.end(), 0);
});
