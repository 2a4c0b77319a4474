/** Programs whose tasks use mutexes of the package async-mutex, under `heddle run`: they know nothing of a recorder. */
import assert from "node:assert/strict";
import { symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { suite, test } from "node:test";
import { fileURLToPath } from "node:url";
import * as imported from "async-mutex";
import { Folder } from "../support/folder.js";
import { heddle } from "../support/heddle.js";
import { repositoryRoot } from "../support/repository.js";
import { reportOf } from "../support/trace.js";

const loads = {
  "imported.mjs": { load: `import { Mutex, Semaphore, withTimeout } from "async-mutex";`, copy: imported },
  "required.cjs": {
    load: `const { Mutex, Semaphore, withTimeout } = require("async-mutex");`,
    copy: createRequire(import.meta.url)("async-mutex") as typeof imported,
  },
};
const contended = `
const ledger = new Mutex();
const index = new Mutex();
const seats = new Semaphore(2);
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
async function main() {
  console.log(JSON.stringify([Semaphore.prototype.acquire, Semaphore.prototype.release, Mutex.prototype.acquire].map(look)));
  await Promise.all([1, 2, 3].map(() => ledger.runExclusive(() => pause(20)))); // contended
  await Promise.all([1, 2, 3].map(() => seats.runExclusive(() => pause(20))));
  const release = await ledger.acquire();
  await withTimeout(ledger, 20).acquire().catch(({ message }) => console.log(message));
  release();
  await Promise.all([first(), second()]);
}
async function first() {
  const release = await ledger.acquire(); // first has
  await pause(10);
  await index.runExclusive(() => release()); // first waits
}
async function second() {
  await index.runExclusive(async () => { // second has
    await pause(10);
    (await ledger.acquire())(); // second waits
  });
}
function look({ name, length }) {
  return [name, length];
}
main();
`;
/** What a program sees of the methods, recorded or not. */
function looksOf({ Semaphore, Mutex }: typeof imported): string {
  const { acquire, release } = Semaphore.prototype;
  return JSON.stringify([acquire, release, Mutex.prototype.acquire].map(({ name, length }) => [name, length]));
}

for (const [file, { load, copy }] of Object.entries(loads)) {
  suite(`what is ${file.replace(/\..*/, "")}`, () => {
    const text = `${load}${contended}`;
    const lineOf = (part: string): number => text.split("\n").findIndex((line) => line.includes(part));

    test("is recorded: who holds and who waits where, and tasks that wait for each other for ever", async () => {
      using folder = programs({ [file]: text });
      const { code, stdout, stderr } = await heddle(["run", "--trace", "t.heddletrace", file], { cwd: folder.path });
      assert.deepEqual([code, stdout], [0, `${looksOf(copy)}\ntimeout while waiting for mutex to become available\n`]);
      assert.match(
        stderr,
        /^heddle: deadlock: 2 tasks wait for each other\n {2}a task of MainThread waits for lock \d/,
      );
      assert.equal(stderr.match(/deadlock/g)?.length, 1);

      const { locks, contention, deadlocks, waiting, findings } = await reportOf("t.heddletrace", folder.path);
      assert.deepEqual(locks.map(({ acquisitions, waits }) => [acquisitions, waits]).sort(), [
        [1, 1],
        [6, 5],
      ]);
      const [longest] = contention.filter(({ site }) => site?.line === lineOf("contended"));
      assert.deepEqual([longest?.waits, longest?.holder], [2, "MainThread"]);
      assert.ok((longest?.longest ?? 0) >= 38, JSON.stringify(longest));
      const parties = deadlocks.flatMap((deadlock) => deadlock.parties);
      assert.deepEqual(parties.map(({ thread, site, ownerSite }) => [thread, site?.line, ownerSite?.line]).sort(), [
        ["MainThread", lineOf("first waits"), lineOf("second has")],
        ["MainThread", lineOf("second waits"), lineOf("first has")],
      ]);
      assert.deepEqual(waiting.map(({ site, isTask }) => [site?.line, isTask]).sort(), [
        [lineOf("first waits"), true],
        [lineOf("second waits"), true],
      ]);
      // Within one thread only tasks wait for each other, whatever it holds for which of them.
      assert.deepEqual(
        findings.filter(({ ruleId }) => ruleId === "lock-order-inversion"),
        [],
      );
    });
  });
}

test("a task that waits for what it has itself is told, and none that only leaves work for later", async () => {
  using folder = programs({
    "later.mjs": `
      import { Worker } from "node:worker_threads";
      import { Mutex } from "async-mutex";
      const mutex = new Mutex();
      const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
      let done = 0;
      // Longer than it takes to be looked at.
      await mutex.runExclusive(async () => {
        void mutex.runExclusive(() => done++);
        await pause(250);
      });
      await mutex.runExclusive(async () => {
        void mutex.runExclusive(() => done++);
        const text = "setTimeout(() => require('node:worker_threads').parentPort.postMessage(0), 250)";
        await new Promise((resolve) => new Worker(text, { eval: true }).once("message", resolve));
      });
      await pause(0);
      console.log(done);
    `,
    "itself.mjs": `
      import { Mutex } from "async-mutex";
      const mutex = new Mutex();
      mutex.runExclusive(() => mutex.runExclusive(() => {}));
    `,
  });
  const run = (file: string) => heddle(["run", file], { cwd: folder.path });
  const [later, itself] = await Promise.all([run("later.mjs"), run("itself.mjs")]);
  assert.deepEqual([later.code, later.stdout, later.stderr], [0, "2\n", ""]);
  assert.match(itself.stderr, /^heddle: deadlock: a task waits for itself\n.*\n {4}at itself\.mjs:4:\d+\n$/);
});

test("rejections that nobody handles, gates that a handler opens and locks taken hand over hand are as without a recorder", async () => {
  using folder = programs({
    "rejected.mjs": `
      import { Semaphore } from "async-mutex";
      process.on("unhandledRejection", ({ message }) => console.log(message));
      const seats = new Semaphore(1);
      await seats.acquire();
      seats.acquire();
      seats.cancel();
    `,
    "gate.mjs": `
      import { createServer } from "node:net";
      import { Mutex } from "async-mutex";
      const gate = new Mutex();
      const open = await gate.acquire();
      process.on("SIGUSR2", open);
      const server = createServer().listen(0);
      const opener = 'setTimeout(() => process.kill(' + process.pid + ', "SIGUSR2"), 300)';
      const { spawn } = await import("node:child_process");
      spawn(process.execPath, ["-e", opener], { stdio: "ignore", env: {} }).unref();
      await gate.acquire();
      console.log("open");
      server.close();
    `,
    "chain.mjs": `
      import { Mutex } from "async-mutex";
      const last = new Mutex();
      let [next, other] = [new Mutex(), new Mutex()];
      setImmediate(() => last.acquire());
      setImmediate(async () => {
        let release = await other.acquire();
        for (let i = 0; i < 20_000; i++) {
          const following = await next.acquire();
          release();
          release = following;
          [next, other] = [other, next];
        }
        console.log("taken");
        await last.acquire();
      });
    `,
  });
  const runs = ["rejected.mjs", "gate.mjs", "chain.mjs"].map((file) => heddle(["run", file], { cwd: folder.path }));
  assert.deepEqual(
    (await Promise.all(runs)).map(({ code, stdout, stderr }) => [code, stdout, stderr]),
    [
      [0, "request for lock canceled\n", ""],
      [0, "open\n", ""],
      [0, "taken\n", ""],
    ],
  );
});

/** They find the packages of this repository. */
function programs(files: Readonly<Record<string, string>>): Folder {
  const folder = new Folder(files);
  symlinkSync(fileURLToPath(new URL("node_modules", repositoryRoot)), folder.file("node_modules"));
  return folder;
}
