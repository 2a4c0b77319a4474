import { deepEqual, equal, ok } from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import {
  DidChangeWorkspaceFoldersNotification,
  type DocumentDiagnosticReport,
  DocumentDiagnosticRequest,
  FileChangeType,
  WorkspaceDiagnosticRequest,
} from "vscode-languageserver/node";
import { Editor } from "../support/editor.js";
import { Folder } from "../support/folder.js";
import {
  atomicStatement,
  lostUpdate,
  lostUpdateRule,
  lostUpdateStatement,
  withoutLostUpdate,
} from "../support/lost-update.js";
import { plainProject } from "../support/plain-project.js";
import { repositoryRoot } from "../support/repository.js";

/** A program over two files: with the number of the first, the second has a finding. */
const [declaration = "", ...rest] = lostUpdate.split(/(?<=name: "total" \}\);\n)/);
const shared = declaration.replace("const total", "export const total");
const worker = `import { main, Thread, tasks } from "heddle";\nimport { total } from "./shared.js";\n${rest.join("")}`;
const [number, plain] = [`new SharedValue("i32", 0, { name: "total" })`, "{ value: 0 }"];

const files = {
  ...plainProject("one"),
  "one/shared.ts": shared,
  "one/worker.ts": worker,
  ...plainProject("two"),
  "two/a.ts": lostUpdate,
  "two/b.ts": withoutLostUpdate,
};
const everywhere = { diagnostics: { scope: "workspace" } };

test("files that nobody has open show what is found in them where the whole workspace is wanted, and only there", async () => {
  using folder = new Folder(files);
  await using editor = await Editor.start({ folders: [folder.path], settings: everywhere, cache: false });
  const rules = async (name: string, count: number): Promise<readonly unknown[]> => {
    const found = await editor.diagnostics(uriOf(folder, name), ({ length }) => length === count);
    return found.map(({ code }) => code);
  };
  deepEqual(await rules("one/worker.ts", 1), [lostUpdateRule]);
  deepEqual(await rules("two/a.ts", 1), [lostUpdateRule]);
  ok(!editor.published.includes(uriOf(folder, "two/b.ts")));

  // An edit of what is open changes what is found in what is not.
  const open = await editor.open(folder.file("one/shared.ts"), shared);
  await editor.replace(open, number, plain);
  deepEqual(await rules("one/worker.ts", 0), []);
  // What is closed is as the disk has it.
  await editor.close(open);
  deepEqual(await rules("one/worker.ts", 1), [lostUpdateRule]);

  // A file that is opened and closed again goes on showing what it showed.
  const uri = await editor.open(folder.file("two/a.ts"), lostUpdate);
  equal((await editor.diagnostics(uri)).length, 1);
  await editor.close(uri);
  deepEqual(await rules("two/a.ts", 1), [lostUpdateRule]);
  folder.write("two/a.ts", withoutLostUpdate);
  await editor.changeOnDisk(folder.file("two/a.ts"), FileChangeType.Changed);
  deepEqual(await rules("two/a.ts", 0), []);
  folder.write("two/c.ts", lostUpdate);
  await editor.changeOnDisk(folder.file("two/c.ts"), FileChangeType.Created);
  deepEqual(await rules("two/c.ts", 1), [lostUpdateRule]);

  await editor.changeSettings({ diagnostics: { scope: "openFiles" } });
  deepEqual([await rules("two/c.ts", 0), await rules("one/worker.ts", 0)], [[], []]);
  await editor.changeSettings({ diagnostics: { scope: "everything" } });
  await editor.message(/heddle\.diagnostics\.scope is neither "openFiles" nor "workspace"/);
});

test("findings of closed files follow projects and folders that come and go, and addresses that are spelled anew", async () => {
  using folder = new Folder({ ...plainProject(), ...plainProject("(sub)"), "(sub)/a.ts": lostUpdate });
  using other = new Folder({ ...plainProject(), "b.ts": lostUpdate });
  await using editor = await Editor.start({ folders: [folder.path], settings: everywhere, cache: false });
  const isFound = async (uri: string, count: number) =>
    (await editor.diagnostics(uri, ({ length }) => length === count)).length;
  const uri = uriOf(folder, "(sub)/a.ts");
  await isFound(uri, 1);

  // The same file, as VS Code writes it.
  const spelled = uri.replace("(", "%28").replace(")", "%29");
  await editor.open(spelled, lostUpdate);
  await isFound(spelled, 1);
  await isFound(uri, 0);
  await editor.close(spelled);
  await isFound(uri, 1);

  // The file is the outer project's from now on. What it showed it goes on showing, also after the next change of all.
  rmSync(folder.file("(sub)/tsconfig.json"));
  await editor.changeOnDisk(folder.file("(sub)/tsconfig.json"), FileChangeType.Deleted);
  const folders = (event: { added?: Folder[]; removed?: Folder[] }): Promise<void> => {
    const named = (all: Folder[] = []) => all.map(({ path }) => ({ uri: pathToFileURL(path).href, name: path }));
    return editor.connection.sendNotification(DidChangeWorkspaceFoldersNotification.type, {
      event: { added: named(event.added), removed: named(event.removed) },
    });
  };
  await folders({ added: [other] });
  await isFound(uriOf(other, "b.ts"), 1);
  equal(await isFound(uri, 1), 1);
  await folders({ removed: [folder] });
  await isFound(uri, 0);
  equal(await isFound(uriOf(other, "b.ts"), 1), 1);
});

test("an editor that asks for diagnostics is sent none, is told when to ask again, and not the same twice", async () => {
  using folder = new Folder(files);
  const initializationOptions = { diagnostics: "pull" };
  const options = { folders: [folder.path], settings: everywhere, cache: false, initializationOptions } as const;
  await using editor = await Editor.start(options);
  ok(editor.initialized?.capabilities.diagnosticProvider);
  const pull = (uri: string, previousResultId?: string): Promise<DocumentDiagnosticReport> =>
    editor.connection.sendRequest(DocumentDiagnosticRequest.type, {
      textDocument: { uri },
      ...(previousResultId === undefined ? {} : { previousResultId }),
    });
  const uri = await editor.open(folder.file("one/worker.ts"), worker);
  const other = await editor.open(folder.file("one/shared.ts"), shared);
  const first = await pull(uri);
  ok(first.kind === "full" && first.resultId !== undefined);
  deepEqual(
    first.items.map(({ code }) => code),
    [lostUpdateRule],
  );
  deepEqual(await pull(uri, first.resultId), { kind: "unchanged", resultId: first.resultId });

  await editor.pullsAreStale(() => editor.replace(other, number, plain));
  const second = await pull(uri, first.resultId);
  ok(second.kind === "full");
  deepEqual(second.items, []);
  // What it typed itself it asks about by itself, and what it is told is of that text.
  await editor.replace(uri, lostUpdateStatement, atomicStatement);
  await editor.replace(other, plain, number);
  await editor.replace(uri, atomicStatement, lostUpdateStatement);
  const third = await pull(uri, second.resultId);
  deepEqual(third, first);

  const all = async (previousResultIds: { uri: string; value: string }[] = []) =>
    (await editor.connection.sendRequest(WorkspaceDiagnosticRequest.type, { previousResultIds })).items;
  const reports = await all();
  deepEqual(reports.map((report) => [report.uri, report.kind]).sort(), [
    [uri, "full"],
    [uriOf(folder, "two/a.ts"), "full"],
  ]);
  folder.write("two/a.ts", withoutLostUpdate);
  await editor.changeOnDisk(folder.file("two/a.ts"), FileChangeType.Changed);
  const again = await all(reports.map(({ uri, resultId = "" }) => ({ uri, value: resultId })));
  deepEqual(again.map((report) => [report.uri, report.kind, "items" in report ? report.items : []]).sort(), [
    [uri, "unchanged", []],
    [uriOf(folder, "two/a.ts"), "full", []],
  ]);
  deepEqual(editor.published, []);
});

test("what the page about editors shows is understood, without a complaint", async () => {
  const page = readFileSync(new URL("server/docs/editors.md", repositoryRoot), "utf8");
  const [options, settings, ...more] = [...page.matchAll(/```json\n(.*?)```/gs)].map(([, json = ""]) =>
    JSON.parse(json),
  );
  deepEqual(more, []);
  using folder = new Folder(files);
  const start = { folders: [folder.path], settings, initializationOptions: options };
  await using editor = await Editor.start(start);
  ok(editor.initialized?.capabilities.diagnosticProvider && editor.initialized.capabilities.callHierarchyProvider);
  const { items } = await editor.connection.sendRequest(WorkspaceDiagnosticRequest.type, { previousResultIds: [] });
  equal(items.length, 2);
  deepEqual([editor.messages, editor.logged], [[], []]);
});

function uriOf(folder: Folder, name: string): string {
  return pathToFileURL(folder.file(name)).href;
}
