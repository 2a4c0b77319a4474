/** The table of Python's behaviours names the tests that show them; a row without one tells why. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { repositoryRoot } from "../support/repository.js";

const page = new URL("runtime/docs/conformance.md", repositoryRoot);
const folder = new URL("test/runtime/", repositoryRoot);

const ITEMS = numbers(1, 155);
const ROW = /^\| (\d+) \| (.*) \| (.*) \|$/;

function numbers(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

/** The files with a test named by the item's number: `test("5, 12: acquire gives up …`. */
function filesOf(): ReadonlyMap<number, readonly string[]> {
  const found = new Map<number, string[]>();
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".test.ts"))) {
    const source = readFileSync(new URL(file, folder), "utf8");
    for (const [, items = ""] of source.matchAll(/^\s*test\(\s*["'`]([\d, ]+): /gm)) {
      for (const item of items.split(",").map(Number)) {
        const files = found.get(item) ?? [];
        if (!files.includes(file)) files.push(file);
        found.set(item, files);
      }
    }
  }
  return found;
}

/** The row with its tests named, in front of the remark. */
function named(row: string, tests: ReadonlyMap<number, readonly string[]>): string {
  const [, number = "", python = "", here = ""] = ROW.exec(row) ?? [];
  const remark = here.replace(/^(?:`[\w-]+\.test\.ts`(?:, )?)*(?:\. )?/, "");
  const files = (tests.get(Number(number)) ?? []).map((file) => `\`${file}\``).join(", ");
  return `| ${number} | ${python} | ${files}${files !== "" && remark !== "" ? ". " : ""}${remark} |`;
}

test("every behaviour of Python is shown by a test named with its number, or a remark tells why not", () => {
  const text = readFileSync(page, "utf8");
  const tests = filesOf();
  const expected = text
    .split("\n")
    .map((line) => (ROW.test(line) ? named(line, tests) : line))
    .join("\n");
  if (process.env.UPDATE === "1") writeFileSync(page, expected);
  else assert.equal(text, expected, "runtime/docs/conformance.md is stale: UPDATE=1 npm run test:only -- conformance");
  const rows = [...expected.matchAll(new RegExp(ROW, "gm"))];
  assert.deepEqual(
    rows.map(([, number]) => Number(number)),
    ITEMS,
  );
  for (const [row, , , here] of rows) assert.notEqual(here, "", `neither test nor reason: ${row}`);
});
