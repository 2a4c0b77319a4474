/** The server of the tests with Redis, and two clients of it: started before the tests, and ended behind them. */
import { after, before } from "node:test";
import { Manager, type RedisManager } from "heddle/process";
import { Certificate } from "../../support/certificate.js";
import { RedisServer } from "../../support/redis-server.js";

export const wait = { timeout: 20_000 };

/** Milliseconds: what nobody waits for the end of is long enough for a busy machine. */
export const lease = 5000;

export const short = { lease: 1500 };

export let certificate: Certificate;

export let server: RedisServer;

export let redis: RedisManager;

/** Of another driver, and by that another client: to Redis, another program. */
export let other: RedisManager;

before(async () => {
  certificate = await Certificate.made();
  server = await RedisServer.start([], certificate);
  redis = Manager.connect(server.url, { driver: "redis", lease });
  other = Manager.connect(server.url, { driver: "ioredis", lease });
});

after(async () => {
  redis.close();
  other.close();
  await server[Symbol.asyncDispose]();
  certificate[Symbol.dispose]();
});

export function clients(): readonly RedisManager[] {
  return [redis, other];
}
