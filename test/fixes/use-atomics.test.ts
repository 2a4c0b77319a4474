import assert from "node:assert/strict";
import { test } from "node:test";
import { useAtomics, useAtomicsTitle } from "../../server/src/rules/fixes/use-atomics.js";
import { ts } from "../../server/src/source/syntax.js";
import { elementUpdateAt } from "../../server/src/source/updates.js";

/** The text after the fix at the update of `v[…]`; undefined when it is withheld. */
function fix(text: string, element: "number" | "bigint" = "number"): string | undefined {
  const tree = ts.createSourceFile("/a.ts", text, ts.ScriptTarget.ESNext, true);
  const start = text.indexOf("v[");
  const update = elementUpdateAt(tree, start, text.indexOf("]", start) + 1);
  const [edit] = (update && useAtomics("/a.ts", update, element)) ?? [];
  return edit && text.slice(0, edit.site.start) + edit.newText + text.slice(edit.site.end);
}

const CASES: readonly (readonly [before: string, after: string | undefined, why: string])[] = [
  ["v[0]++;", "Atomics.add(v, 0, 1);", "a step as a statement"],
  ["--v[i + 1];", "Atomics.sub(v, i + 1, 1);", "the index is kept as written"],
  ["v[0] += n;", "Atomics.add(v, 0, n);", "a compound assignment"],
  ["v[0] -= a * b;", "Atomics.sub(v, 0, a * b);", "its operand is kept as written"],
  ["v[0] &= ~mask;", "Atomics.and(v, 0, ~mask);", "bits"],
  ["v[0] |= mask;", "Atomics.or(v, 0, mask);", "bits"],
  ["v[0] ^= 1;", "Atomics.xor(v, 0, 1);", "bits"],
  ["v[0] = v[0] + 1;", "Atomics.add(v, 0, 1);", "written out"],
  ["v[0] = (n + v[ 0 ]);", "Atomics.add(v, 0, n);", "written out the other way round"],
  ["v[0] = n - v[0];", undefined, "subtracting from is not subtracting"],
  ["v[0] = v[1] + 1;", undefined, "another element"],
  ["v[i++] = v[i++] + 1;", undefined, "two elements"],
  ["v[0] *= 2;", undefined, "no atomic operation multiplies"],
  ["v[0] += 0.5;", undefined, "truncated before instead of after"],
  ["v[0] += n / 2;", undefined, "perhaps a fraction"],
  ["v[0] += Math.floor(n / 2);", "Atomics.add(v, 0, Math.floor(n / 2));", "rounded"],
  ["v[0] += Math.random();", undefined, "a fraction"],
  ["v[0] += await f();", undefined, "the plain update reads before the await"],
  ["for (; i < 9; v[0]++) f();", "for (; i < 9; Atomics.add(v, 0, 1)) f();", "a header that drops the value"],
  ["const a = v[0]++;", "const a = Atomics.add(v, 0, 1);", "the value before"],
  ["const a = ++v[0];", "const a = Atomics.add(v, 0, 1) + 1;", "the value after"],
  ["f(2 * --v[0]);", "f(2 * (Atomics.sub(v, 0, 1) - 1));", "parentheses where an operator follows"],
  ["f((v[0] += n));", "f((Atomics.add(v, 0, n) + n));", "the value after a compound assignment"],
  ["f(v[0] |= a | b);", "f(Atomics.or(v, 0, a | b) | (a | b));", "an operand with an operator"],
  ["f(v[0] += g());", undefined, "an operand that cannot be evaluated twice"],
];

for (const [before, after, why] of CASES) {
  test(`${why}: ${before}`, () => assert.equal(fix(before), after));
}

test("the view may be a member", () => {
  const text = "this.v[0] += n;";
  const tree = ts.createSourceFile("/a.ts", text, ts.ScriptTarget.ESNext, true);
  const update = elementUpdateAt(tree, 0, "this.v[0]".length);
  assert.equal(update?.view, "this.v");
  assert.equal(update && useAtomics("/a.ts", update, "number")?.[0]?.newText, "Atomics.add(this.v, 0, n)");
});

test("an element of a big-integer view steps by 1n", () => {
  assert.equal(fix("v[0]++;", "bigint"), "Atomics.add(v, 0, 1n);");
  assert.equal(fix("f(++v[0]);", "bigint"), "f(Atomics.add(v, 0, 1n) + 1n);");
});

test("the title names the operation", () => {
  const tree = ts.createSourceFile("/a.ts", "v[0] -= 2;", ts.ScriptTarget.ESNext, true);
  const update = elementUpdateAt(tree, 0, 4);
  assert.equal(update && useAtomicsTitle(update), "Use `Atomics.sub`");
});

test("the values are those of the plain update, at the edges of the element type too", () => {
  for (const text of [
    "v[0]++",
    "++v[0]",
    "v[0]--",
    "--v[0]",
    "v[0] += 7",
    "v[0] -= 7",
    "v[0] |= 9",
    "v[0] &= 9",
    "v[0] ^= 9",
  ]) {
    for (const start of [0, 1, 255, -128, 2 ** 31 - 1, 2 ** 32 - 1]) {
      for (const View of [Int8Array, Uint8Array, Int32Array, Uint32Array]) {
        const run = (code: string) => {
          const v = new View([start]);
          return [new Function("v", `return (${code})`)(v), v[0]];
        };
        const fixed = fix(`[${text}][0]`);
        assert.ok(fixed);
        assert.deepEqual(run(fixed), run(`[${text}][0]`), `${text} at ${start} in ${View.name}`);
      }
    }
  }
});
