/** RabbitMQ as the service of a soak of faults. */
import { setTimeout as delay } from "node:timers/promises";
import { Manager } from "heddle/process";
import { RabbitServer } from "../support/rabbit-server.js";
import type { Engine, Service } from "./faults.js";
import { type Access, QUEUE } from "./faults-client.js";
import { Cutters } from "./faults-cutters.js";

/** Milliseconds. */
const patience = 10_000;
const heartbeat = 1000;
/** After this long neither side has heard of the other for two heartbeats, and both have given up. */
const LONG_PAUSE = 3000;
const LONGEST_DOWNTIME = 600;
/** Killed in its first seconds, it finds no leader of its queues for a minute when it is started again. */
const LEADERLESS = 5000;

const access: Access = {
  options: { patience, heartbeat },
  // A fault is no fault of an item's: however often it goes out, it is none of the dead.
  queueOptions: { maxDeliveries: 1_000_000 },
  connectsAgain: true,
  keepsTaken: true,
  locks: "none",
  lease: Number.POSITIVE_INFINITY,
  refusal: undefined,
};

/** @param running a server that goes on afterwards; by default one is started for the soak */
export function rabbitEngine(running?: RabbitServer): Engine {
  return {
    name: "rabbitmq",
    async start(): Promise<Service> {
      const server = running ?? (await RabbitServer.start());
      const cutters = await Cutters.start(server.port);
      const own = Manager.connect(server.url, { patience: 60_000 });
      const queue = own.queue<string>(0, { name: QUEUE, ...access.queueOptions });
      return {
        urls: cutters.ports.map((port) => `amqp://127.0.0.1:${port}`),
        access,
        isLasting: true,
        longPause: LONG_PAUSE,
        patience: 120_000,
        cut: (random) => cutters.cut(random),
        silence: async (random) => cutters.silence(random),
        signal: (signal) => (signal === "SIGSTOP" ? server.pause() : server.resume()),
        async restart(random) {
          await delay(Math.max(0, LEADERLESS - server.age));
          await server.kill();
          await delay(random.below(LONGEST_DOWNTIME));
          await server.start();
        },
        waiting: async () => queue.qsize(),
        async end() {
          own.close();
          await cutters[Symbol.asyncDispose]();
          if (running === undefined) await server[Symbol.asyncDispose]();
        },
      };
    },
  };
}
