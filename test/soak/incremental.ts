import assert from "node:assert/strict";
import { Analysis, type Snapshot } from "../../server/src/analysis.js";
import type { Project } from "../../server/src/source/project.js";
import { ts } from "../../server/src/source/syntax.js";
import { Random } from "../support/random.js";
import { repositoryRoot } from "../support/repository.js";

const folder = new URL("out/incremental", repositoryRoot).pathname;

/** A program of several files in which locks, shared values, helpers and threads depend on each other. */
const program: Readonly<Record<string, string>> = {
  "locks.ts": `
import { Lock } from "heddle";
export const shelf = new Lock({ name: "shelf" });
export const till = new Lock({ name: "till" });
export function theShelf(): Lock { return shelf; }
export class Guarded {
  readonly lock = new Lock({ name: "guarded" });
  get door() { return this.lock; }
}
export const guarded = new Guarded();
`,
  "stock.ts": `
import { SharedValue } from "heddle";
import { shelf, till, theShelf, guarded } from "./locks.js";
export const stock = new SharedValue("i32", 500, { name: "stock" });
export const money = new SharedValue("i32", 0, { name: "money" });
export function add(n: number) {
  stock.value += n;
}
export function take(n: number): void {
  using _ = shelf.hold();
  stock.value -= n;
}
export function pay(n: number): boolean {
  if (!till.acquire({ timeout: 5 })) return false;
  try {
    money.value += n;
  } finally {
    till.release();
  }
  return true;
}
export function both(n: number): void {
  theShelf().withLock(() => {
    till.withLock(() => {
      money.value += n;
    });
  });
}
export function other(n: number): void {
  using _ = till.hold();
  guarded.door.acquire();
  take(n);
  guarded.door.release();
}
`,
  "tasks.ts": `
import { tasks } from "heddle";
import { add, both, other, pay, take } from "./stock.js";
export function sell(n: number) {
  for (let i = 0; i < n; i++) take(1);
  pay(n);
}
export function restock(n: number) {
  add(n);
  both(n);
}
export function audit() {
  other(1);
}
tasks(import.meta.url, { sell, restock, audit });
`,
  "main.ts": `
import { Thread, main } from "heddle";
import { audit, restock, sell } from "./tasks.js";
import { stock } from "./stock.js";
import { label } from "./label.js";
main(import.meta.url, () => {
  const threads = [new Thread({ target: sell, args: [9] }), new Thread({ target: restock, args: [9] })];
  const auditor = new Thread({ target: audit });
  for (const thread of threads) thread.start();
  auditor.start();
  for (const thread of threads) thread.join();
  auditor.join();
  console.log(label(stock.value));
});
`,
  "names.d.ts": `
export declare const roof: import("heddle").Lock;
`,
  "gates.ts": `
import { Lock, SharedValue } from "heddle";
import { roof } from "./names.js";
export let gate = new Lock({ name: "gate" });
export const guards = { door: new Lock({ name: "door" }) };
export const { door } = guards;
export const rain = new SharedValue("i32", 0, { name: "rain" });
export function swap(other: Lock): void {
  console.log(other);
}
export function drip(): void {
  gate.acquire();
  rain.value += 1;
  gate.release();
}
export function pour(): void {
  using _ = roof.hold();
  rain.value += 2;
}
`,
  "weather.ts": `
import { Thread, main } from "heddle";
import { door, drip, gate, guards, pour, rain } from "./gates.js";
export function storm(): void {
  using _ = gate.hold();
  using __ = guards.door.hold();
  rain.value += 3;
}
export function calm(): void {
  using _ = door.hold();
  drip();
}
main(import.meta.url, () => {
  const threads = [drip, pour].map((target) => new Thread({ target }));
  const others = [new Thread({ target: storm }), new Thread({ target: calm }), new Thread({ target: pour })];
  for (const thread of [...threads, ...others]) thread.start();
  for (const thread of others) thread.start();
  for (const thread of others) thread.join();
});
`,
  "label.ts": `
export function label(n: number) { return "stock " + n; }
`,
  "worker.ts": `
import { workerData } from "node:worker_threads";
const counts = new Int32Array(workerData.buffer);
counts[0]++;
`,
  "pool.ts": `
import { Worker } from "node:worker_threads";
export function run() {
  const buffer = new SharedArrayBuffer(16);
  for (let i = 0; i < 4; i++) new Worker(new URL("./worker.js", import.meta.url), { workerData: { buffer } });
}
`,
};

/** Pieces that make and unmake defects when they come, go and change places. */
const pieces = [
  "using _ = shelf.hold();",
  "using _ = till.hold();",
  "shelf.acquire();",
  "shelf.release();",
  "stock.value += 1;",
  "stock.add(1);",
  "take(2);",
  "add(3);",
  "auditor.join();",
  "if (n > 3) return;",
  "const later = 1;",
  "}",
  "{",
  "(",
  '"',
  "/*",
  "// a comment",
  "// heddle-ignore-next-line unguarded-shared-mutation: counted",
  "/* heddle-ignore-file lock-order-inversion: one after the other */",
  "import { shelf as rack } from './locks.js';",
  "export function more(n: number) { return theShelf(); }",
  "declare global { interface Array<T> { hold(): void } }",
  "declare global { var roof: import('heddle').Lock }",
  "gate = other;",
  "using _ = roof.hold();",
  "export declare const roof: { hold(): Disposable };",
  "export {};",
  "export * from './locks.js';",
  "export * from './stock.js';",
  "declare module './locks.js' { interface Guarded { roof: import('heddle').Lock } }",
  "declare module 'roofs' { export const roof: import('heddle').Lock; }",
  "declare module 'roofs' { export const roof: { hold(): Disposable }; }",
  "import { roof } from 'roofs';",
  "import * as roofs from 'roofs';",
  "using _ = roofs.roof.hold();",
  "using _ = guarded.roof.hold();",
  "declare const roof: import('heddle').Lock;",
];

export const projectFor = (texts: ReadonlyMap<string, string>): Project => ({
  configFile: undefined,
  directory: folder,
  files: [...texts.keys()].filter((file) => !/\.(?:d\.ts|json)$/.test(file)).sort(),
  declarations: [],
  options: {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    // By default there are no scripts.
    moduleDetection: ts.ModuleDetectionKind.Auto,
    // That of a browser is more than all the rest.
    lib: ["lib.es2023.d.ts", "lib.esnext.disposable.d.ts"],
    strict: true,
    types: [],
  },
  problems: [],
});

/** Fails where the running analysis says something else after the edits than a fresh one says of the same texts. */
export function sameAfter(
  program: Readonly<Record<string, string>>,
  ...edits: readonly Readonly<Record<string, string>>[]
): { readonly findings: readonly string[] } {
  const texts = new Map(Object.entries(program).map(([name, text]) => [`${folder}/${name}`, text]));
  const analysis = new Analysis(projectFor(texts));
  analysis.update([...texts].map(([file, text]) => ({ file, text })));
  const findings = [printed(analysis.snapshot())];
  for (const edit of edits) {
    const changes = Object.entries(edit).map(([name, text]) => ({ file: `${folder}/${name}`, text }));
    for (const { file, text } of changes) texts.set(file, text);
    analysis.update(changes);
    const said = printed(analysis.snapshot());
    assert.equal(said, printed(freshOf(texts)));
    findings.push(said);
  }
  return { findings };
}

function freshOf(texts: ReadonlyMap<string, string>): Snapshot {
  const fresh = new Analysis(projectFor(texts));
  fresh.update([...texts].map(([file, text]) => ({ file, text })));
  return fresh.snapshot();
}

/**
 * Applies random edits and compares what the running analysis says after each with what a fresh one says.
 * @throws AssertionError with seed and round at the first difference.
 */
export function soakIncremental(
  rounds: number,
  seed: number,
  files: Readonly<Record<string, string>> = program,
): { rounds: number; findings: number } {
  const random = new Random(seed);
  const texts = new Map(Object.entries(files).map(([name, text]) => [`${folder}/${name}`, text.trimStart()]));
  const originals = new Map(texts);
  const analysis = new Analysis(projectFor(texts));
  analysis.update([...texts].map(([file, text]) => ({ file, text })));
  let findings = 0;
  for (let round = 0; round < rounds; round++) {
    const file = random.pick([...originals.keys()]);
    const text = edited(random, texts.get(file), originals.get(file)!);
    if (text === undefined) texts.delete(file);
    else texts.set(file, text);
    analysis.update([{ file, text }]);
    // An editor does not ask after every key.
    if (random.below(4) === 0) continue;
    const snapshot = analysis.snapshot();
    const said = printed(snapshot);
    assert.equal(said, printed(freshOf(texts)), `seed ${seed}, round ${round}, edit in ${file}`);
    findings += snapshot.findings().length;
  }
  return { rounds, findings };
}

function edited(random: Random, text: string | undefined, original: string): string | undefined {
  const kind = random.below(20);
  if (text === undefined || kind < 5) return original;
  if (kind === 5) return undefined;
  const lines = text.split("\n");
  const at = random.below(lines.length);
  if (kind < 8) lines.splice(at, 0, random.pick(pieces));
  else if (kind < 12) lines.splice(at, 1);
  else if (kind < 14) [lines[at], lines[0]] = [lines[0]!, lines[at]!];
  else if (kind < 16) lines[at] = lines[at]!.slice(0, random.below(lines[at]!.length + 1));
  else if (kind < 18) lines[at] = lines[at]!.replace(/shelf|till|stock|money/, random.pick(["shelf", "till", "stock"]));
  else return lines.join("\r\n");
  return lines.join("\n");
}

function printed(snapshot: Snapshot): string {
  const findings = snapshot
    .findings()
    .map(({ fixes, ...finding }) => ({ ...finding, fixes: fixes.map(({ title }) => title) }));
  return JSON.stringify({ findings, problems: snapshot.problems }, undefined, 1);
}
