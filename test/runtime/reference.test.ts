/** The docstrings: all is documented, and the pages under docs/ say what they say. */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { type Reference, readReference } from "../support/reference.js";

let reference: Reference;

before(async () => {
  reference = await readReference();
});

test("all that is exported is documented, with links that lead somewhere", () => {
  assert.deepEqual(reference.complaints, []);
});

test("every class and function says what it is in Python", () => {
  const silent = [...reference.exported].filter(([, { python }]) => !/^Python('s | has )/.test(python));
  assert.deepEqual(silent, []);
  assert.ok(reference.exported.size > 50);
});

test("what has an async form says that it blocks, and nothing async does", () => {
  // It has no limit, so it never waits; its async form is for code that knows any queue.
  const neverWaits = ["SimpleQueue put"];
  const wrong = [...reference.exported.keys()].flatMap((name) => {
    const members = reference.members(name);
    const blocking = new Map(members.map(({ call, blocks }) => [call.replace(/\(.*/, ""), blocks]));
    return [...blocking].flatMap(([method, blocks]) => {
      if (method.endsWith("Async")) return blocks ? [`${name} ${method}`] : [];
      return blocking.has(`${method}Async`) && !blocks ? [`${name} ${method}`] : [];
    });
  });
  assert.deepEqual(wrong, neverWaits);
});
