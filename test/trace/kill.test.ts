import assert from "node:assert/strict";
import { test } from "node:test";
import { soakTraceKill } from "../soak/trace-kill.js";

const rounds = 6;

test(`after ${rounds} kills at random moments every trace reads`, async (t) => {
  const told = (await soakTraceKill(rounds, 7)) as { events: number };
  t.diagnostic(JSON.stringify(told));
  assert.ok(told.events > 0);
});
