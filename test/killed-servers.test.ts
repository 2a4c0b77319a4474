import assert from "node:assert/strict";
import { test } from "node:test";
import { soakKilledServers } from "./soak/killed-servers.js";

test("a server that follows a killed one shows what one without a cache shows", async () => {
  const { servers } = await soakKilledServers(2, 1);
  assert.equal(servers, 2);
});
