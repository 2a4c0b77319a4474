/** Processes, and those that are threads. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { StateError } from "heddle";
import { libraries } from "./libraries.js";
import { computeForEver, nothing } from "./process-work.js";
import { starter } from "./started-process.js";

const DEADLINE = 20_000;

for (const { name, activeChildren, currentProcess, Process } of libraries) {
  suite(name, () => {
    const started = starter(Process);

    test("105, 111: a process has no number and no exit code before it starts, and exit code 0 when all went well", () => {
      const child = new Process({ target: nothing });
      assert.deepEqual([child.pid, child.exitcode, child.isAlive()], [undefined, undefined, false]);
      assert.match(child.name, /^Process-\d+$/);
      child.start();
      assert.ok(child.pid !== undefined && child.pid !== process.pid);
      assert.equal(child.isAlive(), true);
      child.join({ timeout: DEADLINE });
      assert.deepEqual([child.exitcode, child.isAlive()], [0, false]);
    });

    test("111: a name is a text", () => {
      assert.equal(new Process({ name: "mine" }).name, "mine");
      assert.match(new Process({ target: nothing }).name, /^Process-\d+$/);
      assert.throws(() => new Process({ name: 5 as never }), TypeError);
      const child = new Process();
      assert.throws(() => Reflect.set(child, "name", 5), TypeError);
    });

    test("107: a process that a signal ended has that signal's negative number as its exit code", () => {
      using ended = started({ target: computeForEver });
      using killed = started({ target: computeForEver });
      ended.terminate();
      killed.kill();
      for (const child of [ended, killed]) child.join({ timeout: DEADLINE });
      assert.deepEqual([ended.exitcode, killed.exitcode], [-15, -9]);
      ended.terminate(); // once more does nothing
    });

    test("108: to start twice, and to join what was not started, is a StateError", () => {
      const child = new Process({ target: nothing });
      assert.throws(() => child.join(), StateError);
      assert.throws(() => child.terminate(), StateError);
      child.start();
      assert.throws(() => child.start(), StateError);
      child.join({ timeout: DEADLINE });
      assert.throws(() => child.start(), StateError);
      assert.throws(() => currentProcess().join(), StateError);
      assert.throws(() => currentProcess().start(), StateError);
    });

    test("109: join gives up after its timeout, a running process cannot be closed, and a closed one not used", async () => {
      using child = started({ target: computeForEver });
      for (const timeout of [0, 20, -1]) assert.equal(child.join({ timeout }), undefined);
      await child.joinAsync({ timeout: 20 });
      await assert.rejects(child.joinAsync({ signal: AbortSignal.abort(new Error("enough")) }), /enough/);
      assert.equal(child.isAlive(), true);
      assert.throws(() => child.close(), StateError);
      const over = new Process({ target: nothing });
      over.start();
      await over.joinAsync({ timeout: DEADLINE });
      over.close();
      over.close();
      for (const use of [
        () => over.pid,
        () => over.exitcode,
        () => over.isAlive(),
        () => over.join(),
        () => over.start(),
      ]) {
        assert.throws(use, StateError);
      }
    });

    test("110: a daemon is one before it starts, and has no children", () => {
      using daemon = started({ target: computeForEver, daemon: true });
      assert.equal(daemon.daemon, true);
      assert.throws(() => Reflect.set(daemon, "daemon", false), StateError);
    });

    test("113: activeChildren are those that run", () => {
      using running = started({ target: computeForEver });
      using ended = started({ target: nothing });
      ended.join({ timeout: DEADLINE });
      assert.deepEqual(activeChildren(), [running]);
    });
  });
}
