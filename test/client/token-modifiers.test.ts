import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import { type NamedToken, withModifiers } from "../../client/src/token-modifiers.js";

const token = (line: number, start: number, length: number, type: string, ...modifiers: string[]): NamedToken => ({
  ...{ line, start, length, type, modifiers },
});

test("others' names get our modifiers, and where they name nothing else stand ours", () => {
  const others = [
    token(0, 6, 5, "variable", "declaration", "readonly"),
    token(2, 0, 4, "function"),
    token(3, 4, 9, "property"),
  ];
  const ours = [
    token(3, 8, 3, "property", "shared"),
    token(1, 2, 5, "variable", "shared", "guarded"),
    token(0, 6, 5, "variable", "declaration", "shared"),
  ];
  deepEqual(withModifiers(others, ours), [
    token(0, 6, 5, "variable", "declaration", "readonly", "shared"),
    token(1, 2, 5, "variable", "shared", "guarded"),
    token(2, 0, 4, "function"),
    token(3, 4, 9, "property"),
  ]);
  deepEqual(withModifiers(others, []), others);
});
