/** Queues between processes. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Pipe, Queue } from "heddle/process";
import { Folder } from "../support/folder.js";
import { runProgram } from "../support/run-program.js";
import { getAndStay, getTwoAndSay, makeQueue, putMuch } from "./process-work.js";
import { started } from "./started-process.js";

const wait = { timeout: 20_000 };

test("92: a process ends when what it put has left it, or at once after cancelJoinThread", () => {
  const said = new Queue<string>();
  const [mine, theirs] = Pipe();
  using maker = started({ target: makeQueue, args: [theirs] });
  assert.equal(mine.poll(wait), true);
  const queue = mine.recv() as Queue<Uint8Array>;
  const [go, goThere] = Pipe();
  const [goToo, goTooThere] = Pipe();
  using forgetful = started({ target: putMuch, args: [queue, said, goThere, true] });
  using faithful = started({ target: putMuch, args: [queue, said, goTooThere, false] });
  assert.deepEqual([said.get(wait), said.get(wait)], ["connected", "connected"]);
  process.kill(maker.pid ?? 0, "SIGSTOP"); // nobody takes anything from here on
  go.send("go");
  goToo.send("go");
  forgetful.join(wait);
  assert.equal(forgetful.exitcode, 0);
  faithful.join({ timeout: 100 });
  assert.equal(faithful.isAlive(), true);
  process.kill(maker.pid ?? 0, "SIGCONT");
  faithful.join(wait);
  assert.equal(faithful.exitcode, 0);
  for (const end of [mine, go, goToo]) end.close();
  maker.join(wait); // in peace, so that it takes its socket away
});

test("what a process got and never saw is for those who wait, in its order", async () => {
  const [items, said] = [new Queue<number>(), new Queue<string>()];
  using stays = started({ target: getTwoAndSay, args: [items, said] });
  assert.equal(said.get(wait), "here");
  process.kill(stays.pid ?? 0, "SIGSTOP");
  for (const item of [1, 2]) items.put(item);
  const next = items.getAsync(wait);
  assert.equal(items.empty(), true);
  stays.kill();
  assert.deepEqual([await next, items.get(wait)], [1, 2]);
});

test("what waits for a process that dies is for others, and in its order", () => {
  const [items, said] = [new Queue<number>(), new Queue<string>()];
  using stays = started({ target: getAndStay, args: [items, said] });
  assert.equal(said.get(wait), "here");
  stays.kill();
  stays.join(wait);
  for (const item of [1, 2, 3]) items.put(item);
  using later = started({ target: getAndStay, args: [items, said] });
  assert.deepEqual([said.get(wait), said.get(wait)], ["here", "1"]);
  assert.deepEqual([items.get(wait), items.get(wait)], [2, 3]);
  assert.equal(later.isAlive(), true);
});

test("the broker answers nobody without the key, and its socket goes with the program", async () => {
  const program = fileURLToPath(new URL("./programs/queue-maker.js", import.meta.url));
  const { code, stdout } = await runProgram([program]);
  assert.equal(code, 0);
  assert.match(stdout, /^heddle-\w+\nstranger: closed\nforeign: closed\n$/);
  assert.equal(readdirSync(tmpdir()).includes(stdout.split("\n")[0] ?? ""), false);
});

test("a queue for whose socket there was no place is an error of the system, and the next one may have more luck", async () => {
  using folder = new Folder();
  const text = `
    import { mkdirSync } from "node:fs";
    import { Queue } from "heddle/process";
    for (let attempt = 1; attempt <= 2; attempt++) {
      try {
        const queue = new Queue();
        queue.put(attempt);
        console.log("got", queue.get());
      } catch ({ name, code }) {
        console.log(name, code);
        mkdirSync(process.env.TMPDIR);
      }
    }
  `;
  const env = { TMPDIR: folder.file("later") };
  const { code, stdout, stderr } = await runProgram(["--input-type=module", "-e", text], { env });
  assert.deepEqual([code, stdout, stderr], [0, "Error ENOENT\ngot 2\n", ""]);
});
