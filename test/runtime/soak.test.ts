import assert from "node:assert/strict";
import { test } from "node:test";
import { soakRuntimeLocks } from "../soak/runtime-locks.js";
import { soakRuntimeMemory } from "../soak/runtime-memory.js";
import { soakRuntimeStarts } from "../soak/runtime-starts.js";

test("counts under all locks are exact, killed threads leave every lock to be had, starts and stops do not hang", () => {
  const { rounds, additions, kills } = soakRuntimeLocks(12, 1) as Record<string, number>;
  assert.equal(rounds, 12);
  assert.ok((additions ?? 0) > 1000 && kills === 4);
});

test("locks that are dropped or closed, and threads one after another, leave memory where it was", async () => {
  // More locks than the program's shared memory has room for at once.
  const perRound = { locks: 6000, closed: 6000, threads: 1, tasks: 5000 };
  const { locks } = (await soakRuntimeMemory(30, 1, perRound)) as { locks: { count: number; objects: number[] } };
  assert.equal(locks.count, 180_000);
});

test("threads of all kinds start and stop, each once", () => {
  const { started } = soakRuntimeStarts(48) as { started: number };
  assert.equal(started, 48);
});
