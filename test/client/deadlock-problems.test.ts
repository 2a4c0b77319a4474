/** What Problems says about deadlocks that were seen in a run. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { ACTIVITY } from "../../client/shared/frame.js";
import type { DeadlockParty, Named, Snapshot, ThreadNow } from "../../client/shared/snapshot.js";
import { deadlockProblems } from "../../client/src/trace/deadlock-problems.js";

const lock = (id: number, name = ""): Named => ({ id, kind: "lock", name });
const at = (line: number) => ({ file: "/src/a.ts", line, column: 3 });
const program = { id: 1, pid: 7, name: "a.js", ended: undefined, exitCode: undefined, signal: undefined };

function thread(id: number, name: string): ThreadNow {
  return {
    ...{ id, name, process: program, worker: id - 1, activity: ACTIVITY.waitsForLock, task: "" },
    ...{ began: 0, ended: undefined },
    ...{ wait: undefined, asyncWaits: [], holds: [], pausedAt: undefined },
  };
}

function snapshot(...parties: readonly DeadlockParty[]): Snapshot {
  const threads = [thread(1, "MainThread"), thread(2, "t1"), thread(3, "")];
  return { time: 9, threads, locks: [], counters: [], deadlocks: [{ time: 5, until: undefined, parties }] };
}

suite("a deadlock that was seen", () => {
  test("is an inversion of locks at each wait, with the places of all parties beside it", () => {
    const problems = deadlockProblems(
      snapshot(
        { thread: 2, waitsFor: lock(8, "b"), place: at(4), owner: 3, ownerPlace: at(7) },
        { thread: 3, waitsFor: { ...lock(9), kind: "rlock" }, place: at(8), owner: 2, ownerPlace: undefined },
      ),
    );
    assert.deepEqual(
      problems.map(({ place, id }) => [place.line, id]),
      [
        [4, "lock-order-inversion"],
        [8, "lock-order-inversion"],
      ],
    );
    assert.deepEqual(
      problems.map(({ message }) => message),
      [
        "Deadlock, seen in a run: t1 waits for b, which thread #3 holds; thread #3 waits for rlock #9, which t1 holds.",
        "Deadlock, seen in a run: thread #3 waits for rlock #9, which t1 holds; t1 waits for b, which thread #3 holds.",
      ],
    );
    assert.deepEqual(
      problems[0]?.related.map(({ place, message }) => [place.line, message]),
      [
        [7, "thread #3 took b here"],
        [8, "thread #3 waits for rlock #9 here"],
      ],
    );
  });

  test("keeps to its line, whatever names hold", () => {
    const [problem] = deadlockProblems(
      snapshot({
        thread: 2,
        waitsFor: lock(8, `a\n\u202E${"b".repeat(1e6)}`),
        place: at(4),
        owner: 2,
        ownerPlace: at(3),
      }),
    );
    const { message = "" } = problem ?? {};
    assert.match(message, /^Deadlock, seen in a run: t1 waits for a⏎�b+…, which it holds itself\.$/u);
    assert.ok(message.length < 200, `${message.length}`);
  });

  test("is no problem of a file where the code is in none", () => {
    const made = { file: "[worker eval]", line: 2, column: 1 };
    const problems = deadlockProblems(
      snapshot(
        { thread: 2, waitsFor: lock(8, "b"), place: at(4), owner: 3, ownerPlace: made },
        { thread: 3, waitsFor: lock(9, "a"), place: made, owner: 2, ownerPlace: at(3) },
      ),
    );
    assert.deepEqual(
      problems.map(({ place, related }) => [place.line, related.map((each) => each.place.line)]),
      [[4, [3]]],
    );
  });

  test("of one thread is a lock that it takes again", () => {
    const [problem, ...more] = deadlockProblems(
      snapshot({ thread: 2, waitsFor: lock(8, "b"), place: at(4), owner: 2, ownerPlace: at(3) }),
    );
    assert.deepEqual(more, []);
    assert.equal(problem?.id, "lock-reacquired");
    assert.equal(problem?.message, "Deadlock, seen in a run: t1 waits for b, which it holds itself.");
  });

  test("with a thread whose end is waited for is about no rule", () => {
    const problems = deadlockProblems(
      snapshot(
        { thread: 1, waitsFor: { id: 5, kind: "thread", name: "t1" }, place: at(2), owner: 2, ownerPlace: undefined },
        { thread: 2, waitsFor: lock(8, "b"), place: undefined, owner: 1, ownerPlace: at(1) },
      ),
    );
    assert.deepEqual(
      problems.map(({ place, id, message }) => [place.line, id, message]),
      [[2, "deadlock", "Deadlock, seen in a run: MainThread joins t1; t1 waits for b, which MainThread holds."]],
    );
  });
});
