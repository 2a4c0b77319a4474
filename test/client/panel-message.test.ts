/** What the extension takes from the page of the trace panel. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { Question, Wish } from "../../client/shared/messages.js";
import { panelMessage } from "../../client/src/trace/panel-message.js";

suite("what the panel's page says", () => {
  const place = { file: "/src/a.ts", line: 3, column: 1 };
  const known: readonly (Question | Wish)[] = [
    { type: "ready" },
    { type: "compare" },
    { type: "export" },
    { type: "saveGraph", name: "order", svg: "<svg xmlns='…'></svg>" },
    { type: "relate", request: 5, thread: 0, object: 3, least: 5e6 },
    { type: "export" },
    { type: "open", place },
    { type: "view", request: 1, from: 0, to: 2.5, columns: 800 },
    { type: "view", request: 1, from: 0, to: 2.5, columns: 800, threads: [1, 3], counters: [] },
    { type: "overview", request: 1, from: 0, to: 2.5, columns: 600 },
    { type: "describe", request: 2, thread: 1, time: 40 },
    { type: "look", request: 3, time: 40 },
    { type: "sum", request: 4, from: 40, to: 50 },
  ];

  test("is passed on if it is a question or a wish", () => {
    for (const message of known) assert.deepEqual(panelMessage(message), message);
  });

  test("is passed on without what does not belong to it", () => {
    assert.deepEqual(panelMessage({ type: "ready", file: "/etc/passwd" }), { type: "ready" });
    const written = { type: "export", file: "/src/a.ts", output: "/etc/passwd", format: "chrome" };
    assert.deepEqual(panelMessage(written), { type: "export" });
  });

  test("is nothing else: no file to read, no end of a program, no halves", () => {
    const wrong: readonly unknown[] = [
      { type: "read", file: "/etc/passwd" },
      { type: "running", isRunning: false },
      { type: "paused", thread: 1, place },
      { type: "continued", thread: 1 },
      { type: "open", place: { ...place, line: "3" } },
      { type: "open", place: "/src/a.ts" },
      { type: "open" },
      { type: "view", request: 1, from: 0, to: Number.NaN, columns: 800 },
      { type: "view", request: 1, from: 0, to: 1 },
      { type: "view", request: 1, from: 0, to: 1, columns: 800, threads: [1, "2"] },
      { type: "overview", request: 1, from: 0 },
      { type: "describe", request: 2, thread: "1", time: 40 },
      { type: "look", request: 3 },
      { type: "relate", request: 5, thread: 0 },
      { type: "saveGraph", name: "../order", svg: "<svg ></svg>" },
      { type: "saveGraph", name: "order", svg: "#!/bin/sh" },
      { type: "saveGraph", name: "order", svg: `<svg ${" ".repeat(5e6)}` },
      { type: "toString" },
      undefined,
      null,
      "ready",
    ];
    for (const message of wrong) assert.equal(panelMessage(message), undefined, JSON.stringify(message));
  });
});
