/** What is known of a recording, while its file grows. */
import assert from "node:assert/strict";
import { appendFileSync } from "node:fs";
import { test } from "node:test";
import { Reading } from "../../client/timeline/reading.js";
import { EVENTS } from "../../runtime/src/trace/format.js";
import { Folder } from "../support/folder.js";
import { TraceWriter } from "../support/trace-writer.js";

test("a program that has ended was not killed just because its last words were not read yet", async () => {
  using folder = new Folder();
  const out = new TraceWriter({ pid: process.pid });
  out.thread(1, 0, "main");
  out.thread(2, 0, "other");
  out.event(1, 10, EVENTS.waitBegan);
  out.pass(5);
  const file = folder.write("run.heddletrace", out.take());
  const followed = new Followed(file);
  try {
    followed.reading.runs(true);
    await followed.until(() => followed.reading.timeline.events === 1);
    out.event(2, 6, EVENTS.waitBegan);
    out.end(20);
    appendFileSync(file, out.take());
    // Whoever started the program knows before the file was looked at again.
    followed.reading.runs(false);
    assert.equal(followed.reading.status().state, "live");
    await followed.until(() => followed.reading.status().state !== "live");
    assert.equal(followed.reading.status().state, "ended");
    assert.equal(followed.reading.timeline.lanes.get(2)?.activity.startOf(1), 6, "in its order");
  } finally {
    followed.reading.close();
  }
});

test("a program that has ended without a word was killed", async () => {
  using folder = new Folder();
  const out = new TraceWriter({ pid: process.pid });
  out.thread(1, 0, "main");
  out.pass(5);
  const followed = new Followed(folder.write("run.heddletrace", out.take()));
  try {
    followed.reading.runs(true);
    await followed.until(() => followed.reading.timeline.lanes.size === 1);
    followed.reading.runs(false);
    await followed.until(() => followed.reading.status().state === "killed");
  } finally {
    followed.reading.close();
  }
});

test("a length that no record has is damage, and not waited for", async () => {
  using folder = new Folder();
  const out = new TraceWriter({ pid: process.pid });
  out.thread(1, 0, "main");
  out.pass(5);
  const good = out.take().slice();
  const followed = new Followed(folder.write("run.heddletrace", Buffer.concat([good, Buffer.alloc(64, 0xff)])));
  try {
    followed.reading.runs(true);
    await followed.until(() => followed.reading.status().state === "killed");
    assert.match(followed.reading.status().problem ?? "", /a part of the trace is damaged/);
    assert.equal(followed.reading.timeline.lanes.size, 1);
  } finally {
    followed.reading.close();
  }
});

/** A reading whose news can be waited for. */
class Followed {
  readonly reading: Reading;
  #changed = (): void => {};

  constructor(file: string) {
    this.reading = new Reading(file, () => this.#changed());
  }

  /** Looks whenever there is news. */
  async until(isSo: () => boolean): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error("It did not come to that.")), 30_000);
      this.#changed = () => {
        if (!isSo()) return;
        clearTimeout(timer);
        resolve();
      };
      this.#changed();
    });
    this.#changed = () => {};
  }
}
