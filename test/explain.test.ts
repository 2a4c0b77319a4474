import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { suite, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Folder } from "./support/folder.js";
import { heddle } from "./support/heddle.js";
import { lostUpdate, lostUpdateRule } from "./support/lost-update.js";
import { plainProject } from "./support/plain-project.js";
import { repositoryRoot } from "./support/repository.js";

const root = fileURLToPath(repositoryRoot);

/** Of a line of a program: what heddle explain says. */
async function explained(text: string, line: number): Promise<string> {
  using folder = new Folder({ ...plainProject(), "a.ts": text });
  const { code, stdout, stderr } = await heddle(["explain", `a.ts:${line}`], { cwd: folder.path });
  assert.deepEqual([code, stderr], [0, ""]);
  return stdout;
}

function lineOf(text: string, part: string): number {
  return text.slice(0, text.indexOf(part)).split("\n").length;
}

suite("heddle explain", () => {
  test("says what the README shows", async () => {
    const readme = readFileSync(new URL("README.md", repositoryRoot), "utf8");
    const [, place = "", output = ""] = /```text\n\$ npx heddle explain (\S+)\n([\s\S]*?)```/.exec(readme) ?? [];
    const { code, stdout, stderr } = await heddle(["explain", place], { cwd: root });
    assert.deepEqual([code, stderr, stdout], [0, "", output]);
  });

  test("names the finding, and the access it is about", async () => {
    using folder = new Folder({ ...plainProject(), "a.ts": lostUpdate });
    const checked = JSON.parse((await heddle(["check", "--format", "json"], { cwd: folder.path })).stdout);
    const { line } = checked.findings[0].range.start;
    const { stdout } = await heddle(["explain", `a.ts:${line + 1}`, "--format", "json"], { cwd: folder.path });
    const { findings, happens, ...rest } = JSON.parse(stdout);
    assert.deepEqual([rest.version, rest.file, rest.line], [1, "a.ts", line]);
    assert.deepEqual(
      findings.map(({ ruleId }: { ruleId: string }) => ruleId),
      [lostUpdateRule],
    );
    assert.deepEqual(findings[0].range, checked.findings[0].range);
    assert.match(JSON.stringify(happens), /at the same time and without a common lock/);
  });

  const program = `
import { Barrier, Event, Lock, main, SharedValue, tasks, Thread } from "heddle";
const ready = new Event({ name: "ready" });
const lock = new Lock({ name: "lock" });
const early = new SharedValue("i32", 0, { name: "early" });
const late = new SharedValue("i32", 0, { name: "late" });
const own = { n: 0 };
function work(): void {
  ready.wait();
  early.value += 1;
  if (lock.tryAcquire()) {
    own.n += 1;
    lock.release();
  }
  late.value += 1;
}
async function pause(): Promise<void> {
  await fetch("x");
}
tasks(import.meta.url, { work });
main(import.meta.url, () => {
  const thread = new Thread({ target: work });
  thread.start();
  early.value += 1;
  ready.set();
  thread.join();
  late.value += 1;
});
`;
  const cases: readonly (readonly [what: string, part: string, said: RegExp])[] = [
    ["who runs it", "ready.wait", /^run by\n {2}the thread "work", made here {2}a\.ts:22:18\n\nholds\n {2}no lock$/m],
    [
      "what is told before",
      "early.value += 1;\n  if",
      /the main thread changes it here, never at the same time: one waits /,
    ],
    [
      "what has ended",
      "late.value += 1;\n});",
      /"work" changes it here, never at the same time: one thread has ended, or not /,
    ],
    ["a lock on a line where nothing happens", "own.n", /^holds\n {2}"lock", taken here {2}a\.ts:11:7$/m],
    ["what gives a lock back", "lock.release", /^ {2}gives back "lock" {2}a\.ts:13:5$/m],
    ["where other tasks run", "fetch", /^ {2}awaits: other tasks of this thread may run here {2}a\.ts:18:3$/m],
    [
      "where nothing happens",
      "const own",
      /^does\n {2}nothing that matters to threads, locks or tasks\n\nfound\n {2}nothing$/m,
    ],
  ];
  for (const [what, part, said] of cases) {
    test(`says ${what}`, async () => assert.match(await explained(program, lineOf(program, part)), said));
  }

  const wrong: readonly (readonly [args: readonly string[], message: RegExp])[] = [
    [[], /^heddle: explain needs one place: heddle explain file:line\n$/],
    [["a.ts:1", "b.ts:1"], /^heddle: explain needs one place/],
    [["a.ts"], /^heddle: a\.ts names no line; write file:line\n$/],
    [["a.ts:one"], /^heddle: a\.ts:one names no line; write file:line\n$/],
    [["a.ts:0"], /^heddle: a\.ts:0: the first line is 1\n$/],
    [["a.ts:9999"], /^heddle: a\.ts has \d+ lines; name one of them\n$/],
    [["gone.ts:1"], /^heddle: gone\.ts: no such file or folder; name a file or folder that exists\n$/],
    [["types.d.ts:1"], /^heddle: types\.d\.ts: declaration files hold nothing to analyse/],
    [[".:1"], /^heddle: \. is a folder; name a file\n$/],
    [["a.ts:1", "--format", "yaml"], /^heddle: unknown format "?yaml"?; /],
  ];
  for (const [args, message] of wrong) {
    test(`${args.join(" ")} is refused`, async () => {
      using folder = new Folder({ ...plainProject(), "a.ts": lostUpdate, "types.d.ts": "" });
      const { code, stdout, stderr } = await heddle(["explain", ...args], { cwd: folder.path });
      assert.deepEqual([code, stdout], [2, ""]);
      assert.match(stderr, message);
    });
  }

  test("a column is let pass, and a file that the configuration leaves out is explained", async () => {
    using folder = new Folder({ "heddle.config.json": `{ "exclude": ["a.ts"] }`, "a.ts": lostUpdate });
    const { code, stdout } = await heddle(["explain", "a.ts:1:7"], { cwd: folder.path });
    assert.equal(code, 0);
    assert.match(stdout, /^a\.ts:1\b/);
  });
});
