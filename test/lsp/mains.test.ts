import assert from "node:assert/strict";
import { test } from "node:test";
import type { Range } from "vscode-languageserver/node";
import { mainsRequest } from "../../server/src/protocol.js";
import { Editor } from "../support/editor.js";
import { Folder } from "../support/folder.js";

test("what makes a file a program is Heddle's main, whatever it is called here, and nobody else's", async () => {
  const text = [
    'import { main } from "heddle";',
    'import * as heddle from "heddle";',
    'import { main as program } from "./own.js";',
    "main(import.meta.url, () => {});",
    "  await heddle.main(import.meta.url, async () => {});",
    "program(import.meta.url, () => {});",
    "function later() {",
    "  const main = (..._: unknown[]) => {};",
    "  main(import.meta.url, () => {});",
    "}",
    "later();",
  ].join("\n");
  using folder = new Folder({
    "tsconfig.json": JSON.stringify({ compilerOptions: { module: "nodenext", target: "esnext", lib: ["esnext"] } }),
    "own.ts": "export function main(..._: unknown[]) {}",
    "aliased.ts": 'export { main as run } from "heddle";',
  });
  await using editor = await Editor.start({ folders: [folder.path] });
  const linesOf = async (uri: string): Promise<number[]> => {
    const ranges = await editor.connection.sendRequest<Range[]>(mainsRequest, { uri });
    return ranges.map(({ start }) => start.line);
  };
  const uri = await editor.open(folder.file("a.ts"), text);
  assert.deepEqual(await linesOf(uri), [3, 4]);

  await editor.replace(uri, 'from "heddle";\nimport *', 'from "./own.js";\nimport *');
  assert.deepEqual(await linesOf(uri), [4]);

  const other = await editor.open(folder.file("b.ts"), 'import { run } from "./aliased.js";\nrun(import.meta.url, f);');
  assert.deepEqual(await linesOf(other), [1]);
  assert.deepEqual(await linesOf("file:///not/open.ts"), []);
});
