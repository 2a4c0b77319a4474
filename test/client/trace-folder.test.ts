/** Where the traces of runs are kept, and how many. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { suite, test } from "node:test";
import { runName, TraceFolder } from "../../client/src/trace/trace-folder.js";
import { Folder } from "../support/folder.js";

/** A trace of a run long ago, by its minute. */
function old(path: string, minute: number): string {
  return join(path, `main 2020-01-01 00.${String(minute).padStart(2, "0")}.00.heddletrace`);
}

suite("the folder of traces", () => {
  test("keeps the newest twenty, and those that somebody reads", () => {
    using temporary = new Folder();
    const folder = new TraceFolder(join(temporary.path, "traces"));
    assert.deepEqual(folder.files, []);
    mkdirSync(folder.path);
    for (let minute = 0; minute < 25; minute++) writeFileSync(old(folder.path, minute), "");
    const file = folder.create("/src/main.ts", new Set([old(folder.path, 0)]));
    assert.equal(folder.files[0], file);
    assert.equal(folder.files.length, 21);
    assert.deepEqual([existsSync(old(folder.path, 0)), existsSync(old(folder.path, 5))], [true, false]);
    assert.equal(runName(basename(file)), "main ");
  });

  test("makes a place for a run although an old trace cannot be removed", () => {
    using temporary = new Folder();
    const folder = new TraceFolder(temporary.path);
    for (let minute = 1; minute < 21; minute++) writeFileSync(old(folder.path, minute), "");
    // A file that another window has open cannot be removed on Windows; a folder cannot be anywhere.
    mkdirSync(old(folder.path, 0));
    const file = folder.create("/src/main.ts", new Set());
    assert.ok(existsSync(file));
    assert.deepEqual([existsSync(old(folder.path, 0)), existsSync(old(folder.path, 1))], [true, false]);
  });

  test("has a name for each of two runs of a moment", () => {
    using temporary = new Folder();
    const folder = new TraceFolder(temporary.path);
    const files = ["a.ts", "a.ts", "b.ts"].map((script) => folder.create(script, new Set()));
    assert.equal(new Set(files).size, 3);
    assert.deepEqual([...folder.files].sort(), [...files].sort());
  });
});
