/** Which threads have to do with each other: found in the rows, also while they grow. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { Related, type RelatedTo } from "../../client/timeline/related.js";
import { Timeline } from "../../client/timeline/timeline.js";
import { TraceDecoder } from "../../runtime/src/trace/decode.js";
import { EVENTS, FLAGS } from "../../runtime/src/trace/format.js";
import { TraceWriter } from "../support/trace-writer.js";

const [main, a, b, c, d] = [1, 2, 3, 4, 5];
const [lock, queue, other] = [1, 2, 3];
const any: RelatedTo = { thread: 0, object: 0, least: 0 };

suite("related threads", () => {
  test("are those that waited for each other, as far as a trace has come, or that used the same", () => {
    const out = new TraceWriter();
    const timeline = new Timeline();
    const decoder = new TraceDecoder(timeline);
    const related = new Related(timeline);
    const asked = (to: Partial<RelatedTo>, now = timeline.duration): readonly number[] =>
      related.threads({ ...any, ...to }, now);
    out.object(lock, "lock", "gate");
    out.object(queue, "queue", "jobs");
    out.object(other, "lock", "other");
    for (const [i, name] of ["main", "a", "b", "c", "d"].entries()) out.thread(i + 1, 0, name);
    out.event(a, 100, EVENTS.acquired, { object: lock });
    out.event(b, 150, EVENTS.waitBegan, { object: lock, first: a });
    out.event(c, 150, EVENTS.level, { object: queue, first: 1 });
    out.pass(400);
    decoder.push(out.take());
    assert.deepEqual(asked({ thread: a }), [a, b], "The wait lasts.");
    assert.deepEqual(asked({ thread: a, least: 300 }), [a], "Not that long so far.");
    assert.deepEqual(asked({ thread: a, least: 300 }, 450), [a, b]);
    assert.deepEqual(asked({ object: lock }), [a, b]);
    assert.deepEqual(asked({ object: queue }), [c], "It put something in.");

    out.event(a, 500, EVENTS.released, { object: lock });
    out.event(b, 501, EVENTS.waitEnded, { object: lock, first: 1 });
    out.event(b, 502, EVENTS.acquired, { object: lock });
    out.event(b, 503, EVENTS.released, { object: lock });
    out.event(d, 510, EVENTS.waitBegan, { object: queue });
    out.event(c, 520, EVENTS.level, { object: queue, first: 2 });
    out.event(d, 521, EVENTS.waitEnded, { object: queue, first: 1 });
    out.event(d, 530, EVENTS.acquired, { object: lock });
    out.event(d, 540, EVENTS.released, { object: lock });
    out.event(main, 550, EVENTS.waitBegan, { object: 0 });
    out.event(c, 600, EVENTS.waitBegan, { object: other, first: main, flags: FLAGS.async, second: 1 });
    out.pass(900);
    decoder.push(out.take());
    assert.deepEqual(asked({ thread: d }), [c, d], "Who put ended its wait.");
    assert.deepEqual(asked({ object: lock }), [a, b, d], "It had the lock without a wait.");
    assert.deepEqual(asked({ object: lock, least: 1 }), [a, b]);
    assert.deepEqual(asked({ least: 300 }), [main, a, b, c], "Also for a task that waits; a sleep is no wait.");
    assert.deepEqual(asked({ object: lock, thread: d }), [d]);
    assert.deepEqual(asked({ object: lock, thread: a }), [a, b]);
    assert.deepEqual(asked({ thread: main }), [main, c]);
    out.event(c, 950, EVENTS.waitEnded, { object: other, flags: FLAGS.async, first: 1, second: 1 });
    out.end(1000);
    decoder.push(out.take());
    assert.deepEqual(
      asked({ least: 350 }),
      [main, a, b, c],
      "The task's wait has ended after 350, the other after 351.",
    );
    assert.deepEqual(asked({ least: 351 }), [a, b]);
  });
});
