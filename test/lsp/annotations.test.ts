import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { test } from "node:test";
import {
  type CompletionItem,
  CompletionRequest,
  DefinitionRequest,
  type Location,
  type Position,
  PrepareRenameRequest,
  RenameRequest,
} from "vscode-languageserver/node";
import { Editor } from "../support/editor.js";
import { Folder } from "../support/folder.js";
import { plainProject } from "../support/plain-project.js";

const locks = `import { Lock } from "heddle";
export const shelf = new Lock({ name: "shelf" });
`;

const program = `import { Lock } from "heddle";
import { shelf } from "./locks.js";
const door = new Lock({ name: "door" });
export class Desk {
  readonly #lock = new Lock();
  /** @guardedBy this.#lock */
  #drawer = 0;
  open(): number {
    using _ = this.#lock.hold();
    return this.#drawer;
  }
}
/** @requires shelf */
export function take(): unknown {
  return { shelf, door };
}
export function user(): void {
  using _ = shelf.hold();
  take();
}
`;

test("annotations are completed, lead to the locks they name, and follow their names", async () => {
  using folder = new Folder({ ...plainProject(), "a.ts": program, "locks.ts": locks });
  await using editor = await Editor.start({ folders: [folder.path], cache: false });
  const uri = await editor.open(folder.file("a.ts"), program);
  const other = await editor.open(folder.file("locks.ts"), locks);
  const textDocument = { uri };
  const at = (text: string, further: number): Position => {
    const now = editor.text(uri);
    const before = now.slice(0, now.indexOf(text) + further).split("\n");
    ok(now.includes(text), text);
    return { line: before.length - 1, character: before.at(-1)?.length ?? 0 };
  };
  const labels = async (text: string, further: number) =>
    (
      (await editor.connection.sendRequest(CompletionRequest.type, {
        textDocument,
        position: at(text, further),
      })) as CompletionItem[] | null
    )?.map(({ label }) => label);
  const tags = await labels("@guardedBy", 3);
  ok(tags?.includes("@guardedBy") && tags.includes("@requires"), String(tags));
  deepEqual(await labels("@guardedBy this.#lock", "@guardedBy th".length), ["this.#lock", "door", "shelf", "atomics"]);
  deepEqual(await labels("@requires shelf", "@requires ".length), ["door", "shelf"]);
  equal(await labels("using _ = this.", "using _ = this.".length), undefined);

  const definition = async (text: string, further: number) =>
    (await editor.connection.sendRequest(DefinitionRequest.type, {
      textDocument,
      position: at(text, further),
    })) as Location | null;
  const member = await definition("@guardedBy this.#lock", 18);
  deepEqual([member?.uri, member?.range.start], [uri, { line: 4, character: 11 }]);
  const imported = await definition("@requires shelf", 12);
  deepEqual([imported?.uri, imported?.range.start], [other, { line: 1, character: 13 }]);
  equal(await definition("using _ = shelf", 12), null);

  const rename = (text: string, further: number, newName: string) =>
    editor.connection.sendRequest(RenameRequest.type, { textDocument, position: at(text, further), newName });
  await rejects(rename("@requires shelf", 12, "two words"), /"two words" is no name/);
  await rejects(rename("@requires shelf", 12, "door"), /"door" has another meaning/);
  equal(await rename("using _ = shelf", 12, "board"), null, "in code it is TypeScript's business");
  const position = at("@guardedBy this.#lock", 18);
  const range = await editor.connection.sendRequest(PrepareRenameRequest.type, { textDocument, position });
  deepEqual(range, { start: { line: 5, character: 22 }, end: { line: 5, character: 27 } });
  await editor.apply({ title: "", edit: (await rename("@guardedBy this.#lock", 18, "latch")) ?? {} }, uri);
  ok(editor.text(uri).includes("@guardedBy this.#latch */") && !editor.text(uri).includes("#lock"));

  const edit = (await rename("@requires shelf", 12, "board")) ?? {};
  await editor.apply({ title: "", edit }, uri);
  await editor.apply({ title: "", edit }, other);
  ok(editor.text(other).includes("export const board = "), editor.text(other));
  ok(editor.text(uri).includes("import { board }") && editor.text(uri).includes("@requires board"));
  ok(editor.text(uri).includes("{ shelf: board, door }"), editor.text(uri));
});
