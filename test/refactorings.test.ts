import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { suite, test } from "node:test";
import { Analysis, applyEdits } from "../server/src/analysis.js";
import { pageAnalysis } from "./support/page-analysis.js";
import { pageDirectory, pageProject } from "./support/page-project.js";
import { repositoryRoot } from "./support/repository.js";
import { TypeCheck } from "./support/type-check.js";

const typeCheck = new TypeCheck(pageDirectory);
const file = `${pageDirectory}/example.ts`;

/** What the refactoring makes of a text, or of several files; undefined where it is not offered, null where it is withheld. */
function refactored(
  id: string,
  texts: Readonly<Record<string, string>>,
  cursor: string,
): Readonly<Record<string, string>> | undefined | null {
  const files = Object.entries(texts).map(([name, text]) => [`${pageDirectory}/${name}`, text] as const);
  const snapshot = pageAnalysis(new Map(files)).snapshot();
  const start = texts["example.ts"]!.indexOf(cursor);
  assert.ok(start >= 0, cursor);
  const offered = snapshot.refactorings({ file, start, end: start }).find((each) => each.id === id);
  if (!offered) return undefined;
  const edits = offered.edits();
  assert.deepEqual(snapshot.problems, []);
  if (!edits) return null;
  const after = applyEdits(edits, (name) => snapshot.text(name) ?? "");
  return Object.fromEntries([...after].map(([name, text]) => [name.slice(pageDirectory.length + 1), text]));
}

/** The same for one file. */
function one(id: string, text: string, cursor: string): string | undefined | null {
  const after = refactored(id, { "example.ts": text }, cursor);
  return after === null ? null : after?.["example.ts"];
}

const headings = {
  "Extract a critical section": "extractSection",
  "Hold the lock with `using`": "convertToUsing",
  "Guard a class with a lock": "guardClass",
  "Make a variable shared": "makeShared",
  "Infer `@guardedBy`": "inferGuardedBy",
  "Document a lock requirement": "documentRequirement",
  "Register a task": "registerTask",
  "Wait by a promise": "blockingToAsync",
} as const satisfies Record<string, string>;

suite("what the page of refactorings shows", () => {
  const page = readFileSync(new URL("server/docs/refactorings.md", repositoryRoot), "utf8");
  const [, ...sections] = page.split(/^## /m);
  test("there is a section for each", () => {
    assert.deepEqual(
      sections.map((each) => each.slice(0, each.indexOf("\n"))),
      Object.keys(headings),
    );
  });
  for (const section of sections) {
    const heading = section.slice(0, section.indexOf("\n"));
    test(heading, () => {
      const [before = "", after = ""] = [...section.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, text]) => text);
      const cursor = /With the cursor on `([^`]+)`/.exec(section)?.[1] ?? "";
      for (const text of [before, after]) {
        assert.deepEqual(typeCheck.diagnostics(new Map([[file, text]])), []);
      }
      assert.equal(one(headings[heading as keyof typeof headings], before, cursor), after);
    });
  }
});

const locks = `import { Lock, SharedValue } from "heddle";
const shelf = new Lock({ name: "shelf" });
const stock = new SharedValue("i32", 500, { name: "stock" });
`;

suite("refactorings at the edges", () => {
  test("a section in a method that uses this becomes a private method", () => {
    const text = `${locks}export class Desk {
  readonly #names: string[] = [];
  async open(name: string): Promise<void> {
    await shelf.withLockAsync(async () => {
      this.#names.push(name);
      await Promise.resolve();
    });
    console.log(name);
  }
}
`;
    const after = one("extractSection", text, "shelf.withLockAsync") ?? "";
    assert.match(after, /^ {4}await this\.#openUnderShelf\(name\);\n {4}console\.log\(name\);$/m);
    assert.match(
      after,
      /^ {2}async #openUnderShelf\(name: string\): Promise<void> \{\n {4}await shelf\.withLockAsync/m,
    );
  });

  test("a section that ends its function gives on what it returns", () => {
    const text = `${locks}export function take(n: number): number {
  console.log(n);
  using _ = shelf.hold();
  stock.value -= n;
  return stock.value;
}
`;
    const after = one("extractSection", text, "shelf.hold") ?? "";
    assert.match(
      after,
      /console\.log\(n\);\n {2}return takeUnderShelf\(n\);\n\}\n\nfunction takeUnderShelf\(n: number\) \{\n/,
    );
  });

  for (const [why, body] of [
    [
      "changes a variable around it",
      "let n = 0;\n  {\n    using _ = shelf.hold();\n    n = stock.value;\n  }\n  console.log(n);",
    ],
    ["leaves a loop", "for (;;) {\n    using _ = shelf.hold();\n    if (stock.value-- < 0) break;\n  }"],
    [
      "writes in parentheses",
      "let n = 0;\n  shelf.acquire();\n  (n) = stock.value;\n  n! += 1;\n  shelf.release();\n  console.log(n);",
    ],
    [
      "calls what writes a variable",
      "let n = 0;\n  const add = () => void n++;\n  shelf.acquire();\n  add();\n  stock.value += n;\n  shelf.release();",
    ],
    [
      "hands out a function that sees later writes",
      "let n = 0;\n  shelf.acquire();\n  setTimeout(() => console.log(n));\n  stock.value += 1;\n  shelf.release();\n  n = 5;",
    ],
    [
      "uses the arguments in an arrow function",
      "shelf.acquire();\n  const all = () => arguments.length;\n  stock.value += all();\n  shelf.release();",
    ],
    ["asks how it was called", "shelf.acquire();\n  if (new.target) stock.value += 1;\n  shelf.release();"],
    [
      "declares what comes behind it needs",
      "shelf.acquire();\n  const n = stock.value;\n  shelf.release();\n  console.log(n);",
    ],
  ] as const) {
    test(`no section is extracted that ${why}`, () => {
      assert.ok(
        !one(
          "extractSection",
          `${locks}export function f(): void {\n  ${body}\n}\n`,
          /shelf\.(?:hold|acquire)/.exec(body)![0],
        ),
      );
    });
  }

  test("what else catch and finally do stays, and a section in the middle gets a block", () => {
    const rest = `${locks}export function f(): void {
  shelf.acquire();
  try {
    stock.value -= 1;
  } catch (error) {
    console.error(error);
  } finally {
    console.log("over");
    shelf.release();
  }
}
`;
    assert.equal(
      one("convertToUsing", rest, "shelf.acquire"),
      rest.replace("shelf.acquire();", "using _ = shelf.hold();").replace("    shelf.release();\n", ""),
    );
    const middle = `${locks}export function f(): void {
  shelf.acquire();
  try {
    stock.value -= 1;
  } finally {
    shelf.release();
  }
  console.log("behind");
}
`;
    const block = "  {\n    using _ = shelf.hold();\n    stock.value -= 1;\n  }\n  console.log";
    assert.ok(one("convertToUsing", middle, "shelf.acquire")?.includes(block));
  });

  test("a shared variable is followed into other files, and withheld where another defect would be made", () => {
    const texts = {
      "example.ts": `export let limit: number = 3;\nexport function raise(): void {\n  limit += 1;\n}\n`,
      "other.ts": `import { limit } from "./example.js";\nimport * as all from "./example.js";\nimport "heddle";\nexport const both = [limit, all.limit];\n`,
    };
    assert.deepEqual(refactored("makeShared", texts, "limit: number"), {
      "example.ts": `import { SharedValue } from "heddle";\n\nexport const limit = new SharedValue("f64", 3, { name: "limit" });\nexport function raise(): void {\n  limit.value += 1;\n}\n`,
      "other.ts": texts["other.ts"].replace("[limit, all.limit]", "[limit.value, all.limit.value]"),
    });
    const racing = `import { main, tasks, Thread } from "heddle";
let done = 0;
export function work(): void {
  done++;
}
tasks(import.meta.url, { work });
main(import.meta.url, () => {
  const threads = [new Thread({ target: work }), new Thread({ target: work })];
  for (const thread of threads) thread.start();
  for (const thread of threads) thread.join();
  console.log(done);
});
`;
    assert.match(
      one("makeShared", racing, "done = 0") ?? "",
      /done\.value\+\+/,
      "what was lost is a race now, as found",
    );
    const unread = racing.replace("  console.log(done);\n", "");
    assert.equal(one("makeShared", unread, "done = 0"), null, "it would be a race where nothing was found");
    for (const declaration of ["const done = 0;", 'let done = "";', "let done = 0, more = 1;"]) {
      const text = `import "heddle";\n${declaration}\nexport const f = () => done;\n`;
      assert.equal(one("makeShared", text, "done"), undefined, declaration);
    }
  });

  test("a class whose methods call each other gets a lock that its holder may take again", () => {
    const text = `import "heddle";
export class Counter {
  #n = 0;
  add(by: number): void {
    this.#n += by;
  }
  addTwice(by: number): void {
    this.add(by);
    this.add(by);
  }
}
`;
    const after = one("guardClass", text, "Counter") ?? "";
    assert.match(after, /readonly #lock = new RLock\(\);\n {2}#n = 0;/);
    assert.equal(one("guardClass", text.replace("class Counter", "class Counter extends Map"), "Counter"), undefined);
    assert.equal(one("guardClass", text.replace("add(by", "*add(by"), "Counter"), undefined);
  });

  test("a majority is written down although some place keeps aloof, and named locks by their name", () => {
    const text = `import { Lock, main, SharedValue, tasks, Thread } from "heddle";
const shelf = new Lock({ name: "shelf" });
const stock = new SharedValue("i32", 500, { name: "stock" });
export function sell(): void {
  { using _ = shelf.hold(); stock.value -= 1; }
  { using _ = shelf.hold(); stock.value -= 2; }
  stock.value += 3;
}
tasks(import.meta.url, { sell });
main(import.meta.url, () => {
  const threads = [new Thread({ target: sell }), new Thread({ target: sell })];
  for (const thread of threads) thread.start();
  for (const thread of threads) thread.join();
});
`;
    const annotated = text.replace("const stock", "/** @guardedBy shelf */\nconst stock");
    assert.equal(one("inferGuardedBy", text, "stock = new"), annotated);
    assert.equal(one("inferGuardedBy", text, "stock.value += 3"), annotated);
    const half = text.replace("{ using _ = shelf.hold(); stock.value -= 2; }", "stock.value -= 2;");
    assert.equal(one("inferGuardedBy", half, "stock = new"), undefined);
  });

  test("no requirement is documented that some caller does not meet, and none twice", () => {
    const text = `${locks}function take(): void {
  stock.value -= 1;
}
export function sell(): void {
  using _ = shelf.hold();
  take();
}
export function lose(): void {
  take();
}
`;
    assert.equal(one("documentRequirement", text, "take"), undefined);
    const said = text
      .replace("function take", "/** @requires shelf */\nfunction take")
      .replace("  take();\n}\n", "  take();\n}\n");
    assert.equal(one("documentRequirement", said.slice(0, said.indexOf("export function lose")), "take():"), undefined);
  });

  test("what is found on a line that changes is no objection", () => {
    const text = `import { Lock, main, tasks, Thread } from "heddle";
const a = new Lock({ name: "a" });
const b = new Lock({ name: "b" });
export function one(): void {
  a.acquire();
  b.acquire();
  b.release();
  a.release();
}
export function other(): void {
  using first = b.hold();
  using second = a.hold();
}
tasks(import.meta.url, { one, other });
main(import.meta.url, () => {
  const threads = [new Thread({ target: one }), new Thread({ target: other })];
  for (const thread of threads) thread.start();
  for (const thread of threads) thread.join();
});
`;
    const after = text.replace("a.acquire();", "using _ = a.hold();").replace("  a.release();\n", "");
    assert.equal(one("convertToUsing", text, "a.acquire"), after);
  });

  test("what is registered is not registered again, and nothing of a module without threads", () => {
    const text = `import { tasks } from "heddle";\nexport function f(): void {}\ntasks(import.meta.url, { f });\nfunction g(): void {}\n`;
    assert.equal(one("registerTask", text, "f()"), undefined);
    assert.match(one("registerTask", text, "g()") ?? "", /\{ f, g \}/);
    assert.equal(one("registerTask", "export function f(): void {}\n", "f()"), undefined);
  });

  test("where nobody may wait for a promise, calls stay as they are", () => {
    const text = `${locks}export function f(): void {\n  shelf.acquire();\n  shelf.release();\n}\n`;
    assert.equal(one("blockingToAsync", text, "acquire"), undefined);
    assert.equal(
      one("blockingToAsync", `${locks}export async function f() {\n  console.log(1);\n}\n`, "console"),
      undefined,
    );
  });
});

suite("what refactorings leave as it was", () => {
  test("comments stay with what they are about", () => {
    const variable = "/** How many. */\nlet count = 0;\nexport function f(): number {\n  return count++;\n}\n";
    assert.match(one("makeShared", variable, "count") ?? "", /^import .*\n\n\/\*\* How many\. \*\/\nconst count = new/);
    const task = 'import { Thread } from "heddle";\nexport const T = Thread;\nfunction g(): void {} // g\n';
    assert.match(one("registerTask", task, "g()") ?? "", /^function g\(\): void \{\} \/\/ g\n\ntasks\(/m);
    const tried = `${locks}export function f(): void {
  shelf.acquire();
  try {
    stock.value -= 1;
  } finally { // whatever happens
    shelf.release(); // for the others
  }
}
`;
    const after = one("convertToUsing", tried, "shelf.acquire") ?? "";
    for (const said of ["// whatever happens", "// for the others"]) assert.ok(after.includes(said), after);
  });

  test("what is done once the lock is given back is not done under it", () => {
    const text = `${locks}export function f(): void {
  shelf.acquire();
  try {
    stock.value -= 1;
  } finally {
    shelf.release();
    console.log("free");
  }
}
`;
    assert.ok(!one("convertToUsing", text, "shelf.acquire"));
  });

  test("what may call back finds a lock that its thread may take again", () => {
    const text = (body: string) => `import { Lock } from "heddle";
export class Counter {
  n = 0;
  readonly #listeners: (() => void)[] = [];
  ${body}
  more(): void { this.n++; }
}
`;
    for (const body of [
      "each(f: () => void): void { this.n++; f(); }",
      "each(f: () => void): void { this.n++; [1].forEach(f); }",
      "each(): void { this.n++; for (const f of this.#listeners) f(); }",
      "each(): void { this.n++; this.hook(); }\n  hook(): void {}",
    ]) {
      assert.match(one("guardClass", text(body), "Counter") ?? "", /#lock = new RLock\(/, body);
    }
    assert.match(one("guardClass", text(""), "Counter") ?? "", /#lock = new Lock\(/);
  });

  test("a variable is not shared where something else than its type is written into it, or others take it out", () => {
    const name = `${pageDirectory}/example.js`;
    const inScript = (value: string) => {
      const text = `let count = 0;\nexport function f(a) {\n  count ${value};\n}\n`;
      const offered = pageAnalysis(new Map([[name, text]]))
        .snapshot()
        .refactorings({ file: name, start: 4, end: 4 });
      return offered.find(({ id }) => id === "makeShared")?.edits();
    };
    for (const value of ["= null", "= a", '+= "x"', "??= a"]) assert.equal(inScript(value), undefined, value);
    for (const value of ["= 1", "++", "-= a"]) assert.ok(inScript(value), value);
    const taken = {
      "example.ts": "export let count = 0;\nexport const add = () => count++;\n",
      "other.ts": 'import * as all from "./example.js";\nconst { count } = all;\nconsole.log(count);\n',
    };
    assert.equal(refactored("makeShared", taken, "count"), null);
  });

  test("no generator is registered, which a thread would only begin", () => {
    const text =
      'import { Thread } from "heddle";\nexport const T = Thread;\nfunction* g(): Generator<number> { yield 1; }\n';
    assert.equal(one("registerTask", text, "g()"), undefined);
  });

  test("code that nests too deeply is left alone, and nothing fails", () => {
    const sum = Array.from({ length: 8000 }, () => "count").join(" + ");
    const analysis = new Analysis(pageProject);
    const text = `import { tasks } from "heddle";\nexport let count = 0;\nexport function f(): void {}\nexport const sum = ${sum};\n`;
    analysis.update([{ file, text }]);
    for (const cursor of ["count", "f()"]) {
      const start = text.indexOf(cursor);
      for (const { edits } of analysis.snapshot().refactorings({ file, start, end: start })) {
        assert.equal(edits(), undefined);
      }
    }
  });
});

suite("renaming a lock that an annotation names", () => {
  /** The text afterwards; undefined where the new name is refused. */
  function renamed(name: string, text: string, word: string, to: string): string | undefined {
    const path = `${pageDirectory}/${name}`;
    const snapshot = pageAnalysis(new Map([[path, text]])).snapshot();
    const mention = snapshot.knowledge.annotatedLockAt(path, text.indexOf(word) + word.length);
    assert.ok(mention, word);
    const edits = snapshot.knowledge.renameLock(mention, to);
    return edits && applyEdits(edits, () => text).get(path);
  }

  const guarded = `import { Lock } from "heddle";
const lock = new Lock();
/** @guardedBy lock */
let count = 0;
`;

  test("a name that something else of the same type has there is refused", () => {
    const inner = `${guarded}export function f() {
  lock.acquire();
  count++;
  lock.release();
  const latch = new Lock();
  lock.acquire();
  latch.acquire();
}
`;
    const callers = `import { Lock } from "heddle";
export class Held { n = 0; }
/** @requires lock */
export function f(lock: Lock): Lock { const latch = lock; return lock ?? latch; }
`;
    for (const name of ["example.ts", "example.js"]) {
      assert.equal(renamed(name, inner, "@guardedBy lock", "latch"), undefined, name);
    }
    assert.equal(renamed("example.ts", callers, "@requires lock", "latch"), undefined);
    const members = `import { Lock } from "heddle";
export class C {
  lock = new Lock();
  latch = 1;
  /** @guardedBy this.lock */
  n = 0;
}
`;
    assert.equal(renamed("example.js", members, "@guardedBy this.lock", "latch"), undefined);
  });

  test("properties of that name are no clash, and what takes the lock out of an object goes on to", () => {
    const text = `import { Lock } from "heddle";
export class C {
  lock = new Lock();
  /** @guardedBy this.lock */
  n = 0;
}
export function f(c: C, other: { latch: number }) {
  const { lock } = c;
  lock.acquire();
  other.latch++;
}
`;
    const after = text
      .replace("lock = new", "latch = new")
      .replace("this.lock", "this.latch")
      .replace("{ lock } = c", "{ latch: lock } = c");
    assert.equal(renamed("example.ts", text, "@guardedBy this.lock", "latch"), after);
  });
});
