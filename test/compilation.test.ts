/** When the type checker of the program before serves an edited file, and when there is a new program. */
import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, test } from "node:test";
import { isSameOutside, outside } from "../server/src/program.js";
import { treeOf } from "../server/src/source/binding-on-demand.js";
import { Compilation } from "../server/src/source/compilation.js";
import { Host } from "../server/src/source/host.js";
import { upToDate } from "../server/src/source/kept-symbols.js";
import { ts } from "../server/src/source/syntax.js";
import { repositoryRoot } from "./support/repository.js";

const folder = new URL("out/compilation", repositoryRoot).pathname;
const options: ts.CompilerOptions = {
  strict: true,
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  types: [],
  noEmit: true,
  jsx: ts.JsxEmit.ReactJSX,
};

const texts = {
  "numbers.ts": "export class Numbers { #all = [1]; sum(): number { return this.#all.length; } }\n",
  "work.ts": `import { Numbers } from "./numbers.js";
export function work(): number { const numbers = new Numbers(); return numbers.sum(); }
`,
  "main.ts": `import { work } from "./work.js";\nconsole.log(work());\nexport {};\n`,
  // These two see each other.
  "egg.ts": `import type { Hen } from "./hen.js";
export class Egg { #of: Hen | undefined; from(hen: Hen): void { this.#of = hen; } }\n`,
  "hen.ts": `import { Egg } from "./egg.js";\nexport class Hen { #eggs = 0; lay(): void { new Egg().from(this); this.#eggs++; } }\n`,
  // What is in a box is known by what it was made for, and what a body returns by the body.
  "box.ts": `export function count(n: number): number { console.log(n); return n; }
export class Box<T> { readonly inner: T; constructor(inner: T) { this.inner = inner; } }
export function first(texts: readonly string[]) { let found; for (const text of texts) { found = text; break; } return found; }
`,
  "boxes.ts": `import { Box, first } from "./box.js";
export const inner = new Box(1).inner;
export const text = first(["a"]);
`,
  "view.tsx": `export function view(n: number): number { const at = import("./box.js"); void at; return n; }
`,
  "script.ts": "function shout(n: number): void { console.log(n); }\n",
  "merged.ts":
    "export interface Merged { one: number }\nexport function merge(merged: Merged): number { merged.one++; return merged.one; }\n",
  "merging.ts": `declare module "./merged.js" { interface Merged { two: number } }\nexport {};\n`,
  // Everybody sees this one, by way of a global.
  "seen.ts": "export class Seen { #by = 0; look(): void { this.#by++; } }\n",
  "globals.d.ts": `import type { Seen } from "./seen";\ndeclare global { var seenByAll: Seen; }\nexport {};\n`,
  "script.js": "function script() { return 1; }\n",
};

type Name = keyof typeof texts;
const path = (name: Name): string => join(folder, name);
const roots = (Object.keys(texts) as Name[]).map(path);
let compilation: Compilation;
const compile = () => compilation.compile(roots, outside);
const edit = (name: Name, change: (text: string) => string) => {
  compilation.setText(path(name), change(texts[name]));
  return compile();
};
function find<T extends ts.Node>(program: ts.Program, name: Name, is: (node: ts.Node) => node is T): T {
  const all: T[] = [];
  const visit = (node: ts.Node): void => {
    if (is(node)) all.push(node);
    ts.forEachChild(node, visit);
  };
  visit(program.getSourceFile(path(name))!);
  assert.ok(all[0], `${name} has none`);
  return all.at(-1)!;
}
const errors = (program: ts.Program, name: Name): readonly number[] =>
  program.getSemanticDiagnostics(program.getSourceFile(path(name))).map(({ code }) => code);

beforeEach(() => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const name of Object.keys(texts) as Name[]) writeFileSync(path(name), texts[name]);
  compilation = new Compilation(new Host(folder, options), options);
  assert.equal(compile().isFresh, true);
});

test("the checker of the program before serves a file in which a body changed", () => {
  const before = compile();
  const after = edit("work.ts", (text) => text.replace("return numbers", "void numbers.sum; return numbers"));
  assert.equal(after.edited, path("work.ts"));
  assert.equal(after.program.getTypeChecker(), before.program.getTypeChecker());
  const tree = after.program.getSourceFile(path("work.ts"));
  if (tree === undefined) throw new Error("The file is gone.");
  assert.ok(tree.text.includes("void numbers.sum"));
  assert.ok(after.program.getSourceFiles().includes(tree));
  const [, work] = tree.statements;
  assert.ok(work && ts.isFunctionDeclaration(work) && work.body);
  const [declared] = work.body.statements;
  assert.ok(declared && ts.isVariableStatement(declared) && declared.declarationList.declarations[0]);
  const checker = after.program.getTypeChecker();
  assert.equal(checker.typeToString(checker.getTypeAtLocation(declared.declarationList.declarations[0])), "Numbers");
});

test("there is a new program for what others see, for imports, for several files and for JavaScript", () => {
  assert.equal(edit("work.ts", (text) => text.replace("work(): number", "work(): unknown")).edited, undefined);
  assert.equal(
    edit("main.ts", (text) => text.replace("work }", "work as it }").replace("work()", "it()")).edited,
    undefined,
  );
  assert.equal(edit("main.ts", (text) => `${text}await import("./numbers.js");\n`).edited, undefined);
  assert.equal(edit("script.js", (text) => text.replace("1", "2")).edited, undefined);
  compilation.setText(path("work.ts"), texts["work.ts"].replace("return", "return 0 +"));
  assert.equal(edit("main.ts", (text) => text.replace("work())", "work() + 1)")).edited, undefined);
});

test("the checker of the program before serves files that are seen by what they see, scripts and views", () => {
  const same: readonly [Name, string, string][] = [
    ["egg.ts", "this.#of = hen", "this.#of ??= hen"],
    ["hen.ts", "this.#eggs++", "this.#eggs += 1"],
    ["seen.ts", "this.#by++", "this.#by += 2"],
    ["view.tsx", "void at;", "void 0;"],
    ["script.ts", "console.log(n)", "console.log(n + 1)"],
  ];
  for (const [name, from, to] of same) {
    assert.equal(edit(name, (text) => text.replace(from, to)).edited, path(name));
    edit(name, (text) => text);
  }
  assert.equal(edit("view.tsx", (text) => text.replace("./box.js", "./boxes.js")).edited, undefined);
  // One declaration with another file's: the checker has made a third one of them.
  assert.equal(edit("merged.ts", (text) => text.replace("merged.one++", "merged.one += 1")).edited, undefined);
});

test("the checker of the program before serves what nobody imports, whatever is another in it", () => {
  const { edited, program } = edit("main.ts", (text) => `${text}export const done = [work()];\n`);
  assert.equal(edited, path("main.ts"));
  const { name } = find(program, "main.ts", ts.isVariableDeclaration);
  const checker = program.getTypeChecker();
  assert.equal(checker.typeToString(checker.getTypeAtLocation(name)), "number[]");
  edit("main.ts", (text) => text);
  // A script is everybody's.
  assert.equal(edit("script.ts", (text) => text.replace("n: number", "n: string")).edited, undefined);
});

test("a class is one class for its new tree and for those who know the one before", () => {
  compile().program.getTypeChecker();
  const { program } = edit("hen.ts", (text) => text.replace("this.#eggs++", "void this; this.#eggs++"));
  const checker = program.getTypeChecker();
  const from = find(program, "hen.ts", ts.isCallExpression);
  const [given] = from.arguments;
  const expected = checker.getResolvedSignature(from)?.parameters[0];
  assert.ok(given && expected);
  const [type, wanted] = [checker.getTypeAtLocation(given), checker.getTypeOfSymbol(expected)];
  assert.ok(checker.isTypeAssignableTo(type, wanted), "a hen with private fields is no hen");
  const tree = program.getSourceFile(path("hen.ts"));
  assert.deepEqual(
    [type, checker.getNonNullableType(wanted)].map((each) => each.symbol.declarations?.[0]?.getSourceFile() === tree),
    [true, true],
  );
});

test("what the checker made of a declaration is found at its new place, and in an earlier program at its old one", () => {
  const before = compile();
  const nameOf = (program: ts.Program) => {
    const checker = program.getTypeChecker();
    const inner = find(program, "boxes.ts", ts.isPropertyAccessExpression).name;
    const symbol = checker.getSymbolAtLocation(inner);
    const declared = symbol && upToDate(symbol).valueDeclaration;
    return declared && [declared.getSourceFile() === program.getSourceFile(path("box.ts")), declared.getText()];
  };
  const field = [true, "readonly inner: T;"];
  assert.deepEqual(nameOf(before.program), field);
  const longer = edit("box.ts", (text) => text.replace("return n", "console.log(n); return n"));
  assert.equal(longer.edited, path("box.ts"));
  assert.deepEqual(nameOf(longer.program), field);
  const last = edit("box.ts", (text) => text.replace("return n + 1 - 1", "void n; return n"));
  assert.deepEqual(
    [longer, last, before].map(({ program }) => nameOf(program)),
    [field, field, field],
  );
});

test("a program speaks of its own trees, whoever was asked last", () => {
  const before = compile();
  edit("box.ts", (text) => text.replace("console.log(n); ", "n++; "));
  before.program.getTypeChecker();
  const { program, edited } = edit("work.ts", (text) => text.replace("work(): number", "work(): unknown"));
  assert.equal(edited, undefined);
  const declared = (of: ts.Program) => {
    const name = find(of, "boxes.ts", ts.isCallExpression).expression;
    const alias = of.getTypeChecker().getSymbolAtLocation(name)!;
    return of.getTypeChecker().getAliasedSymbol(alias).declarations?.[0]?.getSourceFile();
  };
  for (const each of [program, before.program, program])
    assert.equal(declared(each), each.getSourceFile(path("box.ts")));
});

test("what a body returns is read in the tree that the function is in", () => {
  const before = compile();
  const returned = (program: ts.Program) => {
    const checker = program.getTypeChecker();
    const called = checker.getTypeAtLocation(find(program, "boxes.ts", ts.isCallExpression).expression);
    const [signature] = called.getCallSignatures();
    return () => checker.typeToString(checker.getReturnTypeOfSignature(signature!));
  };
  // The signature is known before the edit, and what it returns is asked after it.
  const later = returned(before.program);
  const { program, edited } = edit("box.ts", (text) => text.replace("return n", "console.log(n); return n"));
  assert.equal(edited, path("box.ts"));
  assert.equal(later(), "string | undefined");
  assert.equal(returned(program)(), "string | undefined");
});

test("the whole program knows what the present text is objected to, and nothing else", () => {
  const wrong = edit("work.ts", (text) => text.replace("numbers.sum()", "numbers.product()"));
  assert.equal(wrong.edited, path("work.ts"));
  wrong.program
    .getTypeChecker()
    .getTypeAtLocation(wrong.program.getSourceFile(path("work.ts"))?.statements[1] as ts.Node);
  assert.deepEqual(errors(wrong.whole(), "work.ts"), [2339]);
  const right = edit("work.ts", (text) => text.replace("return", "return 1 +"));
  assert.equal(right.edited, path("work.ts"));
  assert.deepEqual(errors(right.whole(), "work.ts"), []);
  assert.equal(right.whole().getSourceFile(path("work.ts")), right.program.getSourceFile(path("work.ts")));
  // Of a moment that is over, what was true then.
  assert.deepEqual(errors(wrong.whole(), "work.ts"), [2339]);
});

test("what is as it was needs nothing, and after many edits there is a new checker", () => {
  const before = compile();
  assert.equal(edit("work.ts", (text) => text).program, before.program);
  const checkers = new Set<ts.TypeChecker>();
  const EDITS = 200;
  for (let n = 0; n < EDITS; n++) {
    checkers.add(edit("work.ts", (text) => text.replace("return", `return ${n} +`)).program.getTypeChecker());
  }
  assert.ok(checkers.size > 1 && checkers.size < EDITS / 10, `${checkers.size} checkers`);
});

test("modules are bound by the first question that leads to them", () => {
  const { program } = compile();
  const checker = program.getTypeChecker();
  /** Whether the first declaration is known to the checker, which the tree tells nobody by a public name. */
  const isBound = (name: Name) => {
    const first = treeOf(program, path(name))?.statements.find((each) => !ts.isImportDeclaration(each));
    assert.ok(first && first.parent === treeOf(program, path(name)), `${name} has no parents`);
    return (first as { symbol?: ts.Symbol }).symbol !== undefined;
  };
  const modules: readonly Name[] = ["numbers.ts", "work.ts", "egg.ts", "hen.ts"];
  assert.deepEqual(modules.filter(isBound), []);
  const work = program.getSourceFile(path("work.ts"));
  assert.ok(work);
  assert.deepEqual(modules.filter(isBound), ["work.ts"]);
  const name = work.statements.find(ts.isImportDeclaration)?.importClause?.namedBindings;
  assert.ok(name && ts.isNamedImports(name) && name.elements[0]);
  assert.equal(checker.typeToString(checker.getTypeAtLocation(name.elements[0])), "typeof Numbers");
  assert.deepEqual(modules.filter(isBound), ["numbers.ts", "work.ts"]);
  // What other texts begin with is no more bound than it was.
  assert.equal(edit("globals.d.ts", (text) => `${text}\n`).edited, undefined);
  assert.deepEqual(modules.filter(isBound), ["numbers.ts", "work.ts"]);
});

test("a file that is nested too deeply is left out, and comes back", () => {
  const deep = edit("work.ts", (text) => text.replace("return", `${"[".repeat(20_000)}${"]".repeat(20_000)}; return`));
  assert.equal(deep.program.getSourceFile(path("work.ts")), undefined);
  assert.equal(compilation.host.problems.length, 1);
  const back = edit("work.ts", (text) => text);
  assert.equal(back.program.getSourceFile(path("work.ts"))?.text, texts["work.ts"]);
  assert.deepEqual(errors(back.whole(), "main.ts"), []);
});

test("comments and bodies that do not show through are nothing that others see, what ends a statement is", () => {
  const tree = (text: string) => ts.createSourceFile(`${folder}/a.ts`, text, ts.ScriptTarget.ES2022);
  const isSame = (one: string, other: string) =>
    isSameOutside(tree(`export {};\n${one}`), tree(`export {};\n${other}`));
  const inferred = "function f(n: number) {\n  n += 1;\n  return n;\n}";
  for (const other of [
    inferred.replace("return n;", "return n; // why"),
    inferred.replace("n += 1;", "n += 1; /* why */"),
    inferred.replace("  return", "  // why\n  return"),
    inferred.replace("n += 1", "n += /* how much */ 1"),
    inferred.replace("return n;\n}", "return n;\n\n  // that is all\n}"),
    `// why\n${inferred}`,
  ]) {
    assert.ok(isSame(inferred, other), other);
  }
  const annotated = `/** @guardedBy lock */\n${inferred}`;
  assert.ok(isSame(annotated, annotated.replace("*/", "*/ // why")));
  assert.ok(!isSame(annotated, annotated.replace("lock", "other")));
  assert.ok(
    isSame(inferred.replace("number)", "number): number"), "function f(n: number): number { n += 2; return n; }"),
  );
  // What closures give back is narrowed by the last assignment to it.
  const closure =
    "function f() { let n: A | B = a; function g(): void { console.log(1); } return { get: () => n, g }; }";
  assert.ok(isSame(closure, closure.replace("log(1)", "log(2)")));
  assert.ok(!isSame(closure, closure.replace("console.log(1)", "n = b")));
  for (const other of [
    inferred.replace("return n;", "return\n  n;"),
    inferred.replace("n += 1;", "/** @type {string} */ n += 1;"),
    inferred.replace("return n", `return \`\${n} // \${n}\``),
    inferred.replace("return n", 'return "// why"'),
  ]) {
    assert.ok(!isSame(inferred, other), other);
  }
  assert.ok(!isSame(`const a = \`x // \${1} y\`;`, `const a = \`x // \${1} // y\`;`), "templates have no comments");
  assert.ok(!isSame("const a = /[/*]/.source;", "const a = /[/*/]/.source;"), "nor do expressions");
});
