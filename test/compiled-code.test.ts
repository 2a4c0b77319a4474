import { deepEqual, equal, match } from "node:assert/strict";
import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import nodeModule from "node:module";
import { join } from "node:path";
import { suite, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Script } from "node:vm";
import { CompiledCode } from "../server/src/compiled-code.js";
import { Folder } from "./support/folder.js";
import { heddle } from "./support/heddle.js";
import { lostUpdate } from "./support/lost-update.js";
import { repositoryRoot } from "./support/repository.js";

const engine = fileURLToPath(new URL("server/dist/engine.cjs", repositoryRoot));

/** V8 knows a source by its length alone, so compiled code of another one shows whether it is run. */
function codeOfAnother(length = readFileSync(engine, "latin1").length): Buffer {
  const text = 'require("node:fs").writeSync(1, "kept")'.padEnd(length);
  const script = new Script(nodeModule.wrap(text), { filename: engine });
  script.runInThisContext()({}, () => ({ writeSync: () => {} })); // Only what has run was compiled.
  return script.createCachedData();
}

/** A cache folder with compiled code in it that does not belong there. */
function planted(code: Buffer): Folder {
  const folder = new Folder();
  new CompiledCode(codeFolder(folder), engine).write(code);
  return folder;
}

function codeFolder(folder: Folder): string {
  return folder.file("heddle/code");
}

function entries(folder: Folder): readonly string[] {
  return readdirSync(folder.path, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(?:code|draft)$/.test(name))
    .map((name) => folder.file(name));
}

async function said(folder: Folder, ...args: readonly string[]): Promise<string> {
  const { stdout, stderr } = await heddle(args, { cwd: folder.path, env: { XDG_CACHE_HOME: folder.path } });
  return stdout + stderr;
}

suite("what an earlier run compiled", () => {
  test("is run in place of the source", async () => {
    using folder = planted(codeOfAnother());
    equal(await said(folder, "--version"), "kept");
  });

  const refused: Readonly<Record<string, (file: string) => void>> = {
    "it is damaged": (file) => {
      const bytes = readFileSync(file);
      bytes[bytes.length - 100]! ^= 1;
      writeFileSync(file, bytes);
    },
    "it is cut off": (file) => writeFileSync(file, readFileSync(file).subarray(0, -1)),
    "it is empty": (file) => writeFileSync(file, ""),
    ...(process.platform === "win32"
      ? {}
      : {
          "anybody may write it": (file: string) => chmodSync(file, 0o666),
          "anybody may put it there": (file: string) => chmodSync(join(file, ".."), 0o777),
        }),
  };
  for (const [what, change] of Object.entries(refused)) {
    test(`is not run if ${what}`, async () => {
      using folder = planted(codeOfAnother());
      for (const file of entries(folder)) change(file);
      match(await said(folder, "--version"), /^\d+\.\d+\.\d+\n$/);
    });
  }

  test("is not run if it is of another program, and gives way to what is", async () => {
    using folder = planted(codeOfAnother(5000));
    const [before] = entries(folder).map((file) => readFileSync(file));
    folder.write("a.ts", lostUpdate);
    match(await said(folder, "check"), /1 warning|1 error/);
    const [after, ...more] = entries(folder).map((file) => readFileSync(file));
    equal(more.length, 0);
    equal(before && after?.equals(before), false);
  });

  test("is kept by the first thorough run that may keep something, and by no other", async () => {
    using folder = new Folder({ "a.ts": lostUpdate });
    await said(folder, "--version");
    await said(folder, "check", "--no-cache");
    deepEqual(entries(folder), []);
    const first = await said(folder, "check", "--format", "json");
    const [kept = "", ...more] = entries(folder);
    deepEqual(more, []);
    const { mtimeMs, ino } = statSync(kept);
    equal(await said(folder, "check", "--format", "json", "--no-cache"), first);
    equal(await said(folder, "check", "--format", "json"), first);
    deepEqual(entries(folder), [kept]);
    deepEqual([statSync(kept).mtimeMs, statSync(kept).ino], [mtimeMs, ino]);
  });
});
