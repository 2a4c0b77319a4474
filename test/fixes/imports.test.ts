import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { type ImportedName, importFrom } from "../../server/src/source/imports.js";
import { newLock } from "../../server/src/source/new-lock.js";
import { ts } from "../../server/src/source/syntax.js";

function parse(fileName: string, text: string): ts.SourceFile {
  return ts.createSourceFile(fileName, text, ts.ScriptTarget.ESNext, true);
}

/** What `l` of `/src/b.ts` is called in the file `text`, and the file afterwards where it changed. */
function bring(text: string, from = "/src/a.ts", origin = "/src/b.ts"): string | undefined {
  const imported = importFrom(parse(from, text), "l", origin);
  return imported && shown(text, imported);
}

function shown(text: string, { name, insertions }: ImportedName): string {
  const result = [...insertions]
    .sort((a, b) => b.at - a.at)
    .reduce((edited, { at, text: added }) => edited.slice(0, at) + added + edited.slice(at), text);
  return result === text ? name : `${name} | ${result}`;
}

suite("a name of another file", () => {
  test("comes in by a new import behind the others", () => {
    assert.equal(
      bring('import { x } from "./c.js";\nf();'),
      'l | import { x } from "./c.js";\nimport { l } from "./b.js";\nf();',
    );
    assert.equal(
      bring("// Licence\n'use strict'\nf('')\n"),
      "l | // Licence\n'use strict'\nimport { l } from './b.js'\n\nf('')\n",
    );
    assert.equal(
      bring("const c = require('./c')\nf(c)\n", "/src/a.js", "/src/b.js"),
      "l | const c = require('./c')\nconst { l } = require('./b.js')\nf(c)\n",
    );
  });

  test("or by one more name in an import that is there", () => {
    assert.equal(bring('import { x } from "./b.js";\nf();'), 'l | import { x, l } from "./b.js";\nf();');
    assert.equal(
      bring('import {\n  x,\n  y,\n} from "./b";\nf();'),
      'l | import {\n  x,\n  y,\n  l,\n} from "./b";\nf();',
    );
  });

  test("or is there already, under whatever name", () => {
    assert.equal(bring('import { l as m } from "./b.js";'), "m");
    assert.equal(bring('import * as b from "./b.js";'), "b.l");
    assert.equal(bring('import { l } from "./b/index.js";', "/src/a.ts", "/src/b/index.ts"), "l");
  });

  test("a type import brings no value", () => {
    assert.equal(bring('import type { l } from "./b.js";\nf();'), undefined, "the name is taken, by the type");
    assert.equal(
      bring('import type { x } from "./b.js";\nf();'),
      'l | import type { x } from "./b.js";\nimport { l } from "./b.js";\nf();',
    );
  });

  test("the specifier looks like the file's others", () => {
    assert.match(bring('import { x } from "./c";\n') ?? "", /from "\.\/b";/);
    assert.match(bring('import { x } from "./c.ts";\n') ?? "", /from "\.\/b\.ts";/);
    assert.match(bring("f();", "/src/deep/a.mts", "/src/b.mts") ?? "", /from "\.\.\/b\.mjs";/);
  });

  test("does not come in where its name is taken", () => {
    assert.equal(bring("const l = 1;"), undefined);
  });
});

suite("a new lock", () => {
  const create = (text: string, name: string): string | undefined => {
    const lock = newLock(parse("/src/a.ts", text), name);
    return lock && shown(text, lock);
  };

  test("stands behind what it guards and has a name of its own", () => {
    assert.equal(
      create('import { SharedValue } from "heddle";\n\nexport const total = new SharedValue("i32");\n', "total"),
      'totalLock | import { SharedValue, Lock } from "heddle";\n\nexport const total = new SharedValue("i32");\n' +
        'const totalLock = new Lock({ name: "total-lock" });\n',
    );
  });

  test("stands behind the imports when what it guards is no variable of the module", () => {
    assert.equal(
      create("import { workerData } from 'node:worker_threads'\nrun(workerData)\n", "workerData"),
      "workerDataLock | import { workerData } from 'node:worker_threads'\nimport { Lock } from 'heddle'\n\n" +
        "const workerDataLock = new Lock({ name: 'workerData-lock' })\nrun(workerData)\n",
    );
    assert.equal(
      create("run();\n", "counts"),
      'countsLock | import { Lock } from "heddle";\n\nconst countsLock = new Lock({ name: "counts-lock" });\n\nrun();\n',
    );
  });

  test("keeps off names that are taken", () => {
    assert.match(
      create('import { Lock as Mutex } from "heddle";\nconst n = 1, nLock = 2;\n', "n") ?? "",
      /const nLock2 = new Mutex\(/,
    );
    assert.equal(create("class Lock {}\nconst n = 1;\n", "n"), undefined);
  });
});
