/** What a trace file consists of. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { EVENTS } from "../../runtime/src/trace/decode.js";
import { statisticsOf } from "../../runtime/src/trace/statistics.js";
import { Folder } from "../support/folder.js";
import { heddle } from "../support/heddle.js";
import { TraceWriter } from "../support/trace-writer.js";

function written(): Uint8Array {
  const out = new TraceWriter({ pid: 7 });
  out.object(1, "lock", "gate");
  out.thread(1, 0, "main");
  out.thread(2, 0, "\u001b[31mred");
  for (let i = 1; i <= 4; i++) out.event(1, i * 10, i % 2 === 1 ? EVENTS.acquired : EVENTS.released, { object: 1 });
  out.event(2, 10, EVENTS.waitBegan);
  out.event(2, 50, EVENTS.gap, { first: 12 });
  out.threadEnded(2, 60, 14);
  out.pass(500_000_000);
  out.end(2_000_000_000, 0, 14);
  return out.take().slice();
}

test("a trace is counted by records, kinds and threads, and its bytes add up to the file's", () => {
  const bytes = written();
  const statistics = statisticsOf(bytes);
  assert.equal(statistics.bytes, bytes.length);
  assert.deepEqual(Object.fromEntries(statistics.records.map(({ type, count }) => [type, count])), {
    object: 1,
    thread: 2,
    events: 2,
    threadEnded: 1,
    drained: 1,
    end: 1,
  });
  assert.deepEqual(Object.fromEntries(statistics.kinds.map(({ kind, count }) => [kind, count])), {
    acquired: 2,
    released: 2,
    waitBegan: 1,
    gap: 1,
  });
  assert.deepEqual([statistics.events, statistics.gaps, statistics.dropped], [6, 1, 14]);
  assert.deepEqual(
    statistics.threads.map(({ id, events, dropped }) => [id, events, dropped]),
    [
      [1, 4, 0],
      [2, 2, 14],
    ],
  );
  // Of what was cut off nothing counts.
  const cut = statisticsOf(bytes.subarray(0, -1));
  assert.equal(cut.bytes, bytes.length - (statistics.records.find(({ type }) => type === "end")?.bytes ?? 0));
  assert.match(cut.problem ?? "", /in the middle of a record/);
});

test("heddle trace stats prints the same, as text without what would steer a terminal", async () => {
  using folder = new Folder();
  const file = folder.write("run.heddletrace", written());
  const text = await heddle(["trace", "stats", file], { cwd: folder.path });
  assert.deepEqual([text.code, text.stderr], [0, ""]);
  assert.match(
    text.stdout,
    /^2\.00 s, begun 1970-01-01T00:00:00\.000Z; \d+ bytes, 6 events of [\d.]+ bytes; 14 dropped in 1 gap;/,
  );
  assert.match(text.stdout, /\nlock taken +2 +1\n/);
  assert.match(text.stdout, /\n\u241b\[31mred +2 +1 +14\n/);
  const json = await heddle(["trace", "stats", "--format", "json", file], { cwd: folder.path });
  const report = JSON.parse(json.stdout) as Record<string, unknown> & { trace: Record<string, unknown> };
  assert.deepEqual([report.version, report.events, report.dropped, report.gaps], [1, 6, 14, 1]);
  assert.deepEqual([report.trace.pid, report.trace.milliseconds, report.eventsPerSecond], [7, 2000, 3]);
});
