import assert from "node:assert/strict";
import { test } from "node:test";
import { nestsLittle } from "../server/src/source/nesting.js";
import { isParsed, linkingStatements, parsedLater, whenParsed } from "../server/src/source/parsing-on-demand.js";
import { ts } from "../server/src/source/syntax.js";

const imports = `// @ts-check\nimport one from "./one.js";\nexport * from './two.js';\nimport {\n  three, // or four\n} from "./three.js";\n`;
const padding = `\nexport const padding = ${JSON.stringify("x".repeat(1000))};\n`;

const parse = (text: string): ts.SourceFile => ts.createSourceFile("/a.ts", text, ts.ScriptTarget.ES2022);
const later = (text: string, file = "/a.ts"): ts.SourceFile | undefined => parsedLater(file, text + padding, parse);

/** All that a tree says, with the places; what leads upwards or back to the tree is left out. */
function said(tree: ts.SourceFile): unknown {
  const of = (node: ts.Node): unknown => {
    const inner: unknown[] = [];
    ts.forEachChild(node, (child) => void inner.push(of(child)));
    return [node.kind, node.flags, node.pos, node.end, inner];
  };
  const { text, fileName, pos, end, languageVariant, isDeclarationFile } = tree;
  const { parseDiagnostics, nodeCount, identifierCount, identifiers } = tree as unknown as Record<string, unknown>;
  const wrong = (parseDiagnostics as ts.Diagnostic[]).map(({ file, start, code }) => [file === tree, start, code]);
  const names = [...(identifiers as Map<string, string>).keys()];
  const { line } = tree.getLineAndCharacterOfPosition(end);
  const isModule = ts.isExternalModule(tree);
  const fields = { text, fileName, pos, end, languageVariant, isDeclarationFile, nodeCount, identifierCount };
  return { ...fields, wrong, names, line, isModule, tree: of(tree) };
}

test("a tree that is parsed when it is asked for says the same as one that was parsed at once", () => {
  const rests = [
    "export class A { m() { return () => one; } }",
    "/** Imports nothing: no import. */\nconst a = <T,>(x: T) => ({ x });",
    "// from 'here'\n  // import this\nfunction f( { return 1; }", // in which something is wrong
  ];
  for (const rest of rests) {
    const tree = later(imports + rest);
    assert.ok(tree && !isParsed(tree), rest);
    const { text } = tree;
    assert.ok(text.endsWith(padding) && !isParsed(tree) && linkingStatements(tree).length === 3);
    assert.ok(!isParsed(tree), "asking for the imports parses nothing");
    assert.deepEqual(said(tree), said(parse(imports + rest + padding)));
    assert.ok(isParsed(tree) && linkingStatements(tree) === tree.statements);
  }
});

test("whoever waits for a tree hears of it once, when it is parsed", () => {
  const tree = later(imports)!;
  let heard = 0;
  whenParsed(tree, () => void heard++);
  assert.equal(heard, 0);
  assert.equal(tree.statements.length, 4);
  assert.equal(tree.statements.length + heard, 5);
});

test("what may name a module behind its imports, or is none, is parsed at once", () => {
  const atOnce = [
    "const nothing = 1;",
    `${imports}const two = await import("./two.js");`,
    `${imports}import two = require("./two.js");`,
    `${imports}export * from "./four.js";`,
    `${imports}export { five } from\n  // here\n  "./five.js";`,
    `${imports}declare module "./one.js" { interface One {} }`,
    `${imports}declare global { var six: number; }`,
    `${imports}exp\\u006frt * fr\\u006fm "./four.js";`,
    'const a = "";import "./one.js";',
    'import "./one.js"\nwith { type: "json" };',
    'import "./one.js" with { type: "json" };',
    "const text = `\nimport './one.js';\n`;",
    'await f();\nimport "./one.js";',
    'const a = [;\nimport "./one.js";',
  ].filter((text) => later(text) !== undefined);
  assert.deepEqual(atOnce, []);
  for (const file of ["/a.js", "/a.d.ts", "/node_modules/a/a.ts", "/a.json"])
    assert.equal(later(imports, file), undefined);
  assert.equal(later(`${imports}export const x = ${"(".repeat(2000)}1${")".repeat(2000)};`), undefined);
});

test("exports of other names are looked for in the whole tree", () => {
  const tree = later(`${imports}const a = 1;\nexport { a as b };`)!;
  assert.equal(linkingStatements(tree).length, 6);
});

test("what nests deeply is told from what is long", () => {
  const deep = {
    parentheses: "(".repeat(5000) + ")".repeat(5000),
    blocks: "{".repeat(5000) + "}".repeat(5000),
    arrows: "() => ".repeat(5000),
    else: "if (n) {\n  f();\n} else ".repeat(1000),
    chain: `a${".then(() => {\n  f();\n})\n".repeat(1000)}`,
    sum: "a\n  + ".repeat(1000),
    types: `type A = ${"keyof ".repeat(1000)}B`,
    elements: "<a>\n".repeat(1000),
    quoted: `'(' + "don't" + ${"[".repeat(5000)}`,
    template: `\`http://x\`; a = ${"[".repeat(5000)}`,
    apostrophe: `\`don't\`; a = ${"-~".repeat(5000)}1`,
    expression: `/'/; a = ${"(".repeat(5000)}`,
    comment: `\`/*\`; a = ${"(".repeat(5000)} \`*/\``,
  };
  assert.deepEqual(
    Object.entries(deep).flatMap(([name, text]) => (nestsLittle(text, 300) ? [name] : [])),
    [],
  );
  const long = {
    functions: 'function f(a: string) {\n  if (a) {\n    g("(");\n  }\n}\n\n'.repeat(1000),
    list: `[${"{ a: 1, b: [2] },\n".repeat(1000)}]`,
    comments: "/* ( { [ */ // ( { [\n".repeat(1000),
    class: `class A {\n${"  /** Doesn't ( */\n  async m(): Promise<void> {\n    await g();\n  }\n\n".repeat(1000)}}`,
  };
  assert.deepEqual(
    Object.entries(long).flatMap(([name, text]) => (nestsLittle(text, 300) ? [] : [name])),
    [],
  );
});
