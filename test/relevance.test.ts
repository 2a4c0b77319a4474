import { deepEqual, equal, ok } from "node:assert/strict";
import { suite, test } from "node:test";
import { Analysis, type Snapshot } from "../server/src/analysis.js";
import { Relevance } from "../server/src/model/relevance.js";
import { Catalogue, outside } from "../server/src/program.js";
import { Compilation } from "../server/src/source/compilation.js";
import { Host } from "../server/src/source/host.js";
import { ts } from "../server/src/source/syntax.js";
import { projectFor } from "./soak/incremental.js";
import { repositoryRoot } from "./support/repository.js";

const folder = new URL("out/incremental", repositoryRoot).pathname;

function read(files: Readonly<Record<string, string>>): Snapshot {
  const texts = new Map(Object.entries(files).map(([name, text]) => [`${folder}/${name}`, text]));
  const analysis = new Analysis(projectFor(texts));
  analysis.update([...texts].map(([file, text]) => ({ file, text })));
  return analysis.snapshot();
}

const locks = 'import { Lock } from "heddle";\nexport const gate = new Lock({ name: "gate" });\n';

/** Files that hand something on, one to the next, `steps` imports long. */
function chain(steps: number, from: string, text: (previous: string, own: string) => string): Record<string, string> {
  const files: Record<string, string> = {};
  for (let step = 1; step <= steps; step++) {
    files[`step${step}.ts`] = text(step === 1 ? from : `step${step - 1}`, `step${step}`);
  }
  return files;
}

/** Takes a lock that it never gives back. */
const leak = (imports: string, lock: string): string =>
  `${imports}\nexport function leak(): void {\n  ${lock}.acquire();\n}\n`;

suite("an object is followed however many files hand it on", () => {
  const ways: Readonly<Record<string, Record<string, string>>> = {
    "under its name": {
      ...chain(6, "locks", (previous) => `export { gate } from "./${previous}.js";`),
      "user.ts": leak('import { gate } from "./step6.js";', "gate"),
    },
    "with all that a module exports": {
      ...chain(6, "locks", (previous) => `export * from "./${previous}.js";`),
      "user.ts": leak('import * as all from "./step6.js";', "all.gate"),
    },
    "under other names": {
      ...chain(6, "locks", (previous, own) => {
        const before = previous === "locks" ? "gate" : `${previous}Gate`;
        return `import { ${before} as own } from "./${previous}.js";\nexport { own as ${own}Gate };`;
      }),
      "user.ts": leak('import { step6Gate } from "./step6.js";', "step6Gate"),
    },
    "without a name": {
      "step0.ts": 'import { gate } from "./locks.js";\nexport default gate;',
      ...chain(6, "step0", (previous) => `import mine from "./${previous}.js";\nexport default mine;`),
      "user.ts": leak('import yours from "./step6.js";', "yours"),
    },
    "in a field of what holds what holds it": {
      "step0.ts": 'import { gate } from "./locks.js";\nexport class Holder0 { readonly gate = gate; }',
      ...chain(6, "step0", (previous, own) => {
        const [before, after] = [previous, own].map((name) => name.replace("step", "Holder"));
        return `import { ${before} } from "./${previous}.js";\nexport class ${after} extends ${before} {}`;
      }),
      "user.ts": `import { Holder6 } from "./step6.js";\nconst holder = new Holder6();\n${leak("", "holder.gate")}`,
    },
    "from a function": {
      "step0.ts": 'import { gate } from "./locks.js";\nexport function gate0() { return gate; }',
      ...chain(6, "step0", (previous, own) => {
        const [before, after] = [previous, own].map((name) => name.replace("step", "gate"));
        return `import { ${before} } from "./${previous}.js";\nexport const ${after} = () => ${before}();`;
      }),
      "user.ts": leak('import { gate6 } from "./step6.js";\nconst gate = gate6();', "gate"),
    },
  };
  for (const [name, files] of Object.entries(ways)) {
    test(name, () => {
      const findings = read({ "locks.ts": locks, ...files }).findings();
      deepEqual(
        findings.map(({ ruleId, site }) => [ruleId, site.file.slice(folder.length + 1)]),
        [["lock-not-released", "user.ts"]],
      );
    });
  }
});

const work = `import { gate } from "./locks.js";
export function work(): void {
  gate.acquire();
  console.log("at work");
  gate.release();
}
`;

test("files that only call what calls concurrent code are not lowered, however many there are", () => {
  const callers = (steps: number): Record<string, string> =>
    chain(steps, "work", (previous, own) => {
      const [before, after] = [previous, own].map((name) => name.replace("step", "work"));
      return `import { ${before} } from "./${previous}.js";\nexport function ${after}(): void { ${before}(); }\n`;
    });
  const functions = (steps: number): number =>
    read({ "locks.ts": locks, "work.ts": work, ...callers(steps) }).stats().functions;
  equal(functions(12), functions(6));
});

test("what stands between two concurrent files is", () => {
  const order = `import { Lock } from "heddle";
import { gate } from "./locks.js";
import { step } from "./between.js";
const other = new Lock({ name: "other" });
export function one(): void {
  using _ = other.hold();
  step();
}
export function two(): void {
  using _ = gate.hold();
  using __ = other.hold();
}
`;
  const files = {
    "locks.ts": locks,
    "work.ts": work,
    "nearer.ts": 'import { work } from "./work.js";\nexport function nearer(): void { work(); }\n',
    "between.ts": 'import { nearer } from "./nearer.js";\nexport function step(): void { nearer(); }\n',
    "order.ts": order,
  };
  const withStart = {
    ...files,
    "main.ts": `import { main, Thread } from "heddle";
import { one, two } from "./order.js";
main(import.meta.url, () => {
  const threads = [new Thread({ target: one }), new Thread({ target: two })];
  for (const thread of threads) thread.start();
  for (const thread of threads) thread.join();
});
`,
  };
  const rules = read(withStart)
    .findings()
    .map(({ ruleId }) => ruleId);
  ok(rules.includes("lock-order-inversion"), rules.join());
});

test("a word in a comment or in a text says nothing to who imports the file", () => {
  const quoted = "export const program = \"const { Worker } = require('worker_threads')\"; // Atomics\n";
  const caller = 'import { program } from "./quoted.js";\nexport function run(): string { return program; }\n';
  equal(
    read({ "quoted.ts": quoted, "caller.ts": caller }).stats().functions,
    read({ "quoted.ts": quoted }).stats().functions,
  );
});

test("an object that files only hand round in a circle comes from nowhere", () => {
  const around = (made: string): Record<string, string> => ({
    "locks.ts": locks,
    "a.ts": `import { gate } from "./locks.js";
import { kept } from "./b.js";
export function a(): void {
  kept.lock = ${made};
  kept.turns++;
}
`,
    "b.ts": `import { a } from "./a.js";
export const kept = { lock: undefined as unknown, turns: 0 };
export function b(): void {
  kept.lock = kept.lock;
  a();
}
`,
  });
  const relevance = (made: string): { readonly relevance: Relevance; readonly tree: ts.SourceFile } => {
    const files = Object.entries(around(made)).map(([name, text]) => ({ file: `${folder}/${name}`, text }));
    const options = { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler, types: [] };
    const compilation = new Compilation(new Host(folder, options), options);
    for (const { file, text } of files) compilation.setText(file, text);
    const names = files.map(({ file }) => file);
    const compiled = compilation.compile(names, outside).program;
    const importsOf = (file: string): readonly string[] => compilation.host.importsOf(file);
    return {
      relevance: new Relevance({ compiled, files: names, catalogue: new Catalogue(), importsOf }),
      tree: compiled.getSourceFile(`${folder}/a.ts`)!,
    };
  };
  const [taken, round] = [relevance("gate"), relevance("kept.lock")];
  const filesOf = (each: Relevance): readonly string[] => each.inOrder.map((file) => file.slice(folder.length + 1));
  deepEqual(filesOf(taken.relevance), ["locks.ts", "a.ts", "b.ts"]);
  deepEqual(filesOf(round.relevance), ["locks.ts", "a.ts"]);
  equal(taken.relevance.holdsWith(taken.tree, round.tree), false);
  equal(taken.relevance.holdsWith(taken.tree, relevance("(gate)").tree), true);
});
