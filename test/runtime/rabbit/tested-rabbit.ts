/** The server of the tests with RabbitMQ, and two clients of it: started before the tests, and ended behind them. */
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { setTimeout } from "node:timers/promises";
import { type ConfirmChannel, connect } from "amqplib";
import { Manager, type RabbitManager } from "heddle/process";
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

/** Tries again until that is so: nobody says when the server has done what was only sent. */
export async function until(isSo: () => boolean, what: string): Promise<void> {
  const end = performance.now() + wait.timeout;
  while (!isSo()) {
    assert.ok(performance.now() < end, what);
    await setTimeout(20);
  }
}
