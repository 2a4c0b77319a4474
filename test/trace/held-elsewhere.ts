/** Who holds a lock of a server that a recorded program waits for: another program, or another process of its own. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import type { Manager } from "heddle/process";
import type { ThreadNow } from "../../client/shared/snapshot.js";
import type { Lane } from "../../client/timeline/lane.js";
import { Moment } from "../../client/timeline/moment.js";
import { Timeline } from "../../client/timeline/timeline.js";
import { detailsOf } from "../../client/webview/layout/details.js";
import { waitForGraph } from "../../client/webview/layout/graph.js";
import type { Part } from "../../client/webview/layout/parts.js";
import { Words } from "../../client/webview/layout/words.js";
import { TraceDecoder } from "../../runtime/src/trace/decode.js";
import { summarise, type WaitingSummary } from "../../runtime/src/trace/summary.js";
import { Folder } from "../support/folder.js";
import { heddle } from "../support/heddle.js";
import { program } from "../support/trace.js";

const DEADLINE = 60_000;

/** Has the program wait at the server that `manager` is of. @throws AssertionError a wait does not say who has the lock */
export async function tellsHolders(manager: Manager, address: string, authkey = ""): Promise<void> {
  using folder = new Folder();
  const trace = folder.file("t.heddletrace");
  const outer = manager.lock({ name: "outer" });
  const later = manager.lock({ name: "later" });
  const enough = manager.event({ name: "enough" });
  for (const lock of [outer, later]) assert.equal(lock.acquire(), true);
  const args = ["run", "--trace", trace, program("trace/programs/held-elsewhere"), address, authkey];
  const run = heddle(args, { cwd: folder.path, deadline: DEADLINE });
  const mine = `MainThread of process ${process.pid}`;
  const [mainWaits, mainWaitsAgain, taskWaits] = [
    await holderOf(trace, "outer", () => outer.release()),
    await holderOf(trace, "ledger", () => enough.set()),
    await holderOf(trace, "later", () => later.release()),
  ];
  const { code, stderr } = await run;
  assert.deepEqual([code, stderr], [0, ""]);
  const report = summarise(readFileSync(trace));
  const keeper = report.processes.find(({ parent, exitCode }) => parent === 1 && exitCode === 0);
  const keepers = `MainThread of process ${keeper?.pid}`;
  assert.deepEqual([mainWaits, mainWaitsAgain, taskWaits], [mine, keepers, mine]);
  const waited = report.contention.map(({ lock, waits, holder }) => [lock, waits, holder]);
  assert.deepEqual(waited.toSorted(), [
    ["later", 1, mine],
    ["ledger", 1, keepers],
    ["outer", 1, mine],
  ]);
  const taken = new Map(report.locks.map(({ name, acquisitions }) => [name, acquisitions]));
  const lost = authkey === "" ? { lost: 2 } : {};
  const all = new Map(Object.entries({ outer: 1, ledger: 2, later: 1, ...lost }));
  assert.deepEqual(taken, all, "one lock in both processes");
  lookAt(readFileSync(trace), mine, keeper?.pid ?? 0);
}

/** Who the report of a program that runs says has the lock that it waits for; then `go` lets it go on. */
async function holderOf(trace: string, lock: string, go: () => void): Promise<string | undefined> {
  try {
    for (const end = performance.now() + DEADLINE; performance.now() < end; await setTimeout(20)) {
      const wait = waitingIn(trace).find(({ waitsFor }) => waitsFor === lock);
      if (wait?.holder !== undefined) return wait.holder;
    }
    return undefined;
  } finally {
    go();
  }
}

function waitingIn(trace: string): readonly WaitingSummary[] {
  try {
    return summarise(readFileSync(trace)).waiting;
  } catch {
    return []; // the recording has not begun
  }
}

/** What the panel says of the waits: the holder's lane, and of who has none the name. */
function lookAt(bytes: Uint8Array, mine: string, keeper: number): void {
  const timeline = new Timeline();
  new TraceDecoder(timeline).push(bytes);
  timeline.settle();
  const lanes = [...timeline.lanes.values()];
  const [main, keeping] = [1, lanes.find(({ name }) => name === `MainThread of process ${keeper}`)?.id ?? 0];
  const objects = new Map([...timeline.objects.values()].map(({ name, id }) => [name, id]));
  const seen = (name: string): { readonly now: ThreadNow; readonly graph: string; readonly said: string } => {
    const { locks, states } = timeline;
    const object = objects.get(name) ?? 0;
    const lane = timeline.lanes.get(main) as Lane;
    const blocks = Array.from({ length: lane.activity.length }, (_, i) => i).filter(
      (i) => states.object(lane.activity.codeOf(i)) === object,
    );
    const tasks = Array.from({ length: lane.asyncWaits.length }, (_, i) => lane.asyncWaits.get(i)).filter(
      ({ code }) => states.object(code) === object,
    );
    assert.ok(locks.has(object), name);
    const time = (blocks.length > 0 ? lane.activity.startOf(blocks[0] ?? 0) : (tasks[0]?.from ?? 0)) + 1;
    const moment = new Moment(timeline, time);
    const snapshot = moment.snapshot();
    const words = new Words();
    words.learnThreads(snapshot);
    const now = moment.thread(main);
    const details = detailsOf(now, moment.blockers(main), time, "past", words);
    const line = (parts: readonly Part[]): string => parts.map((part) => part.text).join("");
    const said = details.rows.flatMap(({ label, lines }) => lines.map((each) => `${label}: ${line(each)}`)).join("\n");
    return { now, said, graph: JSON.stringify(waitForGraph(snapshot, words)) };
  };
  const end = timeline.lanes.get(main)?.ended ?? 0;
  assert.deepEqual(new Moment(timeline, end - 1).thread(main).holds, [], "also what was lost was given back");
  const ledger = seen("ledger");
  assert.deepEqual(
    [ledger.now.wait?.holder, ledger.now.wait?.heldBy, ledger.now.wait?.endedBy],
    [keeping, "", keeping],
  );
  assert.ok(keeping > 0 && ledger.said.includes(`holder: MainThread of process ${keeper}`), ledger.said);
  const outer = seen("outer");
  assert.deepEqual([outer.now.wait?.holder, outer.now.wait?.heldBy], [0, mine]);
  assert.ok(outer.said.includes(`holder: ${mine}, when the wait began`), outer.said);
  assert.ok(outer.graph.includes(`${mine}, which is not in this recording`), outer.graph);
  const [task] = seen("later").now.asyncWaits;
  assert.deepEqual([task?.holder, task?.heldBy], [0, mine]);
}
