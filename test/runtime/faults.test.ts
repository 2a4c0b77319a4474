/** Managers and Redis under faults, for a few seconds; `npm run soak -- faults` is the long form, and has RabbitMQ as well. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { soakFaults } from "../soak/faults.js";
import { managerEngine } from "../soak/faults-manager.js";
import { redisEngine } from "../soak/faults-redis.js";

test("clients of a manager recover from cuts, silences and kills, nothing is lost that nobody had, and one has the lock", async () => {
  const figures = await soakFaults(managerEngine, 3, 4);
  assert.equal(figures.faults.silence, 1);
  assert.ok(figures.accepted > 0 && figures.sections > 0, JSON.stringify(figures));
});

test("clients of Redis do so as well, also while it has no memory, and nothing is lost at all", async () => {
  const figures = await soakFaults(redisEngine, 3, 141);
  assert.deepEqual([figures.faults.silence, figures.faults.starve], [1, 1]);
  assert.ok(figures.accepted > 0 && figures.sections > 0, JSON.stringify(figures));
});
