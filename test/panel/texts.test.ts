import { deepEqual, doesNotMatch, equal, match, ok } from "node:assert/strict";
import { suite, test } from "node:test";
import { ACTIVITY, HOLDING } from "../../client/shared/frame.js";
import type { Status } from "../../client/shared/messages.js";
import { nameOf, placeName } from "../../client/shared/names.js";
import { shown } from "../../client/shared/shown.js";
import type { Deadlock } from "../../client/shared/snapshot.js";
import { contrast, mixed, textOn, word } from "../../client/webview/layout/colour.js";
import { deadlockSentences, deadlockTitle } from "../../client/webview/layout/deadlock.js";
import { detailsOf } from "../../client/webview/layout/details.js";
import { fitting } from "../../client/webview/layout/fitting.js";
import { hintFor } from "../../client/webview/layout/hint.js";
import { BINDINGS, commandFor } from "../../client/webview/layout/keys.js";
import { noticeFor } from "../../client/webview/layout/notices.js";
import { toText } from "../../client/webview/layout/parts.js";
import {
  activityLabels,
  amounts,
  doing,
  holdingLabels,
  listed,
  stateName,
} from "../../client/webview/layout/phrases.js";
import { parseSearch } from "../../client/webview/layout/search.js";
import { tableOf, tabTitle } from "../../client/webview/layout/tables.js";
import { Words } from "../../client/webview/layout/words.js";
import { frame, thread, track, waitFor } from "./tracks.js";

const mutexA = { id: 6, kind: "lock", name: "mutexA" };
const mutexB = { id: 7, kind: "lock", name: "mutexB" };
const place = (line: number) => ({ file: "/src/deadlock.ts", line, column: 13 });

const first = thread(2, "MyThread1", {
  activity: ACTIVITY.waitsForLock,
  wait: waitFor(3),
  holds: [{ object: mutexA, since: 1_900_000_000, place: place(18), waiters: [3] }],
});
const second = thread(3, "MyThread2", {
  activity: ACTIVITY.waitsForLock,
  wait: waitFor(2, { object: mutexA, place: place(32), holderPlace: place(18) }),
  holds: [{ object: mutexB, since: 1_983_000_000, place: place(29), waiters: [2] }],
});
const deadlock: Deadlock = {
  time: 2_020_000_000,
  until: undefined,
  parties: [
    { thread: 2, waitsFor: mutexB, place: place(21), owner: 3, ownerPlace: place(29) },
    { thread: 3, waitsFor: mutexA, place: place(32), owner: 2, ownerPlace: place(18) },
  ],
};
const snapshot = {
  time: 3_213_000_000,
  threads: [thread(1, "main"), first, second],
  locks: [
    { object: mutexA, owner: 2, since: 1_900_000_000, place: place(18), others: [], waiters: [3] },
    { object: mutexB, owner: 0, since: undefined, place: undefined, others: [], waiters: [] },
  ],
  counters: [
    { object: { id: 8, kind: "queue", name: "jobs" }, count: 37, room: 64, most: 60, waiters: [2] },
    { object: { id: 9, kind: "queue", name: "" }, count: 1, room: 0, most: 1_200, waiters: [] },
    { object: { id: 10, kind: "pool", name: "Pool-1" }, count: 3, room: 4, most: 4, waiters: [] },
  ],
  deadlocks: [deadlock],
};
const words = new Words();
words.learnObjects([mutexA, mutexB]);
words.learnThreads(snapshot);
const now = 3_213_000_000;

const status: Status = {
  state: "live",
  exitCode: undefined,
  startedAt: 1,
  pid: 4121,
  duration: 3_214_000_000,
  events: 48_213,
  dropped: 0,
  problem: undefined,
};

suite("names of the program", () => {
  test("are one short line, whatever they hold", () => {
    equal(shown("a\nb"), "a⏎b");
    equal(shown("a\u202Eb\u0007c\uD800"), "a�b�c�");
    equal([...shown("x".repeat(10_000))].length, 80);
    equal([...shown("🙂".repeat(10_000))].length, 80);
    equal(shown("🙂".repeat(80)), "🙂".repeat(80));
    equal(shown("<img src=x onerror=alert(1)>"), "<img src=x onerror=alert(1)>");
  });

  test("what has none is called by its kind", () => {
    equal(nameOf({ id: 4, kind: "lock", name: "" }), "lock #4");
    equal(nameOf({ id: 4, kind: "", name: "" }), "object #4");
    equal(words.threadName(99), "thread #99");
  });

  test("of a file the last part is shown", () => {
    equal(placeName({ file: "/a/b/deadlock.ts", line: 21 }), "deadlock.ts:21");
    equal(placeName({ file: "C:\\a\\b.ts", line: 1 }), "b.ts:1");
  });
});

suite("what a thread does", () => {
  test("in a few words", () => {
    equal(doing(first, now), "waits for mutexB 1.21 s");
    equal(doing(thread(1, "main"), now), "runs");
    equal(doing({ ...first, wait: undefined }, now), "runs, holds mutexA");
    equal(doing({ ...first, pausedAt: place(44) }, now), "paused at deadlock.ts:44");
    equal(doing(thread(1, "main", { ended: 3_000_000_000, wait: waitFor(3) }), now), "ended at 3.000 s");
    equal(doing(thread(1, "main", { ended: 4_000_000_000 }), now), "runs");
    const joins = waitFor(2, { object: { id: 2, kind: "thread", name: "MyThread1" }, since: now - 5e6 });
    equal(doing(thread(1, "main", { wait: joins }), now), "joins MyThread1 5.00 ms");
    equal(doing(thread(1, "main", { asyncWaits: [waitFor(3)] }), now), "a task waits for mutexB 1.21 s");
    equal(doing(thread(1, "main", { asyncWaits: [waitFor(3), waitFor(2)] }), now), "2 tasks wait");
    equal(doing(thread(1, "main", { activity: ACTIVITY.unknown }), now), "not recorded");
  });

  test("on its run, as much as there is room for", () => {
    const labels = activityLabels(ACTIVITY.waitsForLock, 7, 3, words);
    deepEqual(labels, ["waits for mutexB · held by MyThread2", "waits for mutexB", "mutexB"]);
    const measure = (text: string): number => text.length;
    equal(fitting(labels, 40, measure), "waits for mutexB · held by MyThread2");
    equal(fitting(labels, 20, measure), "waits for mutexB");
    equal(fitting(labels, 6, measure), "mutexB");
    equal(fitting(labels, 5, measure), "mute…");
    equal(fitting(labels, 4, measure), "", "Three letters and dots say nothing.");
    equal(fitting([], 100, measure), "");
    deepEqual(holdingLabels(HOLDING.holdsWhileOthersWait, 6, 3, words), ["mutexA · MyThread2 waits", "mutexA"]);
    deepEqual(holdingLabels(HOLDING.holds, 0, 0, words), ["several locks", "several"]);
    deepEqual(activityLabels(ACTIVITY.running, 0, 0, words), []);
    // A wait for nothing is a sleep, but what runs is of no object either.
    words.learnObjects([{ id: 0, kind: "sleep", name: "sleep" }]);
    deepEqual(activityLabels(ACTIVITY.running, 0, 0, words), []);
  });

  test("beside the pointer, with lines as soon as they are known", () => {
    const lane = {
      thread: 2,
      activity: track([0, 1], [5, ACTIVITY.waitsForLock, undefined, 7, 3]),
      holding: track([0, 1, 1, 6]),
    };
    const seen = frame(10, 10e9, [lane]);
    const pointed = { row: "activity", time: 7e9, thread: first } as const;
    deepEqual(hintFor(pointed, seen, undefined, words), [
      "MyThread1",
      "waits for mutexB · held by MyThread2",
      "5.000 s · 5.00 s",
    ]);
    deepEqual(hintFor(pointed, seen, first, words).slice(3), [
      "at deadlock.ts:21",
      "taken by MyThread2 at deadlock.ts:29",
    ]);
    deepEqual(hintFor({ ...pointed, row: "holding" }, seen, first, words).slice(1), [
      "holds mutexA",
      "0 · 10.0 s",
      "took mutexA at deadlock.ts:18",
    ]);
    deepEqual(hintFor(pointed, undefined, undefined, words), []);
  });
});

suite("a deadlock", () => {
  test("is told with both threads, both locks and all four lines", () => {
    deepEqual(deadlockSentences(deadlock, words).map(toText), [
      "MyThread1 holds mutexA deadlock.ts:18 and waits for mutexB deadlock.ts:21",
      "MyThread2 holds mutexB deadlock.ts:29 and waits for mutexA deadlock.ts:32",
    ]);
    const links = deadlockSentences(deadlock, words).flat();
    deepEqual(
      links.flatMap((part) => (part.kind === "place" ? [part.place.line] : [])),
      [18, 21, 29, 32],
    );
    deepEqual(
      links.flatMap((part) => (part.kind === "thread" ? [part.thread] : [])),
      [2, 3],
    );
  });

  test("has a heading that says when it was over", () => {
    equal(deadlockTitle(deadlock), "Deadlock");
    equal(deadlockTitle({ ...deadlock, until: 3_214_000_000 }), "Deadlock until 3.214 s");
  });

  test("of a thread with itself, and with a thread that is waited for", () => {
    const alone = { thread: 2, waitsFor: mutexA, place: place(21), owner: 2, ownerPlace: place(18) };
    deepEqual(deadlockSentences({ time: 1, until: undefined, parties: [alone] }, words).map(toText), [
      "MyThread1 holds mutexA deadlock.ts:18 and waits for mutexA deadlock.ts:21",
    ]);
    const joins = {
      thread: 2,
      waitsFor: { id: 3, kind: "thread", name: "MyThread2" },
      place: undefined,
      owner: 3,
      ownerPlace: undefined,
    };
    const other = { thread: 3, waitsFor: mutexA, place: place(32), owner: 2, ownerPlace: undefined };
    deepEqual(deadlockSentences({ time: 1, until: undefined, parties: [joins, other] }, words).map(toText), [
      "MyThread1 holds mutexA and joins MyThread2",
      "MyThread2 waits for mutexA deadlock.ts:32",
    ]);
  });
});

suite("the details of a thread", () => {
  const read = (details: ReturnType<typeof detailsOf>) =>
    details.rows.map(({ label, lines }) => `${label}: ${lines.map(toText).join(" / ")}`);

  test("say what it waits for, since when, who has it, and where it leads", () => {
    const details = detailsOf(first, [second, first], now, "now", words);
    equal(details.title, "MyThread1 waits for mutexB");
    equal(details.subtitle, "since 2.003 s · 1.21 s so far");
    equal(details.blocker, 3);
    deepEqual(read(details).slice(0, 4), [
      "at:  deadlock.ts:21",
      "holds: mutexA deadlock.ts:18, MyThread2 waits",
      "holder: MyThread2 deadlock.ts:29, 1.23 s",
      "root cause: itself, in a cycle of 2",
    ]);
  });

  test("tell of a moment that is over how long it took in the end", () => {
    const over = { ...first, wait: waitFor(3, { until: 2_503_000_000, isTimed: true }) };
    equal(detailsOf(over, [], 2_103_000_000, "past", words).subtitle, "since 2.003 s · 500 ms in all · has a timeout");
    equal(detailsOf(first, [], 2_103_000_000, "past", words).subtitle, "since 2.003 s · 100 ms by then");
    equal(detailsOf(first, [], 2_103_000_000, "end", words).subtitle, "since 2.003 s · 100 ms to the end");
    const lines = detailsOf(first, [], 2_103_000_000, "end", words).rows.at(-1)!.lines.map(toText);
    equal(lines.at(-1), "lived 2.10 s");
  });

  test("say of its tasks what each waits for, and of those that did who ended that", () => {
    const over = { until: 2_503_000_000, holder: 0, endedBy: 3 };
    const main = thread(1, "main", { asyncWaits: [waitFor(3), waitFor(3, over)] });
    const [tasks] = read(detailsOf(main, [], 2_103_000_000, "past", words));
    equal(
      tasks,
      "tasks: waits for mutexB 100 ms deadlock.ts:21, has MyThread2 / waits for mutexB 500 ms deadlock.ts:21, ended by MyThread2",
    );
  });

  test("find the one that keeps everybody, or the circle that it waits for", () => {
    const free = thread(4, "slow");
    const chain = detailsOf(first, [second, free], now, "now", words);
    ok(read(chain).includes("root cause: slow"));
    const outside = thread(5, "outside", { wait: waitFor(2) });
    ok(
      read(detailsOf(outside, [first, second, first], now, "now", words)).includes(
        "root cause: a cycle of 2 with MyThread1",
      ),
    );
    const itself = thread(6, "alone", { wait: waitFor(6) });
    ok(read(detailsOf(itself, [itself], now, "now", words)).includes("root cause: itself"));
  });

  test("do not list thousands", () => {
    const holds = Array.from({ length: 5_000 }, (_, i) => ({
      object: { id: i, kind: "lock", name: `l${i}` },
      since: 0,
      place: undefined,
      waiters: [],
    }));
    const lines = detailsOf(thread(1, "main", { holds }), [], now, "now", words).rows[0]!.lines.map(toText);
    deepEqual([lines.length, lines[0], lines.at(-1)], [13, "l4999", "and 4988 more"]);
  });
});

suite("the tables", () => {
  const source = {
    snapshot,
    contention: [
      { object: mutexB, place: place(21), waits: 1, total: 1_210_000_000, longest: 1_210_000_000, holder: 3 },
      { object: mutexA, place: undefined, waits: 2_120, total: 605_000_000, longest: 6_100_000, holder: 0 },
    ],
    found: {
      findings: [
        {
          ...{ id: "lock-order-inversion", isRule: true, message: "Locks were taken\nin a ring.", times: 2 },
          isInSource: true,
          places: [
            { what: "t1 takes b", place: place(21) },
            { what: "t2 took a before", place: undefined },
          ],
        },
      ],
      ...{ suppressed: 0, files: [], lockOrder: { locks: [], edges: [] } },
    },
    area: undefined,
    comparison: undefined,
    now,
    words,
  };
  const read = (tab: Parameters<typeof tableOf>[0]) =>
    tableOf(tab, source).rows.map(({ cells }) => cells.map(({ parts }) => toText(parts)));

  test("contention, the longest total first", () => {
    deepEqual(read("contention"), [
      ["mutexB", "deadlock.ts:21", "1", "1.21 s", "1.21 s", "MyThread2"],
      ["mutexA", "", "2,120", "605 ms", "6.10 ms", ""],
    ]);
    deepEqual(
      tableOf("contention", source).rows.map(({ cells }) => cells[3]!.bar),
      [1, 0.5],
    );
  });

  test("rows with all the words that are looked for, and those that lasted so long", () => {
    const found = (tab: Parameters<typeof tableOf>[0], text: string) =>
      tableOf(tab, source, parseSearch(text)).rows.map(({ cells: [first] }) => toText(first!.parts));
    deepEqual(found("contention", "MUTEX"), ["mutexB", "mutexA"]);
    deepEqual(found("contention", "mutex thread2"), ["mutexB"]);
    deepEqual(found("contention", "mutex >10ms"), ["mutexB"]);
    deepEqual(found("contention", ">=6.1ms"), ["mutexB", "mutexA"]);
    deepEqual(found("threads", ">1s"), ["MyThread1", "MyThread2"]);
    deepEqual(found("locks", ">1s"), []);
    deepEqual(found("contention", "  "), ["mutexB", "mutexA"]);
    equal(tableOf("contention", source, parseSearch("x>y")).empty, "None of 2 has what is looked for.");
  });

  test("threads, with all they hold and wait for", () => {
    deepEqual(read("threads")[0], ["main", "runs", "", ""]);
    deepEqual(read("threads")[1], [
      "MyThread1",
      "waits",
      "mutexA deadlock.ts:18",
      "waits for mutexB deadlock.ts:21 1.21 s, held by MyThread2",
    ]);
  });

  test("a thread that is joined is not held by itself", () => {
    const joins = waitFor(2, { object: { id: 2, kind: "thread", name: "MyThread1" }, since: now - 5e6 });
    const alone = { ...snapshot, threads: [thread(1, "main", { wait: joins })] };
    const [row] = tableOf("threads", { ...source, snapshot: alone }).rows;
    equal(toText(row!.cells[3]!.parts), "joins MyThread1 deadlock.ts:21 5.00 ms");
    const labels = detailsOf(alone.threads[0]!, [], now, "now", words).rows.map(({ label }) => label);
    deepEqual(labels, ["at", "joins", "thread"]);
  });

  test("locks, with owner and waiters", () => {
    deepEqual(read("locks"), [
      ["mutexA", "MyThread1 deadlock.ts:18", "1.900 s", "MyThread2"],
      ["mutexB", "free", "", ""],
    ]);
  });

  test("a lock with several readers, with all of them", () => {
    const read = { thread: 3, since: 1_950_000_000, place: place(29) };
    const locks = [{ ...snapshot.locks[0]!, others: [read] }];
    const [row] = tableOf("locks", { ...source, snapshot: { ...snapshot, locks } }).rows;
    equal(toText(row!.cells[1]!.parts), "MyThread1 deadlock.ts:18, MyThread2 deadlock.ts:29");
  });

  test("queues and pools, with how full they are and who waits", () => {
    deepEqual(read("counters"), [
      ["jobs", "queue", "37 of 64", "60", "MyThread1"],
      ["queue #9", "queue", "1 message", "1,200", ""],
      ["Pool-1", "pool", "3 of 4 busy", "4", ""],
    ]);
    deepEqual(
      tableOf("counters", source).rows.map(({ cells }) => cells[2]!.bar),
      [37 / 64, 1 / 1_200, 3 / 4],
    );
  });

  test("findings, with all their places", () => {
    deepEqual(read("findings"), [
      [
        "lock-order-inversion",
        "Locks were taken⏎in a ring.",
        "both: 2 times",
        "t1 takes b deadlock.ts:21; t2 took a before",
      ],
    ]);
    equal(tabTitle("findings", source), "Findings 1");
    equal(tableOf("findings", { ...source, found: undefined }).empty, "The trace is being looked through.");
    const { found } = source;
    const empty = (suppressed: number) =>
      tableOf("findings", { ...source, found: { ...found, findings: [], suppressed } }).empty;
    equal(empty(0), "Nothing was found in this run.");
    equal(empty(2), "Nothing was found in this run but what comments or settings suppress (2).");
    const told = (times: number, isInSource: boolean) => {
      const findings = found.findings.map((each) => ({ ...each, times, isInSource }));
      const [row] = tableOf("findings", { ...source, found: { ...found, findings } }).rows;
      return toText(row!.cells[2]!.parts);
    };
    deepEqual([told(1, false), told(0, true), told(1, true)], ["seen once", "static only", "both: once"]);
  });

  test("no more rows than anybody reads", () => {
    const many = { ...snapshot, threads: Array.from({ length: 1_500 }, (_, i) => thread(i + 1, `t${i}`)) };
    const table = tableOf("threads", { ...source, snapshot: many });
    deepEqual([table.rows.length, table.more], [1_000, 500]);
  });
});

suite("the state of a recording", () => {
  test("in a word, with its amounts", () => {
    equal(stateName(status), "Live");
    equal(stateName({ ...status, state: "ended", exitCode: 0 }), "Ended");
    equal(stateName({ ...status, state: "ended", exitCode: 3 }), "Ended with 3");
    equal(amounts(status), "3.214 s · 48,213 events · 0 dropped");
    equal(amounts({ ...status, events: 1 }), "3.214 s · 1 event · 0 dropped");
    equal(listed(["a", "b", "c"]), "a, b and c");
  });

  test("where there is nothing to see it says why, and what to do", () => {
    const empty = { ...snapshot, threads: [], locks: [], deadlocks: [] };
    const alone = { ...empty, threads: [thread(1, "main")] };
    const quiet = { ...status, events: 0 };
    const notice = (...[of, from]: Parameters<typeof noticeFor>) => noticeFor(of, from);
    match(notice({ ...status, state: "waiting" }, undefined)!.title, /Waiting for the program/);
    match(notice({ ...quiet, state: "ended" }, empty)!.text, /no lock and started no thread.*"heddle"/);
    match(notice(quiet, alone)!.title, /One thread so far/);
    equal(notice(quiet, alone)!.isWhole, false);
    match(
      notice({ ...status, state: "unreadable", problem: "this is no Heddle trace" }, undefined)!.text,
      /^this is no Heddle trace$/,
    );
    match(notice({ ...status, state: "killed" }, snapshot)!.title, /no end/);
    equal(notice(status, snapshot), undefined);
    equal(notice({ ...status, state: "ended" }, snapshot), undefined);
    doesNotMatch(notice({ ...quiet, state: "ended" }, alone)!.text, /undefined/);
  });
});

suite("keys", () => {
  const press = (key: string, more = {}) => commandFor({ key, ctrlKey: false, metaKey: false, altKey: false, ...more });

  test("do what the help says", () => {
    equal(press("w"), "zoomIn");
    equal(press("W"), "zoomIn");
    equal(press(" "), "follow");
    equal(press("]"), "toBlocker");
    equal(press("x"), undefined);
  });

  test("with Ctrl, Alt or Meta belong to the editor", () => {
    for (const more of [{ ctrlKey: true }, { altKey: true }, { metaKey: true }]) equal(press("f", more), undefined);
  });

  test("mean one thing each", () => {
    const keys = BINDINGS.flatMap((binding) => binding.keys);
    equal(new Set(keys).size, keys.length);
  });
});

suite("colours", () => {
  test("letters can be read on whatever they stand", () => {
    for (let red = 0; red < 256; red += 15) {
      for (let green = 0; green < 256; green += 15) {
        for (let blue = 0; blue < 256; blue += 15) {
          const ground = { red, green, blue };
          ok(contrast(textOn(ground), ground) >= 4.5, JSON.stringify(ground));
        }
      }
    }
  });

  test("are mixed and written as an image has them", () => {
    deepEqual(mixed({ red: 255, green: 0, blue: 0 }, { red: 0, green: 0, blue: 255 }, 0.5), {
      red: 128,
      green: 0,
      blue: 128,
    });
    equal(word({ red: 1, green: 2, blue: 3 }), 0xff030201);
  });
});
