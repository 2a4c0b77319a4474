/** Programs load, print and end as they should, whatever loads them. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type BuildOptions, build } from "esbuild";
import { runProgram } from "../support/run-program.js";

const here = dirname(fileURLToPath(import.meta.url));
const source = join(here, "..", "..", "..", "test", "runtime", "programs");
const tsx = dirname(createRequire(import.meta.url).resolve("tsx/package.json"));

function compiled(name: string): string {
  return join(here, "programs", `${name}.js`);
}

const expected = { code: 0, stdout: "1,2 33\n", stderr: "" };
let folder = "";

before(() => {
  folder = mkdtempSync(join(tmpdir(), "heddle-loading-"));
  symlinkSync(join(here, "..", "..", "..", "node_modules"), join(folder, "node_modules"), "junction");
});

after(() => rmSync(folder, { recursive: true }));

test("plain Node, also when the program is named without its extension through a link", async () => {
  assert.deepEqual(await runProgram([compiled("all-loaders")]), expected);
  symlinkSync(compiled("all-loaders"), join(folder, "link.mjs"));
  assert.deepEqual(await runProgram([join(folder, "link.mjs")]), expected);
});

test("tsx, as a command and as a loader, from its source", async () => {
  const program = join(source, "all-loaders.ts");
  assert.deepEqual(await runProgram([join(tsx, "dist", "cli.mjs"), program]), expected);
  assert.deepEqual(
    await runProgram(["--import", pathToFileURL(join(tsx, "dist", "loader.mjs")).href, program]),
    expected,
  );
});

test("tsx, where the program is CommonJS and the library is loaded twice", async () => {
  const program = join(folder, "program.ts");
  writeFileSync(
    program,
    `import { Lock, main, SharedValue, Thread, currentThread, tasks } from "heddle";
     enum Kind { a = 3 }
     const mutex = new Lock({ name: "mutex" });
     const total = new SharedValue("i32", 0, { name: "total" });
     function add(lock: Lock): void {
       lock.withLock(() => { total.value += Kind.a; });
       console.log(lock instanceof Lock, currentThread() instanceof Thread);
     }
     tasks(__filename, { add });
     main(__filename, () => {
       const thread = new Thread({ target: add, args: [mutex] });
       thread.start();
       thread.join();
       console.log(total.value);
     });`,
  );
  const ended = await runProgram([join(tsx, "dist", "cli.mjs"), program]);
  assert.deepEqual(ended, { code: 0, stdout: "true true\n3\n", stderr: "" });
});

test("require", async () => {
  const program = join(folder, "program.cjs");
  writeFileSync(
    program,
    `const { Queue, Thread, main, tasks } = require("heddle");
     function work(queue) { queue.put("from the thread"); }
     tasks(__filename, { work });
     main(__filename, () => {
       const queue = new Queue();
       const thread = new Thread({ target: work, args: [queue] });
       thread.start();
       console.log(queue.get());
       thread.join();
     });`,
  );
  const { code, stdout } = await runProgram([program]);
  assert.deepEqual({ code, stdout }, { code: 0, stdout: "from the thread\n" });
});

test("bundles: without the library, with it in one file, minified, as CommonJS, and in a chunk of its own", async () => {
  const options: BuildOptions = { bundle: true, platform: "node", format: "esm", target: "es2022" };
  const entry = join(source, "all-loaders.ts");
  const bundle = async (name: string, more: BuildOptions): Promise<string> => {
    const outfile = join(folder, name);
    await build({ ...options, entryPoints: [entry], outfile, ...more });
    return outfile;
  };
  const split = join(folder, "split");
  await build({
    ...options,
    entryPoints: { program: entry, other: join(source, "waits-async.ts") },
    outdir: split,
    outExtension: { ".js": ".mjs" },
    splitting: true,
  });
  const bundles = [
    await bundle("without.mjs", { external: ["heddle"] }),
    await bundle("whole.mjs", {}),
    await bundle("small.mjs", { minify: true }),
    await bundle("whole.cjs", { format: "cjs", define: { "import.meta.url": "__filename" } }),
    join(split, "program.mjs"),
  ];
  for (const file of bundles) assert.deepEqual(await runProgram([file]), expected, file);
});

test("a thread that fails before the library is loaded in it says why, and is over for who joins it", async () => {
  const preload = join(folder, "fails-in-threads.mjs");
  writeFileSync(
    preload,
    `import { isMainThread } from "node:worker_threads";
     if (!isMainThread) throw new RangeError("before all");`,
  );
  const program = join(folder, "joins.mjs");
  writeFileSync(
    program,
    `import { main, Thread, tasks } from "heddle";
     function work() {}
     tasks(import.meta.url, { work });
     main(import.meta.url, () => {
       const thread = new Thread({ target: work, name: "worker" });
       thread.start();
       thread.join();
       console.log(thread.isAlive());
     });`,
  );
  const { code, stdout, stderr } = await runProgram(["--import", pathToFileURL(preload).href, program]);
  assert.deepEqual({ code, stdout }, { code: 0, stdout: "false\n" });
  assert.match(stderr, /^Exception in thread worker:\nRangeError: before all\n {4}at /m);
});

test("a bundle may still be evaluated in a worker that is terminated: it gives nothing back twice", async () => {
  const outfile = join(folder, "slow-module.mjs");
  const entryPoints = [join(source, "slow-module.ts")];
  await build({ entryPoints, outfile, bundle: true, platform: "node", format: "esm", target: "es2022" });
  assert.deepEqual(await runProgram([outfile]), { code: 0, stdout: "sound\n".repeat(5), stderr: "" });
});

test("an error keeps its class on the way through a minified bundle", async () => {
  const program = join(folder, "throws.ts");
  const outfile = join(folder, "throws.mjs");
  writeFileSync(
    program,
    `import { main, Pool, StateError, tasks } from "heddle";
     function fail(): void { throw new StateError("in the worker"); }
     tasks(import.meta.url, { fail });
     main(import.meta.url, async () => {
       const pool = new Pool(1);
       await pool.applyAsync(fail).then(undefined, (error) => console.log(error instanceof StateError, error.name));
       pool.terminate();
     });`,
  );
  await build({ entryPoints: [program], outfile, bundle: true, platform: "node", format: "esm", minify: true });
  assert.deepEqual(await runProgram([outfile]), { code: 0, stdout: "true StateError\n", stderr: "" });
});

test("what a thread writes is out, complete and in order, before it ends, though main is blocked", async () => {
  const { code, stdout, stderr } = await runProgram([compiled("output")]);
  assert.equal(code, null);
  assert.equal(stderr, "error\n");
  const lines = Array.from({ length: 3000 }, (_, i) => `${i}`.padStart(99, "."));
  assert.equal(stdout, `log\nwrite\n${lines.join("\n")}\n`);
});

test("an error that leaves main is printed and makes the exit code 1; importing a program does not run it", async () => {
  const ended = await runProgram([compiled("main-fails")]);
  assert.equal(ended.code, 1);
  assert.match(ended.stderr, /RangeError: in main\n {4}at /);
  assert.deepEqual(await runProgram([compiled("imports-main")]), { code: 0, stdout: "imported\n", stderr: "" });
});

test("a module without an address is an error that says what to pass", async () => {
  const { main, ref, tasks } = await import("heddle");
  const nothing = undefined as unknown as string;
  assert.throws(() => main(nothing, () => {}), /main:.*import\.meta\.url.*__filename/s);
  assert.throws(() => tasks(nothing, {}), /tasks:.*import\.meta\.url/s);
  assert.throws(() => ref<() => void>(nothing, "x"), /ref:.*import\.meta\.url/s);
  assert.throws(() => tasks(import.meta.url, { x: 5 as never }), TypeError);
});

test("async waits keep the program alive", async () => {
  const ended = await runProgram([compiled("waits-async")]);
  assert.deepEqual(ended, { code: 0, stdout: "[ true, true, 'item' ]\n", stderr: "" });
});

test("shared memory is given back by close and by collection, and says so when it is full", async () => {
  process.env.HEDDLE_ARENA_MB = "2";
  try {
    const ended = await runProgram(["--expose-gc", compiled("arena")]);
    assert.deepEqual(ended, {
      code: 0,
      stdout:
        "closed objects make room\nwhat nobody receives makes room\ncollected objects make room\ntrue\ntrue 10000\n",
      stderr: "",
    });
    process.env.HEDDLE_ARENA_MB = "much";
    const refused = await runProgram([compiled("arena")]);
    assert.match(refused.stderr, /RangeError: HEDDLE_ARENA_MB is "much"/);
  } finally {
    delete process.env.HEDDLE_ARENA_MB;
  }
});

test("the README's program does what its comments say", async () => {
  const readme = readFileSync(join(here, "..", "..", "..", "runtime", "README.md"), "utf8");
  const text = /```ts\n\/\/ work\.ts\n(.*?)```/s.exec(readme)?.[1] ?? "";
  const program = join(folder, "readme.mts");
  writeFileSync(program, text);
  const promised = [...text.matchAll(/console\.log\(.*\); \/\/ (.*)/g)].map((match) => match[1]);
  assert.equal(promised.length, 2);
  const ended = await runProgram([join(tsx, "dist", "cli.mjs"), program]);
  assert.deepEqual(ended, { code: 0, stdout: `${promised.join("\n")}\n`, stderr: "" });
});
