import { deepEqual, equal, ok } from "node:assert/strict";
import { suite, test } from "node:test";
import { parseKept } from "../../client/webview/layout/kept-state.js";
import { lengthOf } from "../../client/webview/layout/span.js";
import { initialView, moved, spanOf } from "../../client/webview/layout/view.js";

const second = 1e9;

suite("what part of the trace is seen", () => {
  test("following shows the newest: all of it at first, then the last ten seconds", () => {
    deepEqual(spanOf(initialView, 3 * second), { from: 0, to: 3 * second });
    deepEqual(spanOf(initialView, 60 * second), { from: 50 * second, to: 60 * second });
  });

  test("zooming while following keeps the live edge", () => {
    const view = moved(initialView, { type: "zoom", factor: 0.5, at: 51 * second }, 60 * second);
    equal(view.mode, "follow");
    deepEqual(spanOf(view, 60 * second), { from: 55 * second, to: 60 * second });
    deepEqual(spanOf(view, 61 * second), { from: 56 * second, to: 61 * second });
  });

  test("panning leaves the live edge, and stays at both ends of the trace", () => {
    const left = moved(initialView, { type: "pan", fraction: -0.5 }, 60 * second);
    equal(left.mode, "free");
    deepEqual(spanOf(left, 70 * second), { from: 45 * second, to: 55 * second });
    const start = moved(left, { type: "pan", fraction: -100 }, 60 * second);
    deepEqual(spanOf(start, 60 * second), { from: 0, to: 10 * second });
  });

  test("all of it grows with the trace", () => {
    const all = moved(initialView, { type: "fit" }, second);
    deepEqual(spanOf(all, 90 * second), { from: 0, to: 90 * second });
  });

  test("zooming out ends at the whole trace, zooming in at a microsecond", () => {
    let view = moved(initialView, { type: "fit" }, second);
    for (let i = 0; i < 200; i++) view = moved(view, { type: "zoom", factor: 0.5, at: undefined }, second);
    ok(lengthOf(spanOf(view, second)) <= 1_001, String(lengthOf(spanOf(view, second))));
    for (let i = 0; i < 200; i++) view = moved(view, { type: "zoom", factor: 2, at: undefined }, second);
    deepEqual(spanOf(view, second), { from: 0, to: second });
  });
});

suite("what a panel keeps while it is hidden", () => {
  test("it comes back as it was", () => {
    const kept = {
      view: { mode: "free", span: { from: 5, to: 5_000 }, followed: second },
      trail: { selection: { thread: 2, time: 70 }, before: [{ thread: 1, time: undefined }] },
      tab: "locks",
      search: "mutex",
      areArrowsShown: false,
      filter: { name: "pool", thread: 3, object: 7, least: 5e6, hidden: [1, 9] },
    };
    deepEqual(parseKept(structuredClone(kept)), kept);
  });

  test("what is not understood is left out", () => {
    const nothing = parseKept(undefined);
    const wrong = [
      null,
      "x",
      { view: { mode: "sideways", span: { from: 0, to: 1 } } },
      { view: { mode: "free", span: { from: 9, to: 1 }, followed: 1 } },
      { view: { mode: "free", span: { from: Number.NaN, to: 1 }, followed: 1 } },
      { search: 5 },
      { filter: { name: 1, thread: "2", object: -1, least: Number.NaN, hidden: "all" } },
      { tab: "no such tab", trail: { selection: { thread: "one" }, before: "none" } },
    ];
    for (const value of wrong) deepEqual(parseKept(value), nothing, JSON.stringify(value));
  });
});
