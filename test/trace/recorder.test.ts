/** The recorder from the inside: rings, gaps, and that it is absent unless wanted. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setEnvironmentData } from "node:worker_threads";
import { isolate } from "../../runtime/src/isolate.js";
import { Lock } from "../../runtime/src/lock.js";
import { fileHeader } from "../../runtime/src/trace/chunk-writer.js";
import { EVENTS, TraceDecoder } from "../../runtime/src/trace/decode.js";
import { attachRecorder, recorder } from "../../runtime/src/trace/hook.js";
import { createSession, RING_RECORDS, SESSION } from "../../runtime/src/trace/session.js";
import { Spool } from "../../runtime/src/trace/spool.js";
import { summarise } from "../../runtime/src/trace/summary.js";

/** In this order: a recording cannot be taken back. */
test("without a recording there is no recorder", () => {
  const lock = new Lock();
  lock.acquire();
  lock.release();
  assert.equal(recorder, undefined);
  assert.equal(isolate.recorder, undefined);
});

test("what finds no room is counted, is a gap in the trace, and disturbs nobody", () => {
  const session = createSession();
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
