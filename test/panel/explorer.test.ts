import { deepEqual, equal } from "node:assert/strict";
import { suite, test } from "node:test";
import { ACTIVITY } from "../../client/shared/frame.js";
import type { Answer, Status } from "../../client/shared/messages.js";
import { Explorer, type Moment } from "../../client/webview/layout/explorer.js";
import { NO_FILTER, type RelatedFilter } from "../../client/webview/layout/filter.js";
import { FrameSupply, type Wanted } from "../../client/webview/layout/frame-supply.js";
import { parseKept } from "../../client/webview/layout/kept-state.js";
import { QuestionQueue } from "../../client/webview/layout/question-queue.js";
import { TraceState } from "../../client/webview/layout/trace-state.js";
import { frame, thread, track, waitFor } from "./tracks.js";

suite("questions", () => {
  function queue() {
    const sent: string[] = [];
    let last = 0;
    const questions = new QuestionQueue<string>(
      (question, request) => sent.push(`${request} ${question}`),
      () => ++last,
    );
    return { questions, sent };
  }

  test("one is under way at a time, and then only the newest is asked", () => {
    const { questions, sent } = queue();
    for (const each of ["a", "b", "c", "d"]) questions.ask(each, 0);
    deepEqual(sent, ["1 a"]);
    equal(questions.answered(1, 5), true);
    deepEqual(sent, ["1 a", "2 d"]);
    equal(questions.answered(2, 9), true);
    equal(sent.length, 2);
  });

  test("answers to other questions change nothing", () => {
    const { questions, sent } = queue();
    questions.ask("a", 0);
    questions.ask("b", 0);
    equal(questions.answered(17, 1), false);
    deepEqual(sent, ["1 a"]);
  });

  test("a question that is never answered does not stop those after it", () => {
    const { questions, sent } = queue();
    questions.ask("a", 0);
    questions.ask("b", 1_000);
    questions.ask("c", 2_500);
    deepEqual(sent, ["1 a", "2 c"]);
    equal(questions.answered(1, 2_600), false);
  });
});

suite("frames", () => {
  function supply(pause: number) {
    const sent: Wanted[] = [];
    let last = 0;
    const frames = new FrameSupply(
      (wanted) => sent.push(wanted),
      () => ++last,
      pause,
    );
    return { frames, sent };
  }
  const wanted = (to: number): Wanted => ({ span: { from: 0, to }, columns: 100 });

  test("are asked for once, and again when there is more to see", () => {
    const { frames, sent } = supply(30);
    equal(frames.want(wanted(10), false, 0), false);
    equal(frames.want(wanted(10), false, 1_000), false);
    equal(sent.length, 1);
    frames.outdate();
    equal(frames.take({ ...frame(100, 10, []), request: 1 }, 1_000), true);
    frames.want(wanted(10), false, 1_001);
    equal(sent.length, 2);
  });

  test("of what grows come at a pace, of what somebody moves at once", () => {
    const { frames, sent } = supply(30);
    frames.want(wanted(10), false, 0);
    frames.take({ ...frame(100, 10, []), request: 1 }, 1);
    equal(frames.want(wanted(11), false, 10), true, "It is still to be asked for.");
    equal(sent.length, 1);
    equal(frames.want(wanted(12), true, 11), false);
    equal(sent.length, 2);
  });

  test("of others are not taken", () => {
    const { frames } = supply(30);
    frames.want(wanted(10), false, 0);
    equal(frames.take({ ...frame(100, 10, []), request: 99 }, 1), false);
    equal(frames.frame, undefined);
  });
});

const status: Status = {
  state: "live",
  exitCode: undefined,
  startedAt: 1,
  pid: 1,
  duration: 4e9,
  events: 9,
  dropped: 0,
  problem: undefined,
};

suite("the clock", () => {
  test("goes on between reports of a live trace, but not for ever, and stands when it has ended", () => {
    const trace = new TraceState();
    trace.hear({ type: "status", status }, 100);
    equal(trace.end(100), 4e9);
    equal(trace.end(150), 4.05e9);
    equal(trace.end(100_000), 5e9);
    trace.hear({ type: "status", status: { ...status, state: "ended" } }, 200);
    equal(trace.end(900), 4e9);
  });
});

/** Three threads: `a` waits for `b`, `b` for `c`, and `c` runs. */
function explorer(kept: unknown = undefined) {
  const trace = new TraceState();
  const asked: Moment[] = [];
  const related: RelatedFilter[] = [];
  const threads = [
    thread(1, "a", { activity: ACTIVITY.waitsForLock, wait: waitFor(2) }),
    thread(2, "b", { activity: ACTIVITY.waitsForLock, wait: waitFor(3) }),
    thread(3, "c"),
  ];
  const heard: readonly Answer[] = [
    { type: "status", status: { ...status, state: "ended" } },
    { type: "snapshot", snapshot: { time: 4e9, threads, locks: [], counters: [], deadlocks: [] } },
  ];
  for (const answer of heard) trace.hear(answer, 0);
  const seen = frame(100, 4e9, [
    { thread: 1, activity: track([0, 1], [50, ACTIVITY.waitsForLock, undefined, 7, 2]), holding: track() },
  ]);
  return {
    explorer: new Explorer(
      trace,
      parseKept(kept),
      (moment) => asked.push(moment),
      (question) => related.push(question),
    ),
    asked,
    related,
    threads,
    seen,
  };
}

suite("finding one's way", () => {
  test("to the thread that keeps the selected one, to the one that keeps that, and back", () => {
    const { explorer: me } = explorer();
    me.select({ thread: 1, time: undefined });
    me.toBlocker(0);
    equal(me.selection?.thread, 2);
    me.toBlocker(0);
    equal(me.selection?.thread, 3);
    me.toBlocker(0);
    equal(me.selection?.thread, 3, "It waits for nobody.");
    me.back();
    equal(me.selection?.thread, 2);
    me.back();
    deepEqual([me.selection?.thread, me.canGoBack], [1, false]);
    me.back();
    equal(me.selection?.thread, 1);
  });

  test("at a moment of the past, by what was true then", () => {
    const { explorer: me, asked, threads } = explorer();
    me.select({ thread: 1, time: 2e9 });
    deepEqual(asked, [{ thread: 1, time: 2e9 }]);
    equal(me.details(0), undefined, "It is not known yet.");
    me.describe({ request: 1, time: 2e9, thread: threads[0]!, blockers: [threads[1]!] });
    equal(me.details(0)?.blocker, 2);
    me.toBlocker(0);
    deepEqual(me.selection, { thread: 2, time: 2e9 });
    deepEqual(asked.at(-1), { thread: 2, time: 2e9 });
    equal(me.details(0), undefined, "An answer about another thread is none.");
  });

  test("from lane to lane, and no further than the last", () => {
    const { explorer: me, seen } = explorer();
    const walk = [
      "laneBelow",
      "laneBelow",
      "laneBelow",
      "laneBelow",
      "laneAbove",
      "firstLane",
      "laneAbove",
      "lastLane",
    ] as const;
    deepEqual(
      walk.map((command) => {
        me.do(command, seen, 0);
        return me.selection?.thread;
      }),
      [1, 2, 3, 3, 2, 1, 1, 3],
    );
    me.do("deselect", seen, 0);
    equal(me.selection, undefined);
  });

  test("from change to change", () => {
    const { explorer: me, seen } = explorer();
    me.select({ thread: 1, time: 1e9 });
    me.do("nextChange", seen, 0);
    equal(me.selection?.time, 2.02e9);
    me.do("previousChange", seen, 0);
    equal(me.selection?.time, 0.02e9);
  });

  test("to any moment, which stays in the window, and back to now", () => {
    const { explorer: me, asked, seen } = explorer();
    me.do("momentEarlier", seen, 0);
    deepEqual(me.selection, { thread: 0, time: 3.96e9 }, "From the end, which is seen, a hundredth of what is seen.");
    deepEqual(asked, [{ thread: 0, time: 3.96e9 }]);
    equal(me.sentence(), undefined, "It is not known yet.");
    equal(me.snapshot?.time, 4e9, "Until then, what was shown before.");
    const threads = [thread(1, "a"), thread(2, "b", { activity: ACTIVITY.absent, began: 3.97e9 })];
    me.look({ time: 3.96e9, threads, locks: [], counters: [], deadlocks: [] });
    equal(me.sentence(), "3.960 s: a runs");
    equal(me.details(0)?.title, "At 3.960 s");
    me.do("laneAbove", seen, 0);
    deepEqual(me.selection, { thread: 1, time: 3.96e9 });
    me.do("zoomIn", seen, 0);
    me.scrub(1e9, 0);
    deepEqual(me.selection, { thread: 1, time: 1e9 });
    const { from, to } = me.wantedSpan(0);
    equal(from < 1e9 && 1e9 < to, true, "The window went along.");
    me.scrub(9e9, 0);
    equal(me.moment, 4e9, "There is nothing behind the end.");
    me.do("toNow", seen, 0);
    deepEqual(me.selection, { thread: 1, time: undefined });
    equal(me.snapshot?.time, 4e9);
  });

  test("a trace that has ended is seen as a whole, and there is nothing to follow", () => {
    const { explorer: me, seen } = explorer();
    equal(me.view.mode, "fit");
    me.do("follow", seen, 0);
    equal(me.view.mode, "fit");
    me.do("zoomIn", seen, 0);
    equal(me.view.mode, "free");
  });

  test("among those that a filter leaves, and the selected one", () => {
    const { explorer: me, related, seen } = explorer();
    const names = (): string => me.threads.map(({ name }) => name).join("");
    me.filter.filter = { ...NO_FILTER, name: " B " };
    equal(names(), "b");
    me.do("firstLane", seen, 0);
    equal(me.selection?.thread, 2);
    me.toBlocker(0);
    equal(names(), "bc", "Who goes to a thread sees it.");
    me.do("onlyRelated", seen, 0);
    deepEqual(related, [{ thread: 3, object: 0, least: 0 }]);
    equal(me.filter.isKnown, false);
    me.filter.take([2, 3]);
    me.do("showAll", seen, 0);
    equal(names(), "abc");
    me.filter.take([2, 3]);
    equal(names(), "abc", "An answer that nobody waits for any more is none.");
    me.do("lastLane", seen, 0);
    me.do("hide", seen, 0);
    deepEqual([names(), me.selection?.thread], ["ab", 2]);
    me.do("hide", seen, 0);
    me.do("hide", seen, 0);
    deepEqual([names(), me.selection], ["", undefined]);
    deepEqual(me.filter.filter.hidden, [3, 2, 1]);
  });

  test("what was kept is there again", () => {
    const { explorer: me, seen } = explorer();
    me.select({ thread: 2, time: undefined });
    me.do("zoomIn", seen, 0);
    me.tab = "locks";
    const again = explorer(structuredClone(me.kept)).explorer;
    deepEqual(again.kept, me.kept);
    deepEqual(again.wantedSpan(0), me.wantedSpan(0));
  });
});
