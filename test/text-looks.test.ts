import assert from "node:assert/strict";
import { test } from "node:test";
import { mayHaveResets } from "../server/src/model/late-resets.js";
import { mayHaveCaptures } from "../server/src/model/loop-captures.js";
import { mayHaveReleases } from "../server/src/model/releasers.js";
import { isCommented } from "../server/src/source/commented.js";

const captures = (keep: string, variable = "let last;"): boolean =>
  mayHaveCaptures(`${variable}\nfor (const each of all) {\n  last = each;\n  ${keep}\n}\n`);

test("a file is read for its loop's captures however a function is left for later", () => {
  const kept = [
    "list.push(() => last);",
    "list.push(1, [2, (3)], ')', function () { return last; });",
    "list\n    .push /* behind */ (() => last);",
    "promise.then<string>(() => last);",
    "promise.then?.(async () => last);",
    "(bus.once as any)('ready', () => last);",
    "setTimeout(/* later */ () => last, 1);",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the text of a program
    "list.push(`${1}`, () => last);",
    "list.push(/[)]/, () => last);",
    "socket.onopen = () => last;",
  ];
  assert.deepEqual(
    kept.filter((keep) => !captures(keep)),
    [],
  );
  const variables = [
    "var last;",
    "let last: () => void;",
    "let last!: string\n",
    "let one = 1, last;",
    "let /* it */ last;",
  ];
  assert.deepEqual(
    variables.filter((variable) => !captures("list.push(() => last);", variable)),
    [],
  );
});

test("a file is not read for captures where its loops keep no function, or its variables have values", () => {
  assert.ok(!captures("list.push(each, f('('), `plain`, /* => */ [1]); // function"));
  assert.ok(!captures("// Then (later) it will catch(the => arrow)\n  use(last);"));
  assert.ok(!captures("list.push(() => last);", "let last: number = 1;"));
  assert.ok(!mayHaveCaptures("let last;\nlist.push(() => last);\n"));
});

const resets = (text: string): boolean => mayHaveResets(`class Bell {\n  ${text}\n}`);

test("a file is read for resets where one name is called, emptied and filled, in whatever form", () => {
  const texts = [
    "f() { this.cb(); this.cb = undefined; this.cb = g; }",
    "f() { this.cb?.(); x = null; this.cb = (null); this.cb = g; }",
    "f() { this.#cb!(); this.#cb = void 0; this.#cb = g; }",
    "f() { (this.cb as any)(); this.cb /* gone */ = null; this.cb = g; }",
    "f() { this.cb(); x = null; this.cb = /* gone */ null; this.cb = g; }",
    "f() { this.cb<string>(); this.cb = <any>null; x = null; this.cb = g; }",
    "f() { this.größe(); this.größe = null; this.größe = g; }",
    "f() { this.cb(); x = null; this.cb = false; this.cb = g; }",
    "f() { this.cb(); this.cb = null; this.cb = null ?? g; }",
  ];
  assert.deepEqual(
    texts.filter((text) => !resets(text)),
    [],
  );
  assert.ok(!resets("f() { this.cb(); this.other = undefined; this.cb = g; }"));
  assert.ok(!resets("f() { this.cb(); this.cb = undefined; }"));
});

test("a file is read for releases where one name goes down and up, in whatever form", () => {
  const steps: readonly (readonly [string, string])[] = [
    ["this.used--", "this.used++"],
    ["--this.used", "++this.used"],
    ["this.used -= 1", "this.used += 1"],
    ["used\n--", "used ++"],
    ["--(this.used)", "this.used++"],
    ["(this.used)--", "this.used++"],
    ["used[key]--", "used[key]++"],
    ["if (all) --used", "used++"],
    ["this.used /* less */ --", "this.used++"],
    ["this!.used!--", "this.used++"],
    ["größe--", "größe++"],
  ];
  assert.deepEqual(
    steps.filter(([down, up]) => !mayHaveReleases(`${up};\nreturn () => { ${down}; };\n`)),
    [],
  );
  assert.ok(!mayHaveReleases("taken++;\nreturn () => { given--; };\n"));
  assert.ok(!mayHaveReleases("for (let at = 0; at < 3; at++) f();\nfor (let at = 3; at > 0; at--) f();\n"));
  assert.ok(!mayHaveReleases("// used-- here\n/** and used--\n * there, --used */\nused++;\n"));
});

test("only what is a comment for sure is taken for one", () => {
  const at = (text: string): boolean => isCommented(text, text.indexOf("X"));
  assert.ok(at("  // a X") && at("/**\n * X") && at("a;\n  /* X */"));
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the text of a program
  assert.ok(!at("a; // X") && !at("`\n// ${X}`") && !at("'\\\n// ' + X") && !at("`\n// ` + X"));
  assert.ok(!at("/* a */\nX") && !at('const all = "src/**"; X') && !at("`\n/* ` + X"));
});
