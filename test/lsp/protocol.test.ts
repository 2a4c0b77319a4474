import { equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { soakProtocol } from "../soak/protocol.js";

test("messages in no sensible order are all answered, and leave what a new server shows", async () => {
  const messages = 200;
  const done = await soakProtocol(messages, 1);
  equal(done.messages, messages);
  ok(done.answers > 0 && done.cancelled > 0 && done.findings > 0, JSON.stringify(done));
});
