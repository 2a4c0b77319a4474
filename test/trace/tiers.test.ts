/** How much of a program is recorded: what is left out is counted, and what matters stays. */
import assert from "node:assert/strict";
import { readFileSync, symlinkSync } from "node:fs";
import { suite, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Timeline } from "../../client/timeline/timeline.js";
import { EVENTS, FLAGS, TraceDecoder, type TraceEvent } from "../../runtime/src/trace/decode.js";
import { exportTrace } from "../../runtime/src/trace/export.js";
import { summarise } from "../../runtime/src/trace/summary.js";
import { Folder } from "../support/folder.js";
import { heddle } from "../support/heddle.js";
import { repositoryRoot } from "../support/repository.js";
import { TraceWriter } from "../support/trace-writer.js";

const SHORT = 50_000;
const NESTED = 10;
/** Takes and gives back a lock many times for next to nothing, another one with it, and one for a millisecond. */
const program = `
import { Lock } from "heddle";
const [outer, inner, long] = ["outer", "inner", "long"].map((name) => new Lock({ name }));
for (let i = 0; i < ${SHORT}; i++) { outer.acquire(); outer.release(); }
for (let i = 0; i < ${NESTED}; i++) { outer.acquire(); inner.acquire(); inner.release(); outer.release(); }
long.acquire();
for (const end = performance.now() + 1; performance.now() < end; );
long.release();
`;
const EVENTS_OF_LOCKS = 2 * (SHORT + 2 * NESTED + 1);

suite("of a program that takes locks all the time", () => {
  async function recorded(...flags: readonly string[]): Promise<Uint8Array> {
    using folder = new Folder({ "program.mjs": program });
    symlinkSync(fileURLToPath(new URL("node_modules", repositoryRoot)), folder.file("node_modules"));
    const args = ["run", "--trace", "t.heddletrace", ...flags, "program.mjs"];
    const { code, stderr } = await heddle(args, { cwd: folder.path });
    assert.deepEqual([code, stderr], [0, ""]);
    return readFileSync(folder.file("t.heddletrace"));
  }

  test("the tier contended has what was held for long and what was first taken with another; the rest is counted", async () => {
    const summary = summarise(await recorded("--tier", "contended"));
    const { locks, leftOut, dropped, processes } = summary;
    const taken = locks.reduce((sum, { acquisitions }) => sum + acquisitions, 0);
    assert.equal(2 * taken + leftOut, EVENTS_OF_LOCKS);
    // A machine that has more to do makes short ones long.
    assert.ok(taken < EVENTS_OF_LOCKS / 10, `${taken} are recorded`);
    const of = (name: string) => locks.find((lock) => lock.name === name);
    assert.equal(of("long")?.acquisitions, 1);
    assert.ok((of("long")?.held ?? 0) >= 1e6);
    const inner = of("inner")?.acquisitions ?? 0;
    assert.ok(inner >= 1 && inner <= NESTED, `${inner} with another one`);
    assert.deepEqual([dropped, processes[0]?.tier], [0, "contended"]);
  });

  test("the tier state has the thread and its end, and nothing that happened", async () => {
    const { threads, events, end, leftOut, dropped } = summarise(await recorded("--tier", "state"));
    assert.deepEqual([threads.length, events, end?.exitCode, leftOut, dropped], [1, 0, 0, 0, 0]);
  });

  test("the tier full has all, until it is too much for a while, which it tells", async () => {
    const trace = await recorded();
    const { locks, leftOut, dropped } = summarise(trace);
    const taken = locks.reduce((sum, { acquisitions }) => sum + acquisitions, 0);
    assert.equal(2 * taken + leftOut, EVENTS_OF_LOCKS);
    assert.ok(taken >= 10_000 && leftOut > 0, `${taken} are recorded, ${leftOut} left out`);
    assert.equal(dropped, 0);
  });

  test("it is no tier without a trace, or by another name", async () => {
    for (const [args, reason] of [
      [["--tier", "contended", "program.mjs"], /^heddle: --tier says how much a trace has/],
      [["--tier", "most", "--trace", "t", "program.mjs"], /tier/],
    ] as const) {
      const { code, stderr } = await heddle(["run", ...args], { cwd: fileURLToPath(repositoryRoot) });
      assert.deepEqual([code, reason.test(stderr)], [2, true], stderr);
    }
  });
});

test("kinds beyond what a byte has room for are read, with flags, and those that nobody knows pass by", () => {
  const out = new TraceWriter();
  out.thread(1, 0, "main");
  out.event(1, 10, EVENTS.aggregated, { first: 100 });
  out.event(1, 20, 77, { flags: FLAGS.timed | FLAGS.received, object: 3, site: 4, first: 5, second: 6 });
  out.event(1, 110, EVENTS.aggregated, { second: 12 });
  out.event(1, 150, EVENTS.marker, { first: 1 });
  out.end(200);
  const trace = out.take().slice();
  const seen: Omit<TraceEvent, "thread">[] = [];
  const timeline = new Timeline();
  new TraceDecoder({ event: ({ thread: _, ...event }) => seen.push(event) }).push(trace);
  new TraceDecoder(timeline).push(trace);
  const none = { flags: 0, object: 0, site: 0, first: 0, second: 0 };
  assert.deepEqual(seen, [
    { ...none, time: 10, kind: EVENTS.aggregated, first: 100 },
    { time: 20, kind: 77, flags: FLAGS.timed | FLAGS.received, object: 3, site: 4, first: 5, second: 6 },
    { ...none, time: 110, kind: EVENTS.aggregated, second: 12 },
    { ...none, time: 150, kind: EVENTS.marker, first: 1 },
  ]);
  const { leftOut, lanes, states, labels } = timeline;
  const row = lanes.get(1)?.activity;
  const shown = [50, 150].map((time) => labels.get(states.other(row?.codeOf(row.at(time)) ?? 0))?.text);
  assert.deepEqual([leftOut, shown], [12, ["much is left out", undefined]]);
  assert.match(Buffer.concat([...exportTrace([trace], "chrome")]).toString(), /"name":"much is left out"/);
});
