/** What the stacks of threads that nobody stopped tell: which calls, at which places, and which of them are the program's. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { pathToFileURL } from "node:url";
import type { Wait } from "../../client/shared/snapshot.js";
import { ownFrames } from "../../client/src/trace/own-frames.js";
import { framesOf } from "../../client/src/trace/stack-text.js";

const stack = `Error
    at <anonymous>:6:90
    at Atomics.wait (<anonymous>)
    at waitFor (file:///app/node_modules/heddle/dist/futex.js:12:5)
    at Lock.acquire [as enter] (file:///app/node_modules/heddle/dist/lock.js:40:7)
    at new Holder (/app/src/a%20b.ts:9:11)
    at async file:///app/src/main.ts:3:1
    at process.processTimers (node:internal/timers:519:7)`;

suite("the stack of a thread", () => {
  test("has the calls that are in files", () => {
    assert.deepEqual(
      framesOf(stack).map(({ name, place }) => `${name} ${place.file}:${place.line}:${place.column}`),
      [
        "waitFor /app/node_modules/heddle/dist/futex.js:12:5",
        "Lock.acquire /app/node_modules/heddle/dist/lock.js:40:7",
        "new Holder /app/src/a%20b.ts:9:11",
        " /app/src/main.ts:3:1",
      ],
    );
  });

  test("is read as V8 writes it today", () => {
    class Outer {
      inner(): string {
        return new Error().stack ?? "";
      }
    }
    const [own] = framesOf(new Outer().inner());
    assert.equal(own?.name, "Outer.inner");
    assert.match(pathToFileURL(own?.place.file ?? "").href, /stack-text\.test\.[jt]s$/);
  });

  test("begins where the program itself is", () => {
    const frames = framesOf(stack);
    const names = (wait: Wait | undefined): readonly string[] => ownFrames(frames, wait).map(({ name }) => name);
    assert.deepEqual(names(undefined), ["new Holder", ""]);
    const wait = { place: { file: "/app/src/main.ts", line: 3, column: 9 } } as Wait;
    assert.deepEqual(names(wait), [""], "the trace knows where it waits");
    assert.equal(ownFrames(frames.slice(0, 2), undefined).length, 2, "nothing of it is the program's");
    assert.deepEqual(framesOf("a text of its own"), []);
  });
});
