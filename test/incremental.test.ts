import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { Analysis, CancelledError } from "../server/src/analysis.js";
import type { Site } from "../server/src/source/site.js";
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

const realAndOther = `import { SharedValue } from "heddle";
export const n = new SharedValue("i32", 0, { name: "n" });
export class Real { bump(): void { n.value += 1; } }
export class Other { bump(): void {} }
`;

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

/** How a lock of one file gets to another: a module in between, if there is one, and how it is called in the end. */
const ways: Readonly<Record<string, readonly [between: string, imported: string, lock: string]>> = {
  unicode: [
    'import * as türen from "./gates.js";\nexport const all = türen;',
    '{ all } from "./unicode.js"',
    "all.gate",
  ],
  spoken: [
    'import * as of /* all */ from "./gates.js";\nexport const all = of;',
    '{ all } from "./spoken.js"',
    "all.gate",
  ],
  later: ['export const all = await import(/* now */ "./gates.js");', '{ all } from "./later.js"', "all.gate"],
  quoted: ['export * as "all of it" from "./gates.js";', '{ "all of it" as all } from "./quoted.js"', "all.gate"],
  default: ['import whole from "./old.cjs";\nexport const all = whole;', '{ all } from "./default.js"', "all.one.bolt"],
  key: ["", '{ "the-key" as gate } from "./gates.js"', "gate"],
  equals: ["", '{ bolt } from "./equals.cjs"', "bolt"],
};

const userOf = (imported: string, lock: string): string =>
  `import ${imported};\nexport function take(): void { ${lock}.acquire(); }\n`;

function lockedWays(lock: string): Readonly<Record<string, string>> {
  const made = `import { Lock } from "heddle";\nexport const gate = ${lock};\nconst shelf = ${lock};\n`;
  return {
    "gates.ts": `${made}export { shelf as "the-key" };\n`,
    "old.cts": `import { Lock } from "heddle";\nexport const one = { bolt: ${lock} };\n`,
    "equals.cts": `import { Lock } from "heddle";\nnamespace all { export const bolt = ${lock}; }\nexport = all;\n`,
  };
}

function waysOf(): Record<string, string> {
  const program: Record<string, string> = { "package.json": '{ "type": "module" }', ...lockedWays("new Lock()") };
  for (const [name, [between, imported, lock]] of Object.entries(ways)) {
    if (between) program[`${name}.ts`] = between;
    program[`${name}-user.ts`] = userOf(imported, lock);
  }
  return program;
}

const gateOf = (made: string): string => `import { Lock } from "heddle";\nexport const gate = ${made};\n`;
const NO_LOCK = "{ acquire(): void {} }";

const lockUser = (imported: string, lock: string): string => user(imported).replaceAll("gate.", `${lock}.`);

/** Programs in which the lock of `gate.ts` gets to `user.ts` by what a file declares for others than its importers. */
const beyondImports: Readonly<Record<string, Record<string, string>>> = {
  "a script of declarations": {
    "all.d.ts": 'declare const door: typeof import("./gate.js").gate;',
    "user.ts": `/// <reference path="./all.d.ts" />\n${lockUser("", "door")}`,
  },
  "a module that is declared by its name": {
    "all.d.ts":
      'declare module "doors" {\n  const inner: typeof import("./gate.js").gate;\n  export { inner as door };\n}',
    "user.ts": `/// <reference path="./all.d.ts" />\n${lockUser('import { door } from "doors";', "door")}`,
  },
  "all of a module that is declared by its name": {
    "all.d.ts": 'declare module "doors" {\n  export const door: typeof import("./gate.js").gate;\n}',
    "between.ts": '/// <reference path="./all.d.ts" />\nexport * from "doors";',
    "also.ts": 'import * as it from "./between.js";\nexport const whole = it;',
    "user.ts": lockUser('import { whole } from "./also.js";', "whole.door"),
  },
  "a module by its name that hands on another one": {
    "all.d.ts":
      'declare module "doors" {\n  export const door: typeof import("./gate.js").gate;\n}\ndeclare module "more" {\n  export * from "doors";\n}',
    "between.ts": '/// <reference path="./all.d.ts" />\nimport whole from "more";\nexport const it = whole;',
    "user.ts": lockUser('import { it } from "./between.js";', "it.door"),
  },
  "modules of any name": {
    "all.d.ts": 'declare module "*.door" {\n  const door: typeof import("./gate.js").gate;\n  export default door;\n}',
    "user.ts": `/// <reference path="./all.d.ts" />\n${lockUser('import any from "./some.door";', "any")}`,
  },
  "what all have inside of a module that is declared by its name": {
    "all.d.ts": 'declare module "doors" {\n  global {\n    const door: typeof import("./gate.js").gate;\n  }\n}',
    "user.ts": `/// <reference path="./all.d.ts" />\n${lockUser("", "door")}`,
  },
  "more of another module": {
    "doors.ts": "export interface Doors { readonly size: number }\nexport declare const doors: Doors;",
    "more.ts":
      'import { gate } from "./gate.js";\ntype Door = typeof gate;\ndeclare module "./doors.js" {\n  interface Doors { door: Door }\n}',
    "user.ts": lockUser('import { doors } from "./doors.js";', "doors.door"),
  },
  "more of what a module has from elsewhere": {
    "inner.ts": "export interface Doors { readonly size: number }\nexport declare const doors: Doors;",
    "doors.ts": 'export * from "./inner.js";',
    "more.ts":
      'import { gate } from "./gate.js";\ndeclare module "./doors.js" {\n  interface Doors { door: typeof gate }\n}',
    "user.ts": lockUser('import { doors } from "./inner.js";', "doors.door"),
  },
  "more of a package": {
    "node_modules/doors/package.json": '{ "name": "doors", "types": "index.d.ts" }',
    "node_modules/doors/index.d.ts": 'export { Doors } from "./inner.js";\nexport { doors as all } from "./inner.js";',
    "node_modules/doors/inner.d.ts":
      "export interface Doors { readonly size: number }\nexport declare const doors: Doors;",
    "more.ts":
      'import { gate } from "./gate.js";\ndeclare module "doors" {\n  interface Doors { door: typeof gate }\n}',
    "user.ts": lockUser('import { all } from "doors";', "all.door"),
  },
  "a package that speaks of what is global": {
    "node_modules/doors/package.json": '{ "name": "doors", "types": "index.d.ts" }',
    "node_modules/doors/index.d.ts": "export declare const all: { one: typeof frontDoor };",
    "global.ts": 'import { gate } from "./gate.js";\ndeclare global {\n  var frontDoor: typeof gate;\n}',
    "user.ts": lockUser('import { all } from "doors";', "all.one"),
  },
  "declarations that hand on others": {
    "inner.d.ts": 'export declare const door: typeof import("./gate.js").gate;',
    "doors.d.ts": 'export * from "./inner.js";',
    "user.ts": lockUser('import { door } from "./doors.js";', "door"),
  },
  "all that is global": {
    "global.ts": 'import { gate } from "./gate.js";\ndeclare global {\n  var frontDoor: typeof gate;\n}',
    "all.ts": "export const all = { ...globalThis };",
    "user.ts": lockUser('import { all } from "./all.js";', "all.frontDoor"),
  },
  "the namespace that scripts have for a module": {
    "package.json": "{}",
    "doors.d.ts": 'export { gate as door } from "./gate.js";\nexport as namespace Doors;',
    "name.ts": '/// <reference path="./doors.d.ts" />\ndeclare const frontDoor: typeof Doors.door;',
    "user.ts": lockUser("", "frontDoor"),
  },
};

const stepsAfter = (statement: string): string => `import { SharedValue } from "heddle";
export const n = new SharedValue("i32", 0, { name: "n" });
${statement}
export default Object.freeze({ step(): void { n.value += 1; } });
`;

const counted = `import { Lock, main, tasks, Thread } from "heddle";
import api from "./steps.js";
const gate = new Lock({ name: "g" });
export function a(): void { api.step(); }
export function b(): void { gate.withLock(() => { api.step(); }); }
tasks(import.meta.url, { a, b });
main(import.meta.url, () => {
  const threads = [new Thread({ target: a }), new Thread({ target: b })];
  for (const thread of threads) thread.start();
  for (const thread of threads) thread.join();
});
`;

const counterThat = (body: string): string => `import { Lock } from "heddle";
export class Till {
  lock = new Lock();
  /** @guardedBy this.lock */
  n = 0;
  reset(): void { ${body} console.log(1); }
}
export const till = new Till();
`;

const workThat = (body: string): string => `const done = { times: 0 };
export async function save(): Promise<void> { await null; ${body} }
`;

const hurried = `import { Lock } from "heddle";
import { save } from "./work.js";
const lock = new Lock();
const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
export async function run(): Promise<void> {
  await lock.acquireAsync();
  try {
    await Promise.race([save(), sleep(5)]);
  } finally {
    lock.release();
  }
}
`;

const roomsThat = (body: string): string => `import { Lock } from "heddle";
export namespace rooms {
  export let gate = new Lock({ name: "gate" });
  export function swap(other: Lock): void { ${body} console.log(1); }
}
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
    "a lock goes by ways that do not say its name": [waysOf(), lockedWays(NO_LOCK)],
    "declarations that are not analysed speak of a lock": [
      {
        "gate.ts": gateOf("new Lock()"),
        "door.d.ts": 'export { gate as door } from "./gate.js";',
        "user.ts": user('import { door } from "./door.js";').replaceAll("gate.", "door."),
      },
      { "gate.ts": gateOf(NO_LOCK) },
    ],
    "a lock is everybody's by what a third file declares": [
      {
        "gate.ts": gateOf("new Lock()"),
        "global.ts": 'import { gate } from "./gate.js";\ndeclare global { var door: typeof gate; }',
        "user.ts": user("").replaceAll("gate.", "door."),
      },
      { "gate.ts": gateOf(NO_LOCK) },
    ],
    "a method is told apart by those before it": [
      {
        "steps.ts": stepsAfter(""),
        "user.ts": counted,
      },
      { "steps.ts": stepsAfter("console.log({ step(): void {} });") },
    ],
    "a variable of a namespace is assigned to": [
      {
        "user.ts": user('import { rooms } from "./rooms.js";').replaceAll("gate.", "rooms.gate."),
        "rooms.ts": roomsThat(""),
      },
      { "rooms.ts": roomsThat("gate = other;") },
    ],
    "the lock of an annotation is replaced no more": [
      {
        "till.ts": counterThat("this.lock = new Lock();"),
        "user.ts": 'import { till } from "./till.js";\nexport function one(): void { till.n += 1; }\n',
      },
      { "till.ts": counterThat("") },
    ],
    "another file annotates what this one calls something else by": [
      {
        "till.ts": tillThat("/** @requires gate */"),
        "user.ts": 'import { count as up } from "./till.js";\nexport function sell(): void { up(); }\n',
        "other.ts": "/** @benignRace counted for fun */\nexport let n = 0;\n",
      },
      { "other.ts": "/** @benignRace counted for fun */\nexport let up = 0;\n" },
    ],
    "a global declaration with a comment in the middle is of something else": [
      {
        "user.ts": twice("", "box.bump();"),
        "box.ts": 'export {};\ndeclare /* so */ global { var box: import("./real.js").Real; }\n',
        "real.ts": realAndOther,
      },
      { "box.ts": 'export {};\ndeclare /* so */ global { var box: import("./real.js").Other; }\n' },
    ],
    "what is imported by a name with letters that are numbers is something else": [
      {
        "user.ts": twice('import { b\\u006Fx } from "./box.js";', "b\\u006Fx.bump();"),
        "box.ts":
          'import { Other, Real } from "./real.js";\nexport const all = [Other];\nexport const box: Real = new Real();\n',
        "real.ts": realAndOther,
      },
      {
        "box.ts":
          'import { Other, Real } from "./real.js";\nexport const all = [Real];\nexport const box: Other = new Other();\n',
      },
    ],
    "work that another file begins does something after a wait no more": [
      { "work.ts": workThat("done.times += 1;"), "user.ts": hurried },
      { "work.ts": workThat("") },
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

/** What is found in that file of those in a printed answer. */
function inUser(said = "{}"): readonly unknown[] {
  const { findings } = JSON.parse(said) as { readonly findings: readonly { readonly site: Site }[] };
  return findings.filter(({ site }) => site.file.endsWith("/user.ts"));
}

const lockIn = "import('heddle').Lock";
const elseIn = "{ acquire(): void; release(): void }";

/** Edits after which something is a lock no more. */
const takenAway: Readonly<Record<string, readonly [Record<string, string>, Record<string, string>]>> = {
  "a file hands on all of another one": [
    {
      "gate.ts": gateOf("new Lock()"),
      "other.ts": gateOf(NO_LOCK),
      "inner.ts": 'export * from "./gate.js";',
      "outer.ts": 'export * from "./inner.js";',
      "user.ts": lockUser('import { gate as door } from "./outer.js";', "door"),
    },
    { "inner.ts": 'export * from "./other.js";' },
  ],
  "a file hands on nothing any more": [
    {
      "gate.ts": gateOf("new Lock()"),
      "inner.ts": 'export * from "./gate.js";\nexport const size = 1;',
      "outer.ts": 'export * as it from "./inner.js";',
      "user.ts": lockUser('import { it } from "./outer.js";', "it.gate"),
    },
    { "inner.ts": "export const size = 1;" },
  ],
  "more is said of what a file hands on": [
    {
      "doors.ts": "export interface Doors { readonly size: number }\nexport declare const doors: Doors;",
      "inner.ts": 'export * from "./doors.js";',
      "more.ts": `declare module "./inner.js" {\n  interface Doors { door: ${lockIn} }\n}\nexport {};`,
      "user.ts": lockUser('import { doors } from "./doors.js";', "doors.door"),
    },
    { "inner.ts": "export {};" },
  ],
  "a script becomes a module": [
    {
      "package.json": "{}",
      "all.ts": `declare const door: ${lockIn};`,
      "user.ts": lockUser("", "door"),
    },
    { "all.ts": `declare const door: ${lockIn};\nexport {};` },
  ],
  "a module becomes a script": [
    {
      "package.json": "{}",
      "door.ts": `export const door = {} as ${lockIn};`,
      "user.ts": lockUser('import * as it from "./door.js";', "it.door"),
    },
    { "door.ts": `const door = {} as ${lockIn};` },
  ],
  "two scripts have a namespace together": [
    {
      "package.json": "{}",
      "one.ts": "declare namespace doors { const size: number }",
      "two.ts": `declare namespace doors { const door: ${lockIn} }`,
      "three.ts": "declare const all: typeof doors;",
      "user.ts": lockUser("", "all.door"),
    },
    { "two.ts": `declare namespace doors { const door: ${elseIn} }` },
  ],
  "an augmentation": [
    {
      "doors.ts": "export class Doors { size = 1 }\nexport const doors = new Doors();",
      "more.ts": `import "./doors.js";\ndeclare module "./doors.js" {\n  interface Doors { door: ${lockIn}; }\n}`,
      "user.ts": lockUser('import { doors } from "./doors.js";', "doors.door"),
    },
    { "more.ts": `import "./doors.js";\ndeclare module "./doors.js" {\n  interface Doors { door: ${elseIn}; }\n}` },
  ],
  "an augmentation is one of another module": [
    {
      "doors.ts": "export interface Doors { size: number }\nexport declare const doors: Doors;",
      "others.ts": "export interface Doors { size: number }",
      "more.ts": `import "./doors.js";\ndeclare module "./doors.js" {\n  interface Doors { door: ${lockIn}; }\n}`,
      "user.ts": lockUser('import { doors } from "./doors.js";', "doors.door"),
    },
    { "more.ts": `import "./doors.js";\ndeclare module "./others.js" {\n  interface Doors { door: ${lockIn}; }\n}` },
  ],
  "an augmentation ends earlier": [
    {
      "global.ts": `export {};\ndeclare global {\n  const size: number;\n  interface House { door: ${lockIn} }\n}`,
      "user.ts": lockUser("declare const house: House;", "house.door"),
    },
    { "global.ts": `export {};\ndeclare global {\n  const size: number;\n}\n  interface House { door: ${lockIn} }` },
  ],
  "declarations of a module by its name": [
    {
      "all.d.ts": `declare module "doors" {\n  export const door: ${lockIn};\n  export const size: number;\n}`,
      "between.ts": '/// <reference path="./all.d.ts" />\nexport { default as all } from "doors";',
      "user.ts": lockUser('import { all } from "./between.js";', "all.door"),
    },
    { "all.d.ts": `declare module "doors" {\n  export const door: ${elseIn};\n  export const size: number;\n}` },
  ],
  "declarations are of another module": [
    {
      "all.d.ts": `declare module "doors" {\n  export const door: ${lockIn};\n}`,
      "user.ts": `/// <reference path="./all.d.ts" />\n${lockUser('import { door } from "doors";', "door")}`,
    },
    { "all.d.ts": `declare module "windows" {\n  export const door: ${lockIn};\n}` },
  ],
  "declarations that all have": [
    {
      "all.d.ts": `interface Doors { door: ${lockIn} }\ndeclare namespace House { const doors: Doors; }`,
      "between.ts": '/// <reference path="./all.d.ts" />\nexport const it = () => House.doors;',
      "user.ts": lockUser('import { it } from "./between.js";', "it().door"),
    },
    { "all.d.ts": `interface Doors { door: ${elseIn} }\ndeclare namespace House { const doors: Doors; }` },
  ],
  "what the compiler looks up by itself": [
    {
      "global.ts": `export {};\ndeclare global {\n  interface Array<T> { door: ${lockIn} }\n}`,
      "user.ts": lockUser("", "[1].door"),
    },
    { "global.ts": "export {};" },
  ],
};

suite("what an edit of one file means for those who do not import it", () => {
  for (const [edited, [program, edit]] of Object.entries(takenAway)) {
    test(edited, () => {
      const before = { "package.json": '{ "type": "module" }', ...program };
      const { findings } = sameAfter(before, edit, before);
      assert.notDeepEqual(inUser(findings[0]), inUser(findings[1]), "there is no lock, so nothing was compared");
    });
  }
  for (const [way, program] of Object.entries(beyondImports)) {
    test(`a lock gets elsewhere by ${way}`, () => {
      const before = { "package.json": '{ "type": "module" }', "gate.ts": gateOf("new Lock()"), ...program };
      const { findings } = sameAfter(before, { "gate.ts": gateOf(NO_LOCK) }, before);
      assert.notDeepEqual(
        inUser(findings[0]),
        inUser(findings[1]),
        "the lock does not get there, so nothing was compared",
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

/** A program in which two threads do the same. */
function twice(imports: string, work: string): string {
  return `import { main, Thread } from "heddle";
${imports}
export function a(): void { ${work} }
main(import.meta.url, () => {
  const threads = [new Thread({ target: a }), new Thread({ target: a })];
  for (const thread of threads) thread.start();
  for (const thread of threads) thread.join();
});
`;
}

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

test("what has its type from what is around it is understood in the new tree, too", () => {
  const gate = `import { Lock } from "heddle";
export const gate = new Lock({ name: "gate" });
[{ lock: gate }].map((x) => x).forEach((y) => { y.lock.acquire(); y.lock.release(); });
export function f(x: number): number { console.log(x); return x; }
`;
  const { findings } = sameAfter(
    { "user.ts": imported, "gate.ts": gate },
    { "gate.ts": gate.replace("(x); ", "(x + 1); ") },
  );
  assert.ok(findings.every((said) => said.includes("empty-critical-section")));
});

test("an import is no comment for looking like one", () => {
  const late = (begin: string) => `import { SharedValue } from "heddle";
${begin}import * as all from "./gate.js";
export const n = new SharedValue("i32", 0, { name: "n" });
export function a(): void { all.gate.acquire(); n.value += 1; all.gate.release(); }
export function b(): void { all.gate.acquire(); n.value += 1; all.gate.release(); }
export const padding = "${"x".repeat(1000)}";
`;
  const main = `import { main, Thread } from "heddle";
import { a, b } from "./user.js";
main(import.meta.url, () => {
  const threads = [new Thread({ target: a }), new Thread({ target: b })];
  for (const thread of threads) thread.start();
});
`;
  const gate = 'import { Lock } from "heddle";\nexport const gate = new Lock({ name: "gate" });\n';
  for (const begin of [
    "/*\n// */ ",
    "// here\u2028",
    'export const text = "\\\n/* "; ',
    "export const view = <p>\n/* here\n</p>;\n",
  ]) {
    const name = begin.includes("<p>") ? "user.tsx" : "user.ts";
    const text = late(begin);
    sameAfter(
      { "main.ts": main, "gate.ts": gate, [name]: text },
      { [name]: text.replace("n.value", "void 0; n.value") },
    );
  }
});
