/** The declarations stand on their own: they compile with plain ES2022 and say what is an error before it runs. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..");
let folder = "";

before(() => {
  folder = mkdtempSync(join(tmpdir(), "heddle-declarations-"));
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"), "junction");
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
});

after(() => rmSync(folder, { recursive: true }));

/** What the compiler says of a program that uses nothing but `heddle` and the given library. */
function complaints(text: string, lib: string, name = "consumer.ts"): string[] {
  const file = join(folder, name);
  writeFileSync(file, text);
  const program = ts.createProgram([file], {
    strict: true,
    noEmit: true,
    skipLibCheck: false,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    lib: [`lib.${lib}.d.ts`],
    types: [],
  });
  return ts.getPreEmitDiagnostics(program).map((d) => {
    const line =
      d.file === undefined ? "" : `${d.file.fileName}:${d.file.getLineAndCharacterOfPosition(d.start ?? 0).line + 1} `;
    return line + ts.flattenDiagnosticMessageText(d.messageText, "\n");
  });
}

const consumer = `
import {
  AsyncResult, Barrier, currentThread, Event, Held, Lock, main, Pool, Queue, ref, SharedArray, SharedValue, Thread,
  ThreadLocal, tasks,
} from "heddle";

const lock = new Lock({ name: "a" });
const array = new SharedArray("i32", 4);
const typed: Int32Array = array;
const first: number = array[0]!;
const large: bigint = new SharedArray("i64", [1n]).at(0)!;
Atomics.add(array, 0, 1);
for (const x of array) x.toFixed();

function add(n: number, s: string): Promise<number> { return Promise.resolve(n + s.length); }
tasks("file:///x.js", { add, Thread });
const threads: Thread[] = [new Thread({ target: add, args: [1, "x"] })];
// @ts-expect-error an argument is missing
new Thread({ target: add, args: [1] });
class Mine extends Thread {
  constructor(readonly times: number) { super({ name: "x" }); }
  override run(): void { this.times.toFixed(); }
}
new Mine(1).start();
const me: Thread = currentThread();

const pool = new Pool(2);
const now: number = pool.apply(add, [1, "s"]);
const later: AsyncResult<number> = pool.applyAsync(add, [1, "s"]);
const all: number[] = pool.map((x: number) => x * 2, [1, 2]);
// @ts-expect-error items of another type
pool.map((x: number) => x * 2, ["1"]);
const task = ref<typeof import("./consumer.js").exported>("file:///c.js", "exported");
const byName = ref<typeof import("./consumer.js")>("file:///c.js", "exported");
const exact = ref<typeof import("./consumer.js"), "exported">("file:///c.js", "exported");
const viaRef: Promise<number>[] = [task(), byName(), exact()];

export async function exported(): Promise<number> {
  const held: Held = await lock.holdAsync();
  held[Symbol.dispose]();
  using again = lock.hold();
  return await later;
}
const result: number = lock.withLock(() => 1);
// @ts-expect-error a body that returns a promise would outlive the lock
lock.withLock(async () => 1);

const queue = new Queue<{ a: number }>(3, { name: "q" });
const item: number = queue.get({ timeout: 5 }).a;
const big = new SharedValue("i64", 1n);
big.value += 1n;
const flag = new SharedValue("bool", true);
flag.value = false;
// @ts-expect-error booleans are not added to
flag.add(true);
const local = new ThreadLocal(() => 5);
local.value += 1;
main("x", async () => {
  await new Barrier(2).waitAsync();
  await new Event().waitAsync({ timeout: 1 });
});
export { all, first, item, large, me, now, result, threads, typed, viaRef };
`;

for (const lib of ["es2022", "es2023", "esnext"]) {
  test(`a consumer compiles with ${lib} alone, library files checked`, () => {
    assert.deepEqual(complaints(consumer, lib), []);
  });
}

test("CommonJS may require it, with all types", () => {
  const commonJs = `
import heddle = require("heddle");
import trace = require("heddle/trace");
const lock: heddle.Lock = new heddle.Lock();
const n: number = lock.withLock(() => 1);
const start: (options: { file: string }) => unknown = trace.startRecording;
export = { n, start };
`;
  assert.deepEqual(complaints(commonJs, "es2022", "consumer.cts"), []);
  assert.equal(complaints(commonJs.replace("n: number", "n: string"), "es2022", "consumer.cts").length, 1);
});

test("a wrong use is an error, so the check above can fail", () => {
  const wrong = `import { Lock } from "heddle"; new Lock({ nome: "x" }).lock();`;
  assert.equal(complaints(wrong, "es2022").length, 2);
});
