import { deepEqual, equal, match, notEqual } from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { suite, test } from "node:test";
import { ResultCache } from "../server/src/result-cache.js";
import { Disk, stillAnswers } from "../server/src/source/disk.js";
import { Folder } from "./support/folder.js";
import { heddle } from "./support/heddle.js";
import { lostUpdate, withoutLostUpdate } from "./support/lost-update.js";
import { plainProject } from "./support/plain-project.js";

/** What the command prints in a folder, and how many files it did not have to look at again. */
async function check(folder: Folder, ...args: readonly string[]): Promise<{ said: string; kept: number }> {
  const cache = args.includes("--no-cache") ? [] : ["--cache-dir", join(folder.path, "cache")];
  const run = await heddle(["check", "src", "--format", "json", "--stats", ...cache, ...args], { cwd: folder.path });
  const { stats, ...rest } = JSON.parse(run.stdout);
  return { said: JSON.stringify({ ...rest, code: run.code, stderr: run.stderr }), kept: stats.cachedFiles };
}

suite("what an earlier run found", () => {
  test("is the answer, byte for byte, while nothing changes", async () => {
    using folder = new Folder({ ...plainProject("src"), "src/a.ts": lostUpdate });
    const cold = await check(folder, "--no-cache");
    match(cold.said, /"ruleId"/);
    deepEqual(await check(folder), { ...cold, kept: 0 });
    deepEqual(await check(folder), { ...cold, kept: 1 });
  });

  const changes: Readonly<Record<string, (src: string) => void>> = {
    "a file's text": (src) => writeFileSync(join(src, "a.ts"), withoutLostUpdate),
    "another file": (src) => writeFileSync(join(src, "b.ts"), lostUpdate),
    "a file that is gone": (src) => rmSync(join(src, "user.ts")),
    "a file that is no source, and found where an import looked first": (src) =>
      writeFileSync(join(src, "gate.d.ts"), "export declare const gate: number;"),
    "the configuration": (src) =>
      writeFileSync(join(src, "heddle.config.json"), '{ "rules": { "unguarded-shared-mutation": "off" } }'),
    "a tsconfig": (src) => writeFileSync(join(src, "tsconfig.json"), '{ "include": ["user.ts"] }'),
    "a package that is there now": (src) => {
      mkdirSync(join(src, "node_modules", "missing"), { recursive: true });
      writeFileSync(join(src, "node_modules", "missing", "index.d.ts"), "export const x: number;");
    },
  };
  test("is none any more after a change of what it rests on", async (t) => {
    using folder = new Folder({
      ...plainProject("src"),
      "src/a.ts": lostUpdate,
      "src/user.ts": 'import { gate } from "./gate.js";\nimport { x } from "missing";\nconsole.log(gate, x);\n',
    });
    const src = join(folder.path, "src");
    const cache = join(folder.path, "cache");
    const before = join(folder.path, "before");
    await check(folder);
    for (const part of [src, cache]) cpSync(part, join(before, basename(part)), { recursive: true });
    /** Sources and cache as they were when it was kept. */
    const restore = (): void => {
      for (const part of [src, cache]) {
        rmSync(part, { recursive: true });
        cpSync(join(before, basename(part)), part, { recursive: true });
      }
    };
    for (const [what, change] of Object.entries(changes)) {
      await t.test(what, async () => {
        change(src);
        const cold = await check(folder, "--no-cache");
        deepEqual(await check(folder), { ...cold, kept: 0 });
        restore();
      });
    }
    notEqual((await check(folder)).kept, 0, "without a change it is the answer");
  });

  test("is none any more under other settings", async () => {
    using folder = new Folder({ ...plainProject("src"), "src/a.ts": lostUpdate });
    const found = await check(folder);
    const off = await check(
      folder,
      "--rule",
      "non-atomic-shared-update=off",
      "--rule",
      "unguarded-shared-mutation=off",
    );
    notEqual(off.said, found.said);
    equal(off.kept, 0);
  });

  test("is computed again where the entry is cut off", async () => {
    using folder = new Folder({ ...plainProject("src"), "src/a.ts": lostUpdate });
    const cold = await check(folder);
    const cache = join(folder.path, "cache");
    const [entry = ""] = readdirSync(cache);
    const file = join(cache, entry);
    const whole = readFileSync(file, "utf8");
    writeFileSync(file, whole.slice(0, whole.length / 2));
    deepEqual(await check(folder), cold);
    equal(readFileSync(file, "utf8"), whole, "the entry is whole again");
  });

  test("is shared by processes that run at the same time, and leaves no drafts", async () => {
    using folder = new Folder({ ...plainProject("src"), "src/a.ts": lostUpdate });
    const cold = await check(folder, "--no-cache");
    const runs = await Promise.all(Array.from({ length: 4 }, () => check(folder)));
    deepEqual([...new Set(runs.map(({ said }) => said))], [cold.said]);
    deepEqual(
      readdirSync(join(folder.path, "cache")).filter((name) => !name.endsWith(".json")),
      [],
    );
  });

  test("makes room for more by removing nothing but what earlier runs kept", async () => {
    const others = Object.fromEntries(Array.from({ length: 120 }, (_, i) => [`cache/mine${i}.ts`, "export {};\n"]));
    using folder = new Folder({ ...plainProject("src"), "src/a.ts": lostUpdate, ...others });
    const cache = join(folder.path, "cache");
    const old = (number: number): string => `${number.toString(16).padStart(64, "0")}.json`;
    for (let number = 0; number < 110; number++) {
      writeFileSync(join(cache, old(number)), "");
      utimesSync(join(cache, old(number)), number + 1, number + 1);
    }
    await check(folder);
    const left = readdirSync(cache);
    equal(left.filter((name) => name.startsWith("mine")).length, 120);
    const kept = left.filter((name) => name.endsWith(".json"));
    equal(kept.length, 100);
    deepEqual([kept.includes(old(10)), kept.includes(old(11))], [false, true], "the oldest are gone");
    equal((await check(folder)).kept, 1);
  });

  test("counts as not there where the entry is damaged, of another shape or no file, and is written again", () => {
    using folder = new Folder({ "a.ts": "one" });
    const disk = new Disk();
    disk.text(folder.file("a.ts"));
    const cache = new ResultCache<{ ruleId: string }>(folder.file("cache"));
    const key = { any: "question" };
    const result = { ruleId: "lock-reacquired" };
    cache.write(key, disk.answers, result);
    const [entry = "", ...more] = readdirSync(folder.file("cache"));
    deepEqual(more, []);
    const file = folder.file(`cache/${entry}`);
    const whole = readFileSync(file, "utf8");
    const sealed = (text: string): string => `${createHash("sha256").update(text).digest("hex")}\n${text}`;
    for (const text of [
      ...["", whole.slice(0, whole.length / 2), whole.replace('"ruleId":"', '"ruleId":"x'), "null"],
      ...["null", "{}", '{"answers":{}}', '{"answers":[null]}', '{"answers":[["newer","/",1]]}'].map(sealed),
    ]) {
      deepEqual(cache.read(key), result);
      writeFileSync(file, text);
      equal(cache.read(key), undefined, text);
      cache.write(key, disk.answers, result);
      equal(readFileSync(file, "utf8"), whole);
    }
    rmSync(file);
    mkdirSync(file);
    equal(cache.read(key), undefined);
    cache.write(key, disk.answers, result);
    deepEqual(readdirSync(folder.file("cache")), [entry], "what could not take its place is gone");
    rmSync(file, { recursive: true });
    if (process.platform === "win32") return;
    execFileSync("mkfifo", [file]);
    equal(cache.read(key), undefined);
    cache.write(key, disk.answers, result);
    deepEqual(cache.read(key), result);
  });

  test("rests on what the disk said at one moment, or is not kept", () => {
    using folder = new Folder({ ...plainProject("src"), "a.ts": "one" });
    const disk = new Disk();
    const ask = () => [disk.text(folder.file("a.ts")), disk.folders(folder.path)];
    ask();
    ask();
    equal(stillAnswers(disk.answers), true);
    mkdirSync(folder.file("new"));
    equal(stillAnswers(disk.answers), false);
    ask();
    equal(stillAnswers(disk.answers), false, "half of what was computed rests on the folder as it was");
  });

  test("is not kept for a user of whom the system knows no home", async () => {
    using folder = new Folder({
      "a.ts": withoutLostUpdate,
      "homeless.cjs": 'require("node:os").homedir = () => { throw new Error("uv_os_homedir returned ENOENT"); };',
    });
    const env = { NODE_OPTIONS: "--require ./homeless.cjs", XDG_CACHE_HOME: "", LOCALAPPDATA: "" };
    const { code, stderr } = await heddle(["check", "a.ts"], { cwd: folder.path, env });
    deepEqual({ code, stderr }, { code: 0, stderr: "" });
  });

  test("is not kept where the folder cannot be made", async () => {
    using folder = new Folder({ ...plainProject("src"), "src/a.ts": lostUpdate, cache: "a file" });
    const cold = await check(folder, "--no-cache");
    deepEqual(await check(folder), cold);
    deepEqual(await check(folder), cold);
  });
});
