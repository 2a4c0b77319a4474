import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { cached } from "../client/host/cache.js";

let folder: string;
const chosenBefore = process.env.HEDDLE_VSCODE_CACHE;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "heddle-cache-"));
  process.env.HEDDLE_VSCODE_CACHE = folder;
});

afterEach(() => {
  rmSync(folder, { recursive: true });
  if (chosenBefore === undefined) delete process.env.HEDDLE_VSCODE_CACHE;
  else process.env.HEDDLE_VSCODE_CACHE = chosenBefore;
});

test("a folder is filled once and kept", async () => {
  let fills = 0;
  const fill = async (draft: string) => {
    fills += 1;
    writeFileSync(join(draft, "file"), "whole");
  };
  const path = await cached("thing", fill);
  equal(await cached("thing", fill), path);
  equal(fills, 1);
  equal(readFileSync(join(path, "file"), "utf8"), "whole");
});

test("nobody sees a folder before it is whole, and what failed leaves nothing", async () => {
  const failing = cached("thing", async (draft) => {
    writeFileSync(join(draft, "file"), "half");
    ok(!existsSync(join(folder, "thing")));
    throw new Error("out of reach");
  });
  await rejects(failing, /out of reach/);
  deepEqual(readdirSync(folder), []);
});

test("of two that fill at the same time both get a whole folder", async () => {
  let meet = () => {};
  const both = new Promise<void>((resolve) => {
    meet = resolve;
  });
  let waiting = 0;
  const fill = async (draft: string) => {
    waiting += 1;
    if (waiting === 2) meet();
    await both;
    writeFileSync(join(draft, "file"), "whole");
  };
  const [one, other] = await Promise.all([cached("thing", fill), cached("thing", fill)]);
  equal(one, other);
  deepEqual(readdirSync(folder), ["thing"]);
  equal(readFileSync(join(one, "file"), "utf8"), "whole");
});

test("what a killed process left half done is removed", async () => {
  const { pid } = spawnSync(process.execPath, ["--version"]);
  mkdirSync(join(folder, `.thing-${pid}-abc`));
  mkdirSync(join(folder, `.thing-${process.ppid}-abc`));
  await cached("thing", async () => {});
  deepEqual(readdirSync(folder).sort(), [`.thing-${process.ppid}-abc`, "thing"].sort());
});
