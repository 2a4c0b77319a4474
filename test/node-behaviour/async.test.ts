/** What pages of rules claim about promises, timers and files of Node.js. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Folder } from "../support/folder.js";
import { linesOf } from "../support/node-program.js";
import { runProgram } from "../support/run-program.js";

test("a loop over an array leaves one out where an element is taken out while it waits, and a loop over a copy does not", async () => {
  const lines = await linesOf(`
    async function seenOf(take) {
      const all = ["a", "b", "c"];
      const seen = [];
      for (const each of take(all)) {
        queueMicrotask(() => all.splice(all.indexOf(each), 1));
        await new Promise((resolve) => setImmediate(resolve));
        seen.push(each);
      }
      return seen.join("");
    }
    console.log(await seenOf((all) => all));
    console.log(await seenOf((all) => [...all]));
  `);
  assert.deepEqual(lines, ["ac", "abc"]);
});

test("a loop over an array comes to what is appended while it waits, and one over a set leaves nothing out", async () => {
  const lines = await linesOf(`
    const all = ["a"];
    const seen = [];
    for (const each of all) {
      if (all.length < 3) queueMicrotask(() => all.push(each + each));
      await new Promise((resolve) => setImmediate(resolve));
      seen.push(each);
    }
    console.log(seen.join(" "));
    const set = new Set(["x", "y", "z"]);
    for (const each of set) {
      queueMicrotask(() => set.delete(each));
      await new Promise((resolve) => setImmediate(resolve));
      console.log(each);
    }
  `);
  assert.deepEqual(lines, ["a aa aaaa", "x", "y", "z"]);
});

test("a timer that has lost a race goes on and keeps the process up", async () => {
  const lines = await linesOf(`
    const late = new Promise((resolve) => setTimeout(() => resolve(console.log("late")), 50));
    await Promise.race([Promise.resolve(), late]);
    console.log("over");
  `);
  assert.deepEqual(lines, ["over", "late"]);
});

test("a promise that is returned from a try is settled behind its finally, and one that is awaited there before it", async () => {
  const lines = await linesOf(`
    const work = async () => {
      await null;
      console.log("done");
    };
    const leave = async () => {
      try {
        return work();
      } finally {
        console.log("left");
      }
    };
    const stay = async () => {
      try {
        return await work();
      } finally {
        console.log("left");
      }
    };
    await leave();
    await stay();
  `);
  assert.deepEqual(lines, ["left", "done", "done", "left"]);
});

test("closing the handle of a file waits for what was begun with it", async () => {
  const lines = await linesOf(`
    import { open } from "node:fs/promises";
    const read = async () => {
      const file = await open(new URL(import.meta.url));
      try {
        return file.readFile("utf8").then((text) => text.length > 100);
      } finally {
        await file.close();
      }
    };
    console.log(await read());
  `);
  assert.deepEqual(lines, ["true"]);
});

test("timers that a loop sets see one var for all turns, and one let for each", async () => {
  const lines = await linesOf(`
    for (var shared = 0; shared < 2; shared++) setTimeout(() => console.log("var", shared), 0);
    for (let own = 0; own < 2; own++) setTimeout(() => console.log("let", own), 0);
  `);
  assert.deepEqual(lines, ["var 2", "var 2", "let 0", "let 1"]);
});

test("a promise counts as a yes for filter, and for sort as no number", async () => {
  const lines = await linesOf(`
    console.log([1, 2, 3].filter(async () => false).join(" "), [1].some(async () => false));
    console.log([2, 3, 1].sort(async (one, other) => one - other).join(" "));
  `);
  assert.deepEqual(lines, ["1 2 3 true", "2 3 1"]);
});

test("forEach waits for nobody, and an error of what it has called ends the process", async () => {
  using folder = new Folder();
  const program = folder.write(
    "program.mjs",
    `[1].forEach(async () => {
      await null;
      console.log("called");
      throw new Error("unheard");
    });
    console.log("behind");
    setTimeout(() => console.log("later"), 1000);`,
  );
  const { code, stdout, stderr } = await runProgram([program]);
  assert.deepEqual([code, stdout], [1, "behind\ncalled\n"]);
  assert.match(stderr, /unheard/);
});

test("a stream's filter waits for promises", async () => {
  const lines = await linesOf(`
    import { Readable } from "node:stream";
    console.log((await Readable.from([1, 2, 3]).filter(async (each) => each > 1).toArray()).join(" "));
  `);
  assert.deepEqual(lines, ["2 3"]);
});

test("what an async executor throws ends the process, and settles nothing", async () => {
  using folder = new Folder();
  const program = folder.write(
    "program.mjs",
    `new Promise(async (resolve) => {
      await null;
      throw new Error("unheard");
    }).catch(() => console.log("heard"));
    process.on("unhandledRejection", (error) => console.log("nobody has heard", error.message));`,
  );
  const { code, stdout } = await runProgram([program]);
  assert.deepEqual([code, stdout], [0, "nobody has heard unheard\n"]);
});

test("an update reads what it adds to before it waits", async () => {
  const lines = await linesOf(`
    let total = 0;
    const price = async (amount) => amount;
    const add = async (amount) => {
      total += await price(amount);
    };
    await Promise.all([add(1), add(2)]);
    console.log(total);
    const addBehind = async (amount) => {
      const awaited = await price(amount);
      total += awaited;
    };
    total = 0;
    await Promise.all([addBehind(1), addBehind(2)]);
    console.log(total);
  `);
  assert.deepEqual(lines, ["2", "3"]);
});

test("two calls that find nothing both open, and with the promise of the first one only one does", async () => {
  const lines = await linesOf(`
    let opened = 0;
    const open = async () => {
      opened++;
      await null;
      if (opened % 2 === 0) throw new Error("not this time");
      return { number: opened };
    };
    let file;
    const alone = async () => {
      if (!file) file = await open();
      return file;
    };
    let pendingFile;
    const shared = async () => {
      if (file) return file;
      pendingFile ??= open();
      try {
        file = await pendingFile;
      } finally {
        pendingFile = undefined;
      }
      return file;
    };
    const asked = async (ask) => {
      file = undefined;
      const before = opened;
      const answers = await Promise.allSettled([ask(), ask(), ask()]);
      return [opened - before, ...answers.map(({ status }) => status)].join(" ");
    };
    console.log((await asked(alone)).split(" ")[0]);
    console.log(await asked(shared));
    console.log(await asked(shared));
  `);
  assert.deepEqual(lines, ["3", "1 rejected rejected rejected", "1 fulfilled fulfilled fulfilled"]);
});

test("a run that calls share is forgotten when it is settled, also where it fails before it waits", async () => {
  const lines = await linesOf(`
    let runs = 0;
    let isReady = false;
    let pendingReady;
    const prepare = async () => {
      if (isReady) return;
      pendingReady ??= (async () => {
        if (++runs === 1) throw new Error("at once");
        await null;
        isReady = true;
      })().finally(() => {
        pendingReady = undefined;
      });
      return pendingReady;
    };
    for (let turn = 0; turn < 3; turn++) {
      const all = await Promise.allSettled([prepare(), prepare()]);
      console.log(all.map(({ status }) => status).join(" "), runs, pendingReady);
    }
  `);
  assert.deepEqual(lines, [
    "rejected rejected 1 undefined",
    "fulfilled fulfilled 2 undefined",
    "fulfilled fulfilled 2 undefined",
  ]);
});

test("an exception leaves a flag set, and not with a finally", async () => {
  const lines = await linesOf(`
    let isBusy = false;
    const fail = async () => Promise.reject(new Error("failed"));
    const left = async () => {
      isBusy = true;
      await fail();
      isBusy = false;
    };
    await left().catch(() => console.log(isBusy));
    const restored = async () => {
      isBusy = true;
      try {
        await fail();
      } finally {
        isBusy = false;
      }
    };
    await restored().catch(() => console.log(isBusy));
  `);
  assert.deepEqual(lines, ["true", "false"]);
});

test("what using gives back is gone before a returned promise settles", async () => {
  const said: string[] = [];
  const resource = { [Symbol.dispose]: () => void said.push("left") };
  const work = async (): Promise<void> => {
    await null;
    said.push("done");
  };
  const leave = async (): Promise<void> => {
    using _ = resource;
    return work();
  };
  const stay = async (): Promise<void> => {
    using _ = resource;
    return await work();
  };
  await leave();
  await stay();
  assert.deepEqual(said, ["left", "done", "done", "left"]);
});

test("the name of a method does nothing, and nobody complains", async () => {
  const lines = await linesOf(`
    const controller = new AbortController();
    setTimeout(() => controller.abort, 0);
    setTimeout(() => {
      console.log(controller.signal.aborted);
      controller.abort();
      console.log(controller.signal.aborted);
    }, 5);
  `);
  assert.deepEqual(lines, ["false", "true"]);
});

test("a timer without a reference does not keep the process up", async () => {
  const lines = await linesOf(`
    setTimeout(() => console.log("late"), 1000).unref();
    await Promise.race([null, new Promise((resolve) => setTimeout(resolve, 1000).unref())]);
    console.log("over");
  `);
  assert.deepEqual(lines, ["over"]);
});

test("what is written to a file that is closed fails", async () => {
  const lines = await linesOf(`
    import { open, rm } from "node:fs/promises";
    const path = new URL("./data.txt", import.meta.url);
    const file = await open(path, "w");
    const work = Promise.resolve()
      .then(() => new Promise((resolve) => setImmediate(resolve)))
      .then(() => file.write("late"))
      .catch((error) => console.log(error.code));
    await file.close();
    await work;
    await rm(path);
  `);
  assert.deepEqual(lines, ["EBADF"]);
});

test("an exclusive open tells who was first, a question before it does not", async () => {
  const lines = await linesOf(`
    import { access, readFile, writeFile } from "node:fs/promises";
    const path = new URL("./lock.txt", import.meta.url);
    const ask = async (name) => {
      const isThere = await access(path).then(() => true, () => false);
      if (!isThere) await writeFile(path, name);
      return !isThere;
    };
    console.log((await Promise.all([ask("a"), ask("b")])).join(" "));
    const other = new URL("./other.txt", import.meta.url);
    const make = (name) => writeFile(other, name, { flag: "wx" }).then(() => "made", ({ code }) => code);
    console.log((await Promise.all([make("a"), make("b")])).sort().join(" "));
  `);
  assert.deepEqual(lines, ["true true", "EEXIST made"]);
});

test("a catch around a promise that nobody awaits hears nothing of its failure, which ends the process", async () => {
  using folder = new Folder();
  const program = folder.write(
    "program.mjs",
    `async function fail() {
      await null;
      throw new Error("unheard");
    }
    try {
      fail();
    } catch {
      console.log("heard");
    }
    console.log("behind");
    setTimeout(() => console.log("later"), 1000);`,
  );
  const { code, stdout, stderr } = await runProgram([program]);
  assert.deepEqual([code, stdout], [1, "behind\n"]);
  assert.match(stderr, /unheard/);
});

test("a pause that is not awaited lets the code go on at once, and a file that is closed first gets nothing written", async () => {
  const lines = await linesOf(`
    import { open, readFile } from "node:fs/promises";
    import { setTimeout as sleep } from "node:timers/promises";
    sleep(50).then(() => console.log("pause over"));
    console.log("at once");
    const file = await open(new URL("out.txt", import.meta.url), "w");
    const writeAll = async () => {
      for (const line of ["a", "b"]) await file.write(line);
    };
    const failed = writeAll().catch(({ code }) => code);
    await file.close();
    console.log(await failed, (await readFile(new URL("out.txt", import.meta.url), "utf8")).length < 2);
  `);
  assert.equal(lines[0], "at once");
  // Which of the two comes first is up to the disk.
  assert.deepEqual(lines.slice(1).sort(), ["EBADF true", "pause over"]);
});
