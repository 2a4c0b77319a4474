import assert from "node:assert/strict";
import { after, before, type TestContext, test } from "node:test";
import { suppressRequest } from "../../server/src/protocol.js";
import { Editor, everything } from "../support/editor.js";
import { Folder } from "../support/folder.js";
import { atomicStatement, lostUpdate, lostUpdateRule, lostUpdateStatement } from "../support/lost-update.js";
import { plainProject } from "../support/plain-project.js";

const nowhere = { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } };

test("the first fix of a finding is preferred, made when it is picked, and removes the finding", async () => {
  using folder = new Folder({ ...plainProject(), "a.ts": lostUpdate });
  await using editor = await Editor.start({ folders: [folder.path] });
  const uri = await editor.open(folder.file("a.ts"), lostUpdate);
  const [finding] = await editor.diagnostics(uri);
  const actions = await editor.codeActions(uri, { start: finding!.range.start, end: finding!.range.start });
  const [first] = actions;
  assert.ok(first);
  assert.equal(first.kind, "quickfix");
  assert.equal(first.isPreferred, true);
  assert.equal(actions.filter((action) => action.isPreferred).length, 1);
  assert.equal(first.edit, undefined, "the edit is made when it is asked for");
  assert.deepEqual(first.diagnostics, [finding]);
  const resolved = await editor.resolve(first);
  const [change, ...more] = resolved.edit?.documentChanges ?? [];
  assert.ok(change && "edits" in change);
  assert.deepEqual(change.textDocument, { uri, version: 1 });
  assert.deepEqual(more, []);
  await editor.apply(resolved, uri);
  assert.deepEqual(await editor.diagnostics(uri), []);
});

test("an editor that cannot resolve gets the edit at once, as plain changes", async () => {
  await using editor = await Editor.start({ capabilities: { ...everything, textDocument: {}, workspace: {} } });
  const uri = await editor.open("untitled:Untitled-1", lostUpdate);
  const [finding] = await editor.diagnostics(uri);
  const [first] = await editor.codeActions(uri, finding!.range);
  assert.deepEqual(Object.keys(first?.edit?.changes ?? {}), [uri]);
  await editor.apply(first!, uri);
  assert.deepEqual(await editor.diagnostics(uri), []);
});

/** One for the tests that follow, each of which has a document of its own. */
let editor: Editor;
let documents = 0;
before(async () => {
  editor = await Editor.start();
});
after(() => editor.end());

/** Opens a document that was never saved, until the test is over. */
async function opened(t: TestContext, text: string): Promise<string> {
  const uri = await editor.open(`untitled:Untitled-${++documents}`, text);
  t.after(() => editor.close(uri));
  return uri;
}

test("no fixes are offered elsewhere, for other kinds, or for documents that are not open", async (t) => {
  const uri = await opened(t, lostUpdate);
  const [finding] = await editor.diagnostics(uri);
  assert.deepEqual(await editor.codeActions(uri, nowhere), []);
  assert.deepEqual(await editor.codeActions(uri, finding!.range, ["refactor"]), []);
  assert.notDeepEqual(await editor.codeActions(uri, finding!.range, ["quickfix"]), []);
  assert.deepEqual(await editor.codeActions("untitled:Nowhere", nowhere), []);
});

test("a fix for a text that has changed is made for the new text, or refused when its finding is gone", async (t) => {
  const uri = await opened(t, lostUpdate);
  const [finding] = await editor.diagnostics(uri);
  const [first] = await editor.codeActions(uri, finding!.range);
  await editor.replace(uri, "const total", "\n\nconst total");
  const resolved = await editor.resolve(first!);
  await editor.apply(resolved, uri);
  assert.deepEqual(await editor.diagnostics(uri), []);
  assert.ok(editor.text(uri).includes("total.value += 1"));

  await editor.replace(uri, lostUpdateStatement, atomicStatement);
  await assert.rejects(editor.resolve(first!), { code: -32801 });
});

test("all findings of a rule in a file are fixed at once, and all of the file when it is saved", async (t) => {
  const twice = lostUpdate
    .replace(lostUpdateStatement, `${lostUpdateStatement}\n    other.value += 2;`)
    .replace("const total", 'const other = new SharedValue("i32", 0, { name: "other" });\nconst total');
  const uri = await opened(t, twice);
  const found = await editor.diagnostics(uri);
  assert.equal(found.length, 2);
  const all = (await editor.codeActions(uri, found[0]!.range)).find(({ title }) => title.startsWith("Fix all"));
  assert.equal(all?.title, `Fix all 2 of ${lostUpdateRule} in this file`);
  const edits = await editor.resolve(all!);
  assert.deepEqual(await editor.diagnostics(uri), found, "nothing is changed before the edit is applied");
  await editor.apply(edits, uri);
  assert.deepEqual(await editor.diagnostics(uri), []);

  await editor.rewrite(uri, twice);
  assert.equal((await editor.diagnostics(uri)).length, 2);
  for (const only of ["source.fixAll", "source.fixAll.heddle"]) {
    const [onSave, ...more] = await editor.codeActions(uri, nowhere, [only]);
    assert.deepEqual([onSave?.kind, more], ["source.fixAll.heddle", []]);
  }
  const [onSave] = await editor.codeActions(uri, nowhere, ["source.fixAll.heddle"]);
  await editor.apply(await editor.resolve(onSave!), uri);
  assert.deepEqual(await editor.diagnostics(uri), []);
  assert.deepEqual(await editor.codeActions(uri, nowhere, ["source.fixAll.heddle"]), []);
});

test("a finding is suppressed by a comment above it, once there is a reason", async (t) => {
  const uri = await opened(t, lostUpdate);
  const [finding] = await editor.diagnostics(uri);
  const offered = await editor.codeActions(uri, finding!.range);
  const action = offered.find(({ title }) => title.startsWith("Suppress"));
  const fingerprint: unknown = finding?.data?.fingerprint;
  await editor.apply(await editor.resolve(action!), uri);
  assert.match(editor.text(uri), /\n {4}\/\/ heddle-ignore-next-line unguarded-shared-mutation: \n {4}total\.value/);
  assert.notDeepEqual(await editor.diagnostics(uri), [], "without a reason nothing is suppressed");

  await editor.rewrite(uri, lostUpdate);
  await editor.diagnostics(uri);
  const reason = "a test\nof it */";
  const edit = await editor.connection.sendRequest(suppressRequest, {
    uri,
    ruleId: lostUpdateRule,
    fingerprint,
    reason,
  });
  await editor.apply({ title: "", edit: edit as never }, uri);
  assert.match(editor.text(uri), /mutation: a test of it \* \/\n/);
  assert.deepEqual(await editor.diagnostics(uri), []);
  const gone = { uri, ruleId: lostUpdateRule, fingerprint: "no", reason };
  assert.equal(await editor.connection.sendRequest(suppressRequest, gone), null);
});

test("refactorings are offered by kind, made when they are picked, and refused for another text", async (t) => {
  const uri = await opened(t, lostUpdate);
  const offset = lostUpdate.indexOf("total");
  const before = lostUpdate.slice(0, offset).split("\n");
  const start = { line: before.length - 1, character: before.at(-1)?.length ?? 0 };
  const text = "export function more(): void {}\n";
  await editor.rewrite(uri, lostUpdate + text);
  const line = (lostUpdate + text).split("\n").length - 2;
  const at = { start: { line, character: 17 }, end: { line, character: 17 } };
  const [action, ...others] = await editor.codeActions(uri, at, ["refactor"]);
  assert.deepEqual(
    [action?.title, action?.kind, action?.edit, others],
    ["Register `more` as a task", "refactor.rewrite.heddle.registerTask", undefined, []],
  );
  assert.deepEqual(await editor.codeActions(uri, at, ["refactor.extract"]), []);
  assert.deepEqual(await editor.codeActions(uri, at, ["quickfix"]), []);
  assert.equal((await editor.codeActions(uri, at, ["refactor.rewrite.heddle.registerTask"])).length, 1);
  await editor.apply(await editor.resolve(action!), uri);
  assert.match(editor.text(uri), /, more \}\);/);
  await assert.rejects(editor.resolve(action!), { code: -32801 });
  assert.deepEqual(await editor.codeActions(uri, { start, end: start }, ["refactor.rewrite.heddle.registerTask"]), []);
});
