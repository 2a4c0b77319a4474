/** What is told of a program is what it did: nothing is lost without being counted, and times add up. */
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { open } from "node:fs/promises";
import process from "node:process";
import { test } from "node:test";
import { Timeline } from "../../client/timeline/timeline.js";
import { EVENTS, TraceDecoder } from "../../runtime/src/trace/decode.js";
import { exportTrace } from "../../runtime/src/trace/export.js";
import { statisticsOf } from "../../runtime/src/trace/statistics.js";
import { summarise } from "../../runtime/src/trace/summary.js";
import { Folder } from "../support/folder.js";
import { program } from "../support/trace.js";

const isWindows = process.platform === "win32";

test("all events that find no room are counted, by every reader", { skip: isWindows && "no pipes" }, async (t) => {
  const [threads, times] = [2, 200_000];
  const bytes = await floodedTrace(threads, times);

  const summary = summarise(bytes);
  const statistics = statisticsOf(bytes);
  const floods = summary.threads.filter(({ name }) => name.startsWith("flood"));
  assert.equal(floods.length, threads);
  const { recorded, missing } = countEvents(bytes);
  for (const { id, name, dropped } of floods) {
    assert.equal((recorded.get(id) ?? 0) + dropped, 2 * times, `${name}, of which ${dropped} were dropped`);
    // The last may be missing without a record behind them.
    assert.ok((missing.get(id) ?? 0) <= dropped, `${name}: the gaps tell of ${missing.get(id)}, its end of ${dropped}`);
    assert.equal(statistics.threads.find((thread) => thread.id === id)?.dropped, dropped);
  }
  const dropped = summary.threads.reduce((sum, thread) => sum + thread.dropped, 0);
  t.diagnostic(`${dropped} of ${2 * times * threads} events were dropped, in ${statistics.gaps} gaps`);
  assert.ok(statistics.gaps > 0, "The recorder was never stuck.");
  assert.equal(summary.end?.dropped, dropped);
  assert.deepEqual([summary.dropped, statistics.dropped], [dropped, dropped]);

  const timeline = new Timeline();
  new TraceDecoder(timeline).push(bytes);
  assert.equal(timeline.dropped, dropped);
  for (const { id, dropped: own } of floods) assert.equal(timeline.lanes.get(id)?.dropped, own);

  const exported = Buffer.concat([...exportTrace([bytes], "chrome")]).toString();
  const gaps = exported.split("\n").filter((line) => line.includes('"name":"not recorded"'));
  const told = new Map<number, number>();
  for (const line of gaps) {
    const { tid, args } = JSON.parse(line.replace(/,$/, "")) as { tid: number; args: { missing: number } };
    told.set(tid, (told.get(tid) ?? 0) + args.missing);
  }
  assert.deepEqual(told, missing);
  assert.match(exported, new RegExp(`"name":"end of the recording",.*"dropped":${dropped},`));
});

/**
 * The trace of threads that take and give back a lock so many times; while they do the first half, nothing of it gets out
 * of the recorder.
 */
async function floodedTrace(threads: number, times: number): Promise<Uint8Array> {
  using folder = new Folder();
  const file = folder.file("pipe.heddletrace");
  execFileSync("mkfifo", [file]);
  const args = [program("trace/programs/floods"), String(threads), String(times), folder.file("go")];
  const child = spawn(process.execPath, ["--import", import.meta.resolve("heddle/trace/preload"), ...args], {
    env: { ...process.env, HEDDLE_TRACE: JSON.stringify({ file, mostEventsPerSecond: 1e9 }) },
    stdio: ["ignore", "pipe", "inherit"],
    timeout: 60_000,
    killSignal: "SIGKILL",
  });
  const ended = once(child, "exit");
  // Whoever writes into a pipe that nobody reads is stuck after some kilobytes.
  const pipe = await open(file, "r");
  try {
    let said = "";
    for await (const text of child.stdout.setEncoding("utf8")) {
      said += text;
      if (said.length === threads) break;
    }
    const pieces: Uint8Array[] = [];
    let read = 0;
    for await (const piece of pipe.createReadStream()) {
      pieces.push(piece);
      read += piece.length;
      // So much is more than was stuck: by now the rings have been emptied.
      if (read >= 4e5) folder.write("go", "");
    }
    assert.deepEqual(await ended, [0, null]);
    return Buffer.concat(pieces);
  } finally {
    await pipe.close();
    child.kill("SIGKILL");
  }
}

/** By thread: events other than gaps, and what the gaps say is missing. */
function countEvents(bytes: Uint8Array): {
  readonly recorded: ReadonlyMap<number, number>;
  readonly missing: ReadonlyMap<number, number>;
} {
  const recorded = new Map<number, number>();
  const missing = new Map<number, number>();
  const decoder = new TraceDecoder({
    event({ thread, kind, first }) {
      if (kind === EVENTS.gap) missing.set(thread, (missing.get(thread) ?? 0) + first);
      else recorded.set(thread, (recorded.get(thread) ?? 0) + 1);
    },
  });
  decoder.push(bytes);
  assert.equal(decoder.problem, undefined);
  return { recorded, missing };
}
