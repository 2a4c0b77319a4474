/** The server of the tests with RabbitMQ, and two clients of it: started before the tests, and ended behind them. */
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { setTimeout } from "node:timers/promises";
import { type ConfirmChannel, connect } from "amqplib";
import { ConnectionClosedError, Full } from "heddle";
import { Manager, type QueueProxy, type RabbitManager } from "heddle/process";
import { RabbitServer } from "../../support/rabbit-server.js";

/** A server that starts again takes a minute where two cores are slow. */
export const wait = { timeout: 120_000 };

export let server: RabbitServer;

export let rabbit: RabbitManager;

/** Another connection: to RabbitMQ, another program. */
export let other: RabbitManager;

before(async () => {
  server = await RabbitServer.start();
  rabbit = Manager.connect(server.url);
  other = Manager.connect(server.url, { patience: 20_000 });
});

after(async () => {
  rabbit?.close();
  other?.close();
  await server?.[Symbol.asyncDispose]();
});

/** Whoever else may write to the server. */
export async function foreigner(use: (channel: ConfirmChannel) => Promise<void>): Promise<void> {
  const connection = await connect(server.url);
  try {
    const channel = await connection.createConfirmChannel();
    channel.on("error", () => {});
    await use(channel);
  } finally {
    await connection.close();
  }
}

/** Takes the server's memory away. From here on it reads no items. */
export async function starve(): Promise<void> {
  const isSo = "(fun Wait() -> case rabbit_alarm:get_alarms() of [] -> timer:sleep(20), Wait(); _ -> ok end end)()";
  await server.tell(`vm_memory_monitor:set_vm_memory_high_watermark(0.0), ${isSo}`);
}

/** The same, until the client of the queue has heard of it; resolves to how many items it could put before. */
export async function blockedBy(queue: QueueProxy<string>): Promise<number> {
  await starve();
  let accepted = 0;
  await until(() => {
    try {
      queue.put("more", { timeout: 100 });
      accepted++;
      return false;
    } catch (error) {
      // The one in the middle of which the server stops is not known to be in.
      if (error instanceof ConnectionClosedError) return false;
      assert.ok(error instanceof Full && /no items at the moment/.test(error.message), String(error));
      return true;
    }
  }, "it takes no more");
  return accepted;
}

export async function unblock(): Promise<void> {
  await server.tell("vm_memory_monitor:set_vm_memory_high_watermark(0.6)");
}

/** Tries again until that is so: nobody says when the server has done what was only sent. */
export async function until(isSo: () => boolean, what: string): Promise<void> {
  const end = performance.now() + wait.timeout;
  while (!isSo()) {
    assert.ok(performance.now() < end, what);
    await setTimeout(20);
  }
}
