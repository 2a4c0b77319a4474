import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { Edit } from "../../server/src/finding.js";
import { type LockChoice, wrapInLock } from "../../server/src/rules/fixes/wrap-in-lock.js";
import { layoutOf } from "../../server/src/source/layout.js";
import { regionsAround } from "../../server/src/source/regions.js";
import { ts } from "../../server/src/source/syntax.js";

const LOCK: LockChoice = { expression: "mutex", hasAsyncForm: true, edits: [] };

interface Options {
  readonly file?: string;
  readonly using?: boolean;
  readonly lock?: LockChoice;
  readonly gate?: (edits: readonly Edit[]) => boolean;
}

/** Wraps the accesses written `«total.value»` (a write) and `‹total.value›` (a read); undefined when it is withheld. */
function wrap(marked: string, options: Options = {}): string | undefined {
  const { file = "/a.ts", using = true, lock = LOCK, gate = () => true } = options;
  const accesses: { start: number; end: number; writes: boolean }[] = [];
  let text = "";
  for (const part of marked.split(/(«[^»]*»|‹[^›]*›)/)) {
    const isMark = /^[«‹]/.test(part);
    const plain = isMark ? part.slice(1, -1) : part;
    if (isMark) accesses.push({ start: text.length, end: text.length + plain.length, writes: part.startsWith("«") });
    text += plain;
  }
  const tree = parse(file, text);
  const regions = regionsAround(tree, accesses, []);
  const edits = regions && wrapInLock({ file, regions, layout: layoutOf(tree), lock, allowsUsing: using, gate });
  if (!edits) return undefined;
  const result = apply(text, edits);
  parse(file, result);
  return result;
}

function parse(file: string, text: string): ts.SourceFile {
  const { diagnostics } = ts.transpileModule(text, { fileName: file, reportDiagnostics: true });
  assert.deepEqual(
    diagnostics?.map((diagnostic) => diagnostic.messageText),
    [],
    text,
  );
  return ts.createSourceFile(file, text, ts.ScriptTarget.ESNext, true);
}

function apply(text: string, edits: readonly Edit[]): string {
  return [...edits]
    .sort((a, b) => b.site.start - a.site.start)
    .reduce((result, { site, newText }) => result.slice(0, site.start) + newText + result.slice(site.end), text);
}

/** A block of text without the indentation it has only because it stands in this file. */
function lines(text: string): string {
  const [, indentation = ""] = /^\n?([ ]*)/.exec(text) ?? [];
  return text
    .replace(/^\n/, "")
    .replaceAll(new RegExp(`^${indentation}`, "gm"), "")
    .trimEnd();
}

function check(before: string, after: string, options: Options = {}): void {
  assert.equal(wrap(lines(before), options), lines(after));
}

suite("wrap in lock: using", () => {
  test("the last statement of a block gets a guard in front of it", () => {
    check(
      `
      function add(times: number): void {
        for (let i = 0; i < times; i++) {
          «total.value» += 1;
        }
      }`,
      `
      function add(times: number): void {
        for (let i = 0; i < times; i++) {
          using _ = mutex.hold();
          total.value += 1;
        }
      }`,
    );
  });

  test("a body on one line stays on one line", () => {
    check(
      "function add(n: number) { «stock.value» += n; }",
      "function add(n: number) { using _ = mutex.hold(); stock.value += n; }",
    );
  });

  test("statements that follow stay outside the lock", () => {
    check(
      `
      function sell(): void {
        «stock.value»--; // one less
        report();
      }`,
      `
      function sell(): void {
        {
          using _ = mutex.hold();
          stock.value--; // one less
        }
        report();
      }`,
    );
  });

  test("the comment lines above a statement stay with it", () => {
    check(
      `
      function sell(): void {
        prepare();

        // The last one
        // is for the window.
        «stock.value»--;
        report();
      }`,
      `
      function sell(): void {
        prepare();

        {
          using _ = mutex.hold();
          // The last one
          // is for the window.
          stock.value--;
        }
        report();
      }`,
    );
  });

  test("a return of nothing that works is no reason for a block of its own", () => {
    check(
      `
      function sell(): boolean {
        if (‹stock.value› === 0) return false;
        «stock.value»--;
        return true;
      }`,
      `
      function sell(): boolean {
        using _ = mutex.hold();
        if (stock.value === 0) return false;
        stock.value--;
        return true;
      }`,
    );
  });

  test("the test and the write it decides about are one region", () => {
    check(
      `
      function sell(): void {
        const at = now();
        if (‹stock.value› > 0) {
          log(at);
          «stock.value»--;
        }
        report();
      }`,
      `
      function sell(): void {
        const at = now();
        {
          using _ = mutex.hold();
          if (stock.value > 0) {
            log(at);
            stock.value--;
          }
        }
        report();
      }`,
    );
  });

  test("a value that went through variables still decides", () => {
    check(
      `
      function sell(): void {
        const before = ‹stock.value›;
        const left = before - 1;
        «stock.value» = left;
        report();
      }`,
      `
      function sell(): void {
        {
          using _ = mutex.hold();
          const before = stock.value;
          const left = before - 1;
          stock.value = left;
        }
        report();
      }`,
    );
  });

  test("an unrelated read elsewhere is left alone", () => {
    check(
      `
      function add(): void {
        log(‹total.value›);
        work();
        «total.value»++;
      }`,
      `
      function add(): void {
        log(total.value);
        work();
        using _ = mutex.hold();
        total.value++;
      }`,
    );
  });

  test("the read of the value just written comes along", () => {
    check(
      `
      function next(): number {
        «total.value» += 1;
        return ‹total.value›;
      }`,
      `
      function next(): number {
        using _ = mutex.hold();
        total.value += 1;
        return total.value;
      }`,
    );
  });

  test("a statement without braces gets them", () => {
    check(
      `
      if (ready)
        «total.value» +=
          step;
      else work();`,
      `
      if (ready) {
        using _ = mutex.hold();
        total.value +=
          step;
      }
      else work();`,
    );
    check(
      "  for (const x of list) «total.value» +=\n    x; // sum",
      `
      for (const x of list) {
        using _ = mutex.hold();
        total.value +=
          x; // sum
      }`.replaceAll("      ", "        "),
    );
    check(
      "if (a) x(); else «total.value»++;",
      `
      if (a) x(); else {
        using _ = mutex.hold();
        total.value++;
      }`,
    );
    assert.equal(
      wrap("if (a) // why\n  «total.value»++;"),
      "if (a) // why\n  {\n    using _ = mutex.hold();\n    total.value++;\n  }",
    );
  });

  test("a case clause and a module's top level get a block", () => {
    check(
      `
      switch (kind) {
        case 1:
          «total.value»++;
          break;
      }`,
      `
      switch (kind) {
        case 1:
          {
            using _ = mutex.hold();
            total.value++;
          }
          break;
      }`,
    );
  });

  test("two writes in one function are two regions, neighbours one", () => {
    check(
      `
      function add(): void {
        «total.value»++;
        «total.value» += 2;
        work();
        «total.value»--;
        work();
      }`,
      `
      function add(): void {
        {
          using _ = mutex.hold();
          total.value++;
          total.value += 2;
        }
        work();
        {
          using _ = mutex.hold();
          total.value--;
        }
        work();
      }`,
    );
  });

  test("the guard's name is one the function does not use", () => {
    check(
      `
      function add(list: number[]): void {
        list.forEach((_, i) => {
          «total.value» += i;
        });
      }`,
      `
      function add(list: number[]): void {
        list.forEach((_, i) => {
          using _held = mutex.hold();
          total.value += i;
        });
      }`,
    );
  });

  test("tabs, carriage returns, missing semicolons and texts over several lines are kept", () => {
    assert.equal(
      wrap("function f() {\r\n\t«total.value» += 1\r\n\r\n\tlog()\r\n}\r\n"),
      "function f() {\r\n\t{\r\n\t\tusing _ = mutex.hold()\r\n\t\ttotal.value += 1\r\n\t}\r\n\r\n\tlog()\r\n}\r\n",
    );
    assert.equal(
      wrap("function f() {\n  if (‹t.value› > 0) {\n    log(`a\n  b`);\n    «t.value»--;\n  }\n  g();\n}"),
      "function f() {\n  {\n    using _ = mutex.hold();\n    if (t.value > 0) {\n      log(`a\n  b`);\n      t.value--;\n    }\n  }\n  g();\n}",
    );
  });
});

suite("wrap in lock: withLock", () => {
  test("a declaration that is used later keeps its place", () => {
    check(
      `
      function take(): void {
        const id = «next.value»++;
        work(id);
      }`,
      `
      function take(): void {
        const id = mutex.withLock(() => next.value++);
        work(id);
      }`,
    );
  });

  test("several statements hand out what is used later", () => {
    check(
      `
      function take(): void {
        const before = ‹next.value›;
        «next.value» = before + 1;
        work(before);
      }`,
      `
      function take(): void {
        const before = mutex.withLock(() => {
          const before = next.value;
          next.value = before + 1;
          return before;
        });
        work(before);
      }`,
    );
    check(
      `
      function take(): void {
        let a = ‹next.value›;
        const b = a + 1;
        «next.value» = b;
        a = work(b);
      }`,
      `
      function take(): void {
        let { a, b } = mutex.withLock(() => {
          let a = next.value;
          const b = a + 1;
          next.value = b;
          return { a, b };
        });
        a = work(b);
      }`,
    );
  });

  test("a short arrow function", () => {
    check(
      "const add = (n: number) => («total.value» += n);",
      "const add = (n: number) => (mutex.withLock(() => total.value += n));",
    );
    check("run(() => «total.value»++);", "run(() => mutex.withLock(() => total.value++));");
  });

  test("a header, where the write alone is enough", () => {
    check(
      `
      while («left.value»-- > 0) {
        work();
      }`,
      `
      while (mutex.withLock(() => left.value--) > 0) {
        work();
      }`,
    );
    check("if (--«left.value» === 0) done();", "if (mutex.withLock(() => --left.value) === 0) done();");
  });

  test("a test and a write in one header", () => {
    check(
      "if (‹left.value› > 0 && «left.value»-- > 0) done();",
      "if (mutex.withLock(() => left.value > 0 && left.value-- > 0)) done();",
    );
  });

  test("where the file has no `using`", () => {
    const js = { file: "/a.js", using: false };
    check(
      "function f() {\n  «total.value» += 1;\n}",
      "function f() {\n  mutex.withLock(() => { total.value += 1; });\n}",
      js,
    );
    check(
      "function f() {\n  return ++«total.value»;\n}",
      "function f() {\n  return mutex.withLock(() => ++total.value);\n}",
      js,
    );
  });
});

suite("wrap in lock: acquire, try, finally", () => {
  const js = { file: "/a.js", using: false };

  test("several statements", () => {
    check(
      `
      function sell() {
        if (‹stock.value› === 0) return false;
        «stock.value»--;
        return true;
      }`,
      `
      function sell() {
        mutex.acquire();
        try {
          if (stock.value === 0) return false;
          stock.value--;
        } finally {
          mutex.release();
        }
        return true;
      }`,
      js,
    );
  });

  test("a statement without braces", () => {
    check(
      `
      if (ready)
        while (again()) if (‹stock.value› > 0) «stock.value»--;
      `,
      `
      if (ready)
        while (again()) {
          mutex.acquire();
          try {
            if (stock.value > 0) stock.value--;
          } finally {
            mutex.release();
          }
        }
      `,
      js,
    );
  });

  test("on one line", () => {
    check(
      "function f() { if (‹n.value› > 0) «n.value»--; }",
      "function f() { mutex.acquire(); try { if (n.value > 0) n.value--; } finally { mutex.release(); } }",
      js,
    );
  });
});

suite("wrap in lock: with an await inside", () => {
  test("several statements", () => {
    check(
      `
      async function sell(): Promise<void> {
        if (‹stock.value› > 0) {
          await audit();
          «stock.value»--;
        }
      }`,
      `
      async function sell(): Promise<void> {
        await mutex.withLockAsync(async () => {
          if (stock.value > 0) {
            await audit();
            stock.value--;
          }
        });
      }`,
    );
  });

  test("one statement, one declaration", () => {
    check(
      "async function f() {\n  «total.value» += await g();\n  h();\n}",
      "async function f() {\n  await mutex.withLockAsync(async () => { total.value += await g(); });\n  h();\n}",
    );
    check(
      "async function f() {\n  const n = («total.value» += await g());\n  h(n);\n}",
      "async function f() {\n  const n = await mutex.withLockAsync(async () => (total.value += await g()));\n  h(n);\n}",
    );
  });

  test("a region that returns takes the guard", () => {
    check(
      `
      async function sell(): Promise<boolean> {
        if (‹stock.value› === 0) return false;
        await audit();
        «stock.value»--;
        return true;
      }`,
      `
      async function sell(): Promise<boolean> {
        using _ = await mutex.holdAsync();
        if (stock.value === 0) return false;
        await audit();
        stock.value--;
        return true;
      }`,
    );
    check(
      `
      async function sell() {
        if (‹stock.value› === 0) return;
        await audit();
        «stock.value»--;
      }`,
      `
      async function sell() {
        await mutex.acquireAsync();
        try {
          if (stock.value === 0) return;
          await audit();
          stock.value--;
        } finally {
          mutex.release();
        }
      }`,
      { file: "/a.js", using: false },
    );
  });

  test("a lock without an asynchronous form is not held across it", () => {
    const lock = { ...LOCK, hasAsyncForm: false };
    assert.equal(wrap("async function f() { «total.value» += await g(); }", { lock }), undefined);
  });

  test("an await outside the region makes no difference", () => {
    check(
      "async function f() {\n  const n = await g();\n  «total.value» += n;\n}",
      "async function f() {\n  const n = await g();\n  using _ = mutex.hold();\n  total.value += n;\n}",
    );
  });
});

suite("wrap in lock: withheld", () => {
  test("where a round of a loop ends between the test and the write", () => {
    assert.equal(wrap("while (‹n.value› > 0) { «n.value»--; }"), undefined);
    assert.equal(wrap("for (; ‹n.value› > 0; «n.value»--) work();"), undefined);
    assert.equal(wrap("const a = ‹n.value›; for (const x of list) «n.value» = a + x;"), undefined);
  });

  test("where a generator would hold the lock while nobody asks it for more", () => {
    assert.equal(wrap("function* f() { const a = ‹n.value›; yield a; «n.value» = a + 1; }"), undefined);
  });

  test("where the gate refuses every form, each tried once", () => {
    const tried: string[] = [];
    const gate = (edits: readonly Edit[]) => {
      tried.push(edits.map((edit) => edit.newText.trim()).join());
      return false;
    };
    assert.equal(wrap("function f() { «n.value»++; }", { gate }), undefined);
    assert.deepEqual(tried, ["using _ = mutex.hold();", "mutex.withLock(() => { n.value++; })"]);
  });

  test("where another lock is taken inside", () => {
    const text = "function f() { const a = n.value; other.acquire(); n.value = a + 1; }";
    const tree = parse("/a.ts", text);
    const spans = [
      { start: text.indexOf("n.value"), end: text.indexOf("n.value") + 7, writes: false },
      { start: text.lastIndexOf("n.value"), end: text.lastIndexOf("n.value") + 7, writes: true },
    ];
    assert.equal(regionsAround(tree, spans, [text.indexOf("other")]), undefined);
    assert.equal(regionsAround(tree, spans, [])?.length, 1);
  });
});
