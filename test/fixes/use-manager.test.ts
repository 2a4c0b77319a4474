import assert from "node:assert/strict";
import { test } from "node:test";
import type { Snapshot } from "../../server/src/analysis.js";
import type { Finding } from "../../server/src/finding.js";
import { fixAll } from "../../server/src/fix-all.js";
import { pageAnalysis } from "../support/page-analysis.js";
import { pageDirectory } from "../support/page-project.js";

const HEAD = `import { Lock, tasks } from "heddle";
import { Pool } from "heddle/process";

export function work(lock: Lock, other: Lock): void {
  using _held = lock.hold();
  using _other = other.hold();
}
`;

test("one manager, outside of the loop, makes all that a loop needs", () => {
  const { text, left } = fixed(`
tasks(import.meta.url, { work });

export function begin(pool: Pool): void {
  for (let i = 0; i < 10; i++) {
    if (i % 2 === 0) {
      const lock = new Lock();
      const other = new Lock();
      pool.applyAsync(work, [lock, other]);
    }
  }
}
`);
  assert.equal(left, 0);
  assert.match(text, /: void \{\n {2}const manager = new Manager\(\);\n {2}for \(/);
  assert.equal(text.split("new Manager()").length, 2, text);
});

test("what a registered task makes, or a function that a task calls, is left as it is", () => {
  const { text, left } = fixed(`
export function begin(): void {
  const lock = new Lock();
  const pool = new Pool(1);
  pool.apply(work, [lock, lock]);
}

function inner(): void {
  const lock = new Lock();
  const pool = new Pool(1);
  pool.apply(work, [lock, lock]);
}

export function outer(): void {
  inner();
}

tasks(import.meta.url, { work, started: begin, outer });

export function start(pool: Pool): void {
  pool.apply(outer, []);
}
`);
  assert.equal(left, 4);
  assert.doesNotMatch(text, /Manager/);
});

test("what a callback makes for each element at the top of a module is left as it is", () => {
  const { text, left } = fixed(`
tasks(import.meta.url, { work });

const pool = new Pool(1);
[1, 2].forEach(() => {
  const lock = new Lock();
  pool.apply(work, [lock, lock]);
});
`);
  assert.equal(left, 2);
  assert.doesNotMatch(text, /Manager/);
});

/** The program after all fixes, and how many of its findings stay. */
function fixed(body: string): { readonly text: string; readonly left: number } {
  const file = `${pageDirectory}/case.ts`;
  const analysis = pageAnalysis(new Map([[file, HEAD + body]]));
  const own = (snapshot: Snapshot): readonly Finding[] =>
    snapshot.findings().filter(({ ruleId }) => ruleId === "queue-in-process-pool");
  const { texts } = fixAll(analysis, own);
  return { text: texts.get(file) ?? HEAD + body, left: own(analysis.snapshot()).length };
}
