/** The short form of the soak of queues and pools. */
import { test } from "node:test";
import { soakRuntimePools } from "../soak/runtime-pools.js";

test("queues lose and repeat nothing, tasks in flight settle right", async () => {
  await soakRuntimePools(20, 20261121);
});
