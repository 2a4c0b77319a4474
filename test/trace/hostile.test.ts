/** Files that are no traces, are damaged, or were made to do harm: all readers tell what is missing, soon. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { gzipSync } from "node:zlib";
import { fileHeader } from "../../runtime/src/trace/chunk-writer.js";
import { EVENTS, FLAGS } from "../../runtime/src/trace/decode.js";
import { CHUNKS } from "../../runtime/src/trace/format.js";
import { summarise } from "../../runtime/src/trace/summary.js";
import { soakHostileTraces } from "../soak/hostile-traces.js";
import { chunkOf } from "../support/hostile-trace.js";
import { read, readByAll, readerNames } from "../support/trace-readers.js";
import { TraceWriter } from "../support/trace-writer.js";

const damage = "a part of the trace is damaged; what follows it was left out";
const cut = "the trace ends in the middle of a record; all before it was read";

/** All records there are, in a few hundred bytes. */
function smallTrace(): Uint8Array {
  const out = new TraceWriter();
  out.object(1, "lock", "gate");
  out.object(2, "queue", "");
  out.site(1, 7, "/app/a.ts");
  out.thread(1, 0, "main");
  out.thread(2, 5, "helper");
  out.event(1, 10, EVENTS.acquired, { object: 1, site: 1 });
  out.event(2, 20, EVENTS.waitBegan, { object: 1, site: 1, first: 1, flags: FLAGS.timed });
  out.event(2, 30, EVENTS.gap, { first: 3 });
  out.pass(40);
  out.event(1, 50, EVENTS.waitBegan, { object: 2, flags: FLAGS.async, second: 9 });
  out.deadlock(60, [[1, 1, 1, 2, 0]]);
  out.threadEnded(2, 70, 3);
  out.end(80);
  return out.take().slice();
}

test("a trace that is cut at any byte is read up to the last whole record, and said to be cut", () => {
  const whole = smallTrace();
  assert.equal(readByAll(whole), undefined);
  let ends = 0;
  for (let length = 0; length < whole.length; length++) {
    const verdict = readByAll(whole.subarray(0, length));
    if (length < 32) assert.equal(verdict, "refused: the trace ends before its first record");
    else if (verdict === undefined) ends++;
    else assert.equal(verdict, cut, `${length} bytes`);
  }
  // Between two records nobody can tell a killed program from a cut file.
  assert.ok(ends > 8, `${ends} places between records`);
});

test("files that are none are refused by what they are", () => {
  const foreign = [
    new TextEncoder().encode("This is a text, longer than the header of a trace."),
    Buffer.from("89504e470d0a1a0a0000000d49484452", "hex"),
    gzipSync(smallTrace()),
    new Uint8Array(100_000),
    new Uint8Array(64).fill(255),
    smallTrace().subarray(1),
  ];
  for (const bytes of foreign) assert.equal(readByAll(bytes), "refused: this is no Heddle trace");
  assert.equal(readByAll(new Uint8Array(0)), "refused: the trace ends before its first record");
  for (const version of [0, 2, 255]) {
    const later = smallTrace();
    later[8] = version;
    assert.equal(readByAll(later), `refused: the trace has version ${version}; this Heddle reads version 1`);
  }
});

test("damaged at random, with checksums that fit and that do not, traces are read alike by all readers", (t) => {
  const told = soakHostileTraces(400, 1) as Record<string, number>;
  t.diagnostic(JSON.stringify(told));
  for (const verdict of ["whole", damage, cut]) assert.ok((told[verdict] ?? 0) > 10, `${verdict}: ${told[verdict]}`);
});

suite("what no recorder writes", () => {
  const varint = (value: number): number[] => {
    const bytes: number[] = [];
    let rest = value;
    for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
    return [...bytes, rest];
  };
  const most = varint(2 ** 53 - 1);
  const billions = varint(5e9);
  const refused: readonly (readonly [what: string, type: number, payload: readonly number[]])[] = [
    ["billions of events", CHUNKS.events, [1, ...billions, 1, EVENTS.acquired, 1, 1]],
    ["times beyond all numbers", CHUNKS.events, [1, 3, ...most, 1, ...most, 1, 1, ...most, 1, 1, ...most, 1]],
    ["a thread beyond all words", CHUNKS.thread, [...billions, 0, 0, 0]],
    ["events of such a thread", CHUNKS.events, [...billions, 1, 1, EVENTS.acquired, 1, 1]],
    ["an object beyond all words", CHUNKS.object, [...billions, 2, 0]],
    ["a line beyond all words", CHUNKS.site, [1, ...billions, 1, 0]],
    ["billions of parties", CHUNKS.deadlock, [1, ...billions, 1, 1, 1, 1, 1]],
    ["more parties than threads can be", CHUNKS.deadlock, [1, ...varint(100_000), ...Array<number>(500_000).fill(1)]],
    ["a name of billions of bytes", CHUNKS.thread, [1, 0, 0, ...billions, 65]],
  ];
  for (const [what, type, payload] of refused) {
    test(`${what}: what comes before is read`, () => {
      assert.equal(readByAll(Buffer.concat([smallTrace(), chunkOf(type, payload)])), damage);
    });
  }

  test("moments and processes at the end of all numbers are told", () => {
    for (const [startedAt, origin] of [
      [8.64e15, Number.MAX_VALUE],
      [-8.64e15, -Number.MAX_VALUE],
    ] as const) {
      const header = fileHeader(startedAt, origin, 2 ** 32 - 1);
      assert.equal(readByAll(Buffer.concat([header, smallTrace().subarray(32)])), undefined);
      assert.equal(readByAll(Buffer.concat([header, chunkOf(CHUNKS.drained, most)])), undefined);
    }
  });

  test("references to what was never defined, and ids that are none, disturb nobody", () => {
    const out = new TraceWriter();
    for (const kind of [0, ...Object.values(EVENTS), 17, 1000]) {
      for (const id of [0, 1, 77, 2 ** 31 - 1]) {
        const fields = { object: id, site: id, first: id, second: id };
        out.event(Math.max(1, id), 10 * kind, kind, fields);
        out.event(Math.max(1, id), 10 * kind, kind, { ...fields, flags: FLAGS.async });
      }
    }
    out.deadlock(5, [[9, 9, 9, 9, 9]]);
    out.deadlock(6, []);
    out.end(1000);
    assert.equal(readByAll(out.take()), undefined);
  });

  test("names stay text wherever they are shown, and long ones are cut", () => {
    const names = [
      '<img src=x onerror="alert(1)"></script>',
      'a"b\\c\n\r\t\u0000\u001b[2J\u0007\u009b\u2028',
      "\u202Eolleh\u2066",
      "__proto__",
      "constructor",
      "x".repeat(1_000_000),
      "😀".repeat(5000),
      "",
    ];
    const out = new TraceWriter();
    for (const [i, name] of names.entries()) {
      const id = i + 1;
      out.object(id, "lock", name);
      out.site(id, id, name);
      out.thread(id, 0, name);
      out.event(id, 10, EVENTS.acquired, { object: id, site: id });
      out.event(id, 20, EVENTS.waitBegan, { object: (i % 3) + 1, site: id, first: 1 });
    }
    out.deadlock(30, [[1, 2, 3, 4, 5]]);
    out.end(40);
    // Bytes that are no UTF-8.
    const odd = chunkOf(CHUNKS.object, [99, 2, 4, 0xff, 0xed, 0xa0, 0x80]);
    const trace = Buffer.concat([out.take(), odd]);
    assert.equal(readByAll(trace), undefined);
    const { locks, threads } = summarise(trace);
    assert.deepEqual([locks.length, threads.length], [names.length, names.length]);
    for (const { name } of [...locks, ...threads]) assert.ok(name.length <= 4097, `${name.length} characters`);
    assert.equal(threads[6]?.name, `${"😀".repeat(1024)}…`);
  });
});

suite("in time that grows with its length is read", () => {
  const N = 20_000;
  const bombs: Readonly<Record<string, () => TraceWriter>> = {
    "a lock for which more and more tasks wait, the last goes first"() {
      const out = holder();
      for (let i = 1; i <= N; i++) out.event(1, i, EVENTS.waitBegan, { object: 1, flags: FLAGS.async, second: i });
      for (let i = N; i >= 1; i--)
        out.event(1, 2 * N - i, EVENTS.waitEnded, { object: 1, flags: FLAGS.async, second: i });
      return out;
    },
    "a thread that takes more and more locks, and gives them back in the same order"() {
      const out = holder();
      for (let i = 1; i <= N; i++) out.object(i, "lock", "");
      for (let i = 1; i <= N; i++) out.event(1, i, EVENTS.acquired, { object: i });
      for (let i = 1; i <= N; i++) out.event(1, N + i, EVENTS.released, { object: i });
      return out;
    },
    "a lock that is read by more and more threads"() {
      const out = holder();
      out.object(2, "rwlock", "table");
      for (let i = 2; i <= N; i++) {
        out.thread(i, 0, "");
        out.event(i, i, EVENTS.acquired, { object: 2 });
        out.event(i, 2 * N - i, EVENTS.released, { object: 2 });
      }
      return out;
    },
    "events long before those that wait for the recorder's word"() {
      const out = holder();
      out.thread(2, 0, "late");
      for (let i = 1; i <= 5 * N; i++) out.event(1, 1e9 + i, EVENTS.waitBegan);
      for (let i = 1; i <= N / 4; i++) {
        out.event(2, i * 10, EVENTS.waitBegan);
        out.pass(i * 10 + 1);
      }
      return out;
    },
    "a lock that is waited for at more and more places"() {
      const out = holder();
      for (let i = 1; i <= N; i++) {
        out.site(i, i, "/app/a.ts");
        out.event(1, i * 2, EVENTS.waitBegan, { object: 1, site: i });
        out.event(1, i * 2 + 1, EVENTS.waitEnded, { object: 1, first: 1 });
      }
      return out;
    },
  };
  for (const [what, write] of Object.entries(bombs)) {
    test(what, (t) => {
      const out = write();
      out.end(2e9);
      const bytes = out.take();
      for (const reader of readerNames) {
        const start = performance.now();
        assert.equal(read(reader, bytes), undefined, reader);
        const took = performance.now() - start;
        t.diagnostic(`${reader}: ${took.toFixed(0)} ms`);
        // Time that grew with the square would be minutes.
        assert.ok(took < 20_000, `${reader} took ${took} ms`);
      }
    });
  }

  function holder(): TraceWriter {
    const out = new TraceWriter();
    out.object(1, "lock", "gate");
    out.thread(1, 0, "main");
    out.event(1, 0, EVENTS.acquired, { object: 1 });
    return out;
  }
});
