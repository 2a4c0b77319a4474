/** The recorder from the inside: rings, gaps, and that it is absent unless wanted. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createRequire } from "node:module";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { setEnvironmentData } from "node:worker_threads";
import { eachCell, KINDS } from "../../runtime/src/arena.js";
import { Full } from "../../runtime/src/errors.js";
import { Event } from "../../runtime/src/event.js";
import { isolate } from "../../runtime/src/isolate.js";
import { LifoQueue } from "../../runtime/src/lifo-queue.js";
import { Lock } from "../../runtime/src/lock.js";
import { Queue } from "../../runtime/src/queue.js";
import { RLock } from "../../runtime/src/rlock.js";
import { fileHeader } from "../../runtime/src/trace/chunk-writer.js";
import { EVENTS, TraceDecoder } from "../../runtime/src/trace/decode.js";
import { attachRecorder, recorder } from "../../runtime/src/trace/hook.js";
import { recordPlainThread } from "../../runtime/src/trace/plain-threads.js";
import { Recorder } from "../../runtime/src/trace/recorder.js";
import { createSession, RING_RECORDS, SESSION, SMALL_RING_RECORDS } from "../../runtime/src/trace/session.js";
import { claimSlot, currentSession } from "../../runtime/src/trace/slot.js";
import { marker, span } from "../../runtime/src/trace/spans.js";
import { Spool } from "../../runtime/src/trace/spool.js";
import { summarise } from "../../runtime/src/trace/summary.js";

/** In this order: a recording cannot be taken back. */
test("without a recording there is no recorder", () => {
  const lock = new Lock();
  lock.acquire();
  lock.release();
  assert.equal(recorder, undefined);
  assert.equal(isolate.recorder, undefined);
  marker("nobody hears");
  assert.equal(
    span("nor of this", () => 7),
    7,
  );
});

test("what finds no room is counted, is a gap in the trace, and disturbs nobody", () => {
  const session = createSession({ tier: "full", mostEventsPerSecond: Number.POSITIVE_INFINITY });
  setEnvironmentData(SESSION, session);
  attachRecorder();
  assert.ok(recorder !== undefined);
  const spool = new Spool(session, true);
  const pieces = [fileHeader(0, 0, 0)];
  const drain = (): void => {
    spool.drain();
    pieces.push(spool.take().slice());
  };

  const lock = new Lock({ name: "busy" });
  const pairs = RING_RECORDS;
  for (let i = 0; i < pairs; i++) {
    lock.acquire();
    lock.release();
  }
  assert.equal(lock.locked(), false);
  drain();
  lock.acquire();
  lock.release();
  drain();
  spool.end(0, 0, 0);
  pieces.push(spool.take().slice());

  const gaps: number[] = [];
  let recorded = 0;
  const decoder = new TraceDecoder({
    event({ kind, first }) {
      if (kind === EVENTS.gap) gaps.push(first);
      else recorded++;
    },
  });
  for (const piece of pieces) decoder.push(piece);
  assert.deepEqual(gaps, [RING_RECORDS]);
  assert.equal(recorded, RING_RECORDS + 2);
  const summary = summarise(Buffer.concat(pieces));
  assert.equal(summary.dropped, RING_RECORDS);
  assert.equal(summary.threads[0]?.dropped, RING_RECORDS);
  assert.equal(summary.locks[0]?.name, "busy");
});

test("of a thousand threads all have rings, the later ones small ones, which are used again and again", () => {
  const session = createSession({ tier: "full", mostEventsPerSecond: Number.POSITIVE_INFINITY });
  const words = new Int32Array(session);
  while (claimSlot(words)! < 999);
  const last = Recorder.start(session)!;
  const spool = new Spool(session, true);
  const pieces = [fileHeader(0, 0, 0)];
  const expected: number[] = [];
  let number = 0;
  const write = (count: number): void => {
    for (let i = 0; i < count; i++) last.message(0, 0, ++number, true);
  };
  for (const count of [SMALL_RING_RECORDS, SMALL_RING_RECORDS - 1, SMALL_RING_RECORDS / 2]) {
    const first = number + 1;
    write(count);
    expected.push(...Array.from({ length: count }, (_, i) => first + i));
    spool.drain();
    pieces.push(spool.take().slice());
  }
  write(SMALL_RING_RECORDS + 7);
  last.close();
  spool.drain();
  pieces.push(spool.take().slice());
  const found: number[] = [];
  let dropped = 0;
  new TraceDecoder({
    event: ({ kind, first }) => kind === EVENTS.message && found.push(first),
    threadEnded: (end) => {
      dropped = end.dropped;
    },
  }).push(Buffer.concat(pieces));
  assert.deepEqual(found.slice(0, expected.length), expected);
  assert.deepEqual([found.length, dropped], [expected.length + SMALL_RING_RECORDS, 7]);
});

test("a queue tells how many messages are in it whenever that changes, and how many it has room for", () => {
  assert.ok(recorder !== undefined);
  const spool = new Spool(currentSession()!, true);
  const told = (): { levels: number[]; rooms: (readonly [string, number])[] } => {
    const levels: number[] = [];
    const rooms: (readonly [string, number])[] = [];
    spool.drain();
    const decoder = new TraceDecoder({
      object: ({ name, room }) => rooms.push([name, room]),
      event: ({ kind, first }) => kind === EVENTS.level && levels.push(first),
    });
    decoder.push(Buffer.concat([fileHeader(0, 0, 0), spool.take()]));
    return { levels, rooms };
  };
  told();
  const queue = new Queue<number>(3, { name: "three" });
  for (const item of [1, 2, 3]) queue.put(item);
  assert.throws(() => queue.putNowait(4), Full);
  queue.get();
  queue.put(5);
  queue.shutdown({ immediate: true });
  assert.deepEqual(told(), { levels: [1, 2, 3, 2, 3, 2, 1, 0], rooms: [["three", 3]] });
  const endless = new LifoQueue<number>(0, { name: "endless" });
  endless.put(1);
  endless.get();
  assert.deepEqual(told(), { levels: [1, 0], rooms: [["endless", 0]] });
});

test("spans and markers have the program's names, whatever becomes of what they are about", async () => {
  assert.ok(recorder !== undefined);
  const spool = new Spool(currentSession()!, true);
  spool.drain();
  spool.take();
  const load = (): number => span("load", () => span("parse", () => 7));
  assert.equal(load(), 7);
  assert.equal(load(), 7);
  marker("loaded");
  assert.throws(() => span("fails", () => assert.fail("so it does")), /so it does/);
  const later = span("later", () => setImmediate(8));
  marker("loaded");
  const end = span("never ends", () => new Promise(() => {}));
  assert.equal(await later, 8);
  assert.ok(end instanceof Promise);
  await assert.rejects(
    span("rejects", () => Promise.reject(new Error("no"))),
    /no/,
  );
  spool.drain();
  spool.end(performance.now() * 1e9, 0, 0);
  const { spans, markers } = summarise(Buffer.concat([fileHeader(0, 0, 0), spool.take()]));
  assert.deepEqual(spans.map(({ name, pool, times, open }) => [name, pool, times, open]).sort(), [
    ["fails", undefined, 1, 0],
    ["later", undefined, 1, 0],
    ["load", undefined, 2, 0],
    ["never ends", undefined, 1, 1],
    ["parse", undefined, 2, 0],
    ["rejects", undefined, 1, 0],
  ]);
  const of = (name: string) => spans.find((each) => each.name === name)!;
  assert.ok(of("load").total >= of("parse").total && of("load").longest <= of("load").total);
  assert.deepEqual(
    markers.map(({ name, times }) => [name, times]),
    [["loaded", 2]],
  );
});

test("objects that are gone before anybody looks are still what they were", () => {
  assert.ok(recorder !== undefined);
  const spool = new Spool(currentSession()!, true);
  spool.drain();
  spool.take();
  const first = new RLock();
  first.acquire();
  first.release();
  first.close();
  // Each in the place of the one before.
  const event = new Event();
  event.set();
  event.close();
  const last = new Lock();
  last.acquire();
  last.release();
  last.close();
  spool.drain();
  const kinds: string[] = [];
  const decoder = new TraceDecoder({
    object({ kind }) {
      kinds.push(kind);
    },
  });
  decoder.push(Buffer.concat([fileHeader(0, 0, 0), spool.take()]));
  assert.deepEqual(kinds, ["rlock", "event", "lock"]);
});

test("the channel to a worker takes no room once that is gone", async () => {
  await recordPlainThread();
  const channels = (): number => {
    let count = 0;
    eachCell((_, kind) => {
      if (kind === KINDS.channel) count++;
    });
    return count;
  };
  const require = createRequire(import.meta.url);
  const { Worker } = require("node:worker_threads") as typeof import("node:worker_threads");
  const text = "import { parentPort } from 'node:worker_threads'; parentPort.once('message', () => {});";
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(text)}`));
  assert.equal(channels(), 1);
  worker.postMessage("end");
  await once(worker, "exit");
  assert.equal(channels(), 0);
});
