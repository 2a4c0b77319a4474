import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { Analysis, CancelledError } from "../server/src/analysis.js";
import { soakEdits } from "./soak/edits.js";
import { projectFor, sameAfter } from "./soak/incremental.js";

test("after any sequence of edits the analysis says what a fresh one says", () => {
  const { findings } = soakEdits(90, 1);
  assert.ok(findings.program! > 0 && findings.samples! > 0, "the edits never left a finding, so nothing was compared");
});

const user = (gate: string): string => `import { main, SharedValue, tasks, Thread } from "heddle";
${gate}
const n = new SharedValue("i32", 0, { name: "n" });
export function a() { gate.acquire(); n.value += 1; gate.release(); }
export function b() { n.value += 1; }
tasks(import.meta.url, { a, b });
main(import.meta.url, () => {
  const threads = [new Thread({ target: a }), new Thread({ target: b })];
  for (const thread of threads) thread.start();
  for (const thread of threads) thread.join();
});
`;

const imported = user('import { gate } from "./gate.js";');

const partWork = `export function work(buffer: SharedArrayBuffer): void {
  const counts = new Int32Array(buffer);
  counts[0]++;
}
`;

const partUser = `import { Thread, main } from "heddle";
import { buffer, startOther } from "./parts.js";
import { work } from "./work.js";
main(import.meta.url, () => {
  startOther();
  const thread = new Thread({ target: work, args: [buffer] });
  thread.start();
  thread.join();
});
`;

const counter = `import { SharedValue } from "heddle";
export const n = new SharedValue("i32", 0, { name: "n" });
`;

/** Matters only because of what it imports. */
const middle = `import { n } from "./counter.js";
import { gone } from "./gone.js";
export function count(): void { n.value += 1; gone(); }
`;

const starter = `import { main, Thread } from "heddle";
import { count } from "./middle.js";
main(import.meta.url, () => {
  const threads = [new Thread({ target: count }), new Thread({ target: count })];
  for (const thread of threads) thread.start();
  for (const thread of threads) thread.join();
});
`;

/** Calls what only the annotation of another file speaks of. */
const shop = `import { count } from "./till.js";
export function sell(): void { count(); }
`;

const serverAfter = (body: string): string => `import { Lock, SharedValue } from "heddle";
import { Manager } from "heddle/process";
export function first(): void {
  ${body}
}
export const gate = new Lock({ name: "gate" });
/** @guardedBy gate */
export const n = new SharedValue("i32", 0, { name: "n" });
export const rabbit = Manager.connect("amqp://localhost");
`;

const refused = `import { n, rabbit } from "./server.js";
export function refused() { rabbit.lock(); }
export function unguarded() { n.value += 1; }
`;

const failing = (body: string): string => `import { Lock } from "heddle";
export const gate = new Lock({ name: "gate" });
export const fails = { now() { ${body} } };
`;

const taker = `import { fails, gate } from "./fails.js";
const it = Math.random() > 1 ? fails.now() : gate;
export function take(): void { it.acquire(); }
`;

suite("what an edit of one file means for others", () => {
  const cases: Readonly<Record<string, readonly [Record<string, string>, Record<string, string>]>> = {
    "a variable is assigned to in a function's body": [
      { "user.ts": imported, "gate.ts": gateThat("console.log(other);") },
      { "gate.ts": gateThat("gate = other;") },
    ],
    "a declaration file that is no part of the analysis": [
      { "user.ts": imported, "gate.d.ts": 'export declare const gate: import("heddle").Lock;' },
      { "gate.d.ts": "export declare const gate: { acquire(): void; release(): void };" },
    ],
    "a manifest changes what an import without an extension means": [
      {
        "user.ts": user('import { gate } from "./gate";'),
        "gate.ts": gateThat(""),
        "package.json": '{ "type": "commonjs" }',
      },
      { "package.json": '{ "type": "module" }' },
    ],
    "a global that is no longer declared": [
      { "user.ts": user(""), "global.ts": 'export {};\ndeclare global { var gate: import("heddle").Lock; }' },
      { "global.ts": "export {};" },
    ],
    "a global goes while an import of a third file is not found": [
      {
        "user.ts": starter,
        "middle.ts": middle,
        "counter.ts": counter,
        "global.ts": "export {};\ndeclare global { var other: number; }",
      },
      { "global.ts": "export {};" },
    ],
    "the body of a function that another file gives to a thread": [
      { "user.ts": giverOf("make().inner"), "maker.ts": makerOf('console.log("x");') },
      { "maker.ts": makerOf("console.log(n, 1);") },
    ],
    "an annotation asks for a lock": [
      { "till.ts": tillThat("/** Counts. */"), "shop.ts": shop },
      { "till.ts": tillThat("/** @requires gate */") },
    ],
    "an annotation leaves a lock to the callers": [
      { "till.ts": tillThat("/** @requires gate */"), "shop.ts": shop },
      { "till.ts": tillThat("/** Counts. */") },
    ],
    "an object that is exported in parts moves": [
      { "user.ts": partUser, "parts.ts": partsAfter(""), "work.ts": partWork },
      { "parts.ts": partsAfter("console.log(1);") },
    ],
    "what stands behind an edited body, and is spoken of elsewhere, moves": [
      { "server.ts": serverAfter(""), "calls.ts": refused },
      { "server.ts": serverAfter("console.log(1);") },
    ],
    "a method of an object that never came back does": [
      { "fails.ts": failing('throw new Error("no");'), "user.ts": taker },
      { "fails.ts": failing("console.log(1);") },
    ],
  };
  for (const [name, [program, edit]] of Object.entries(cases)) {
    test(name, () => {
      const { findings } = sameAfter(program, edit, program);
      assert.ok(
        findings.some((said) => said.includes("ruleId")),
        "nothing is found, so nothing was compared",
      );
    });
  }
});

test("an answer that was given up half-way leaves nothing behind", () => {
  const texts = new Map([
    ["user.ts", imported],
    ["gate.ts", gateThat("")],
    ["also.ts", imported.replaceAll('"n"', '"m"')],
  ]);
  const { directory } = projectFor(texts);
  const changes = (): { file: string; text: string }[] =>
    [...texts].map(([name, text]) => ({ file: `${directory}/${name}`, text }));
  const files = new Map(changes().map(({ file, text }) => [file, text]));
  const analysis = new Analysis(projectFor(files));
  analysis.update(changes());
  assert.notEqual(analysis.snapshot().findings().length, 0);
  for (const [name, text] of texts) texts.set(name, text.replaceAll("n.value += 1", "n.add(1)"));
  analysis.update(changes());
  const snapshot = analysis.snapshot();
  let asked = 0;
  assert.throws(() => snapshot.findings(undefined, () => ++asked > 1), CancelledError);
  assert.deepEqual(
    snapshot.findings().map(({ message }) => message),
    [],
  );
});

function gateThat(body: string): string {
  return `import { Lock } from "heddle";
export let gate = new Lock({ name: "gate" });
export function swap(other: Lock): void { ${body} console.log(1); }
`;
}

function tillThat(comment: string): string {
  return `import { Lock } from "heddle";
export const gate = new Lock({ name: "gate" });
/** @guardedBy gate */
let sold = 0;
${comment}
export function count(): void { sold += 1; console.log(sold); }
`;
}

function giverOf(target: string): string {
  return `import { Thread } from "heddle";
import { make } from "./maker.js";
export function go(m: number): void {
  new Thread({ target: ${target} }).start();
  new Thread({ target: () => console.log(m) }).start();
}
`;
}

function makerOf(body: string): string {
  return `export function make() {
  const n = 1;
  function inner(): void { ${body} console.log(2); }
  return { n, inner };
}
`;
}

function partsAfter(body: string): string {
  return `import { Thread } from "heddle";
import { work } from "./work.js";
export function first(): void { ${body} console.log(2); }
export const { buffer } = new Int32Array(new SharedArrayBuffer(8));
export function startOther(): void {
  const other = new Thread({ target: work, args: [buffer] });
  other.start();
}
`;
}
