import { deepEqual, equal, match } from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import nodeModule from "node:module";
import { join } from "node:path";
import { suite, test } from "node:test";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { Script } from "node:vm";
import { CompiledCode } from "../server/src/compiled-code.js";
import { v8Flag } from "../server/src/v8-flags.js";
import { Folder } from "./support/folder.js";
import { heddle } from "./support/heddle.js";
import { lostUpdate } from "./support/lost-update.js";
import { repositoryRoot } from "./support/repository.js";

// Compiled code belongs to the flags under which it was made.
if (v8Flag !== undefined) setFlagsFromString(v8Flag);

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
  new CompiledCode(codeFolder(folder), engine).write(() => code);
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

  const isWindows = process.platform === "win32";

  for (const [what, home] of [
    ["nothing can be written", "/dev/null"],
    ["it is relative", "here"],
    ["there is none", ""],
  ] as const) {
    test(`costs nothing where the folder is no place for it, as ${what}`, { skip: isWindows }, async () => {
      using folder = new Folder({ "a.ts": lostUpdate });
      const env = { XDG_CACHE_HOME: home, HOME: "" };
      const { stdout, stderr } = await heddle(["check"], { cwd: folder.path, env });
      match(stdout, /1 warning|1 error/);
      equal(stderr, "");
      deepEqual(readdirSync(folder.path), ["a.ts"]);
    });
  }

  test("is not looked for in the working directory", { skip: isWindows }, async () => {
    using folder = new Folder();
    for (const cache of ["heddle", ".cache/heddle", "Library/Caches/heddle"]) {
      new CompiledCode(folder.file(`${cache}/code`), engine).write(() => codeOfAnother());
    }
    for (const env of [{ XDG_CACHE_HOME: "." }, { XDG_CACHE_HOME: "", HOME: "" }]) {
      const { stdout } = await heddle(["--version"], { cwd: folder.path, env });
      match(stdout, /^\d+\.\d+\.\d+\n$/);
    }
  });

  test("is not written where it would not be read, nor made for that", { skip: isWindows }, () => {
    using folder = new Folder();
    mkdirSync(codeFolder(folder), { recursive: true });
    chmodSync(codeFolder(folder), 0o777);
    let made = 0;
    new CompiledCode(codeFolder(folder), engine).write(() => {
      made++;
      return Buffer.from("code");
    });
    deepEqual([made, entries(folder)], [0, []]);
  });

  test("is not written through links", { skip: isWindows }, () => {
    using folder = planted(Buffer.from("first"));
    const [file = ""] = entries(folder);
    symlinkSync(folder.file("theirs"), `${file}.${process.pid}.draft`);
    new CompiledCode(codeFolder(folder), engine).write(() => Buffer.from("second"));
    equal(existsSync(folder.file("theirs")), false);
    equal(new CompiledCode(codeFolder(folder), engine).read()?.toString(), "second");
  });

  test("that somebody was killed over goes, like what is old", () => {
    using folder = planted(Buffer.from("code"));
    const names = ["1".repeat(64), "2".repeat(64)].flatMap((key) => [`${key}.code`, `${key}.code.17.draft`]);
    for (const [i, name] of names.entries()) {
      const file = folder.write(`heddle/code/${name}`, "old");
      utimesSync(file, i + 1, i + 1);
    }
    folder.write("heddle/code/letter", "somebody else's");
    new CompiledCode(codeFolder(folder), engine).write(() => Buffer.from("new"));
    const left = readdirSync(codeFolder(folder));
    deepEqual([left.length, left.includes("letter"), left.includes(names[0]!)], [5, true, false]);
  });
});
