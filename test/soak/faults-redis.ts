/** Redis as the service of a soak of faults, with all that it has on disk. */
import { setTimeout as delay } from "node:timers/promises";
import { Manager } from "heddle/process";
import { RedisServer } from "../support/redis-server.js";
import type { Engine, Service } from "./faults.js";
import { type Access, QUEUE } from "./faults-client.js";
import { Cutters } from "./faults-cutters.js";

/** Milliseconds. */
const lease = 800;
const LONGEST_DOWNTIME = 600;
/** Longer than a lease: what is held then is lost, and nobody has it. */
const LONGEST_STARVATION = 1200;

const access: Access = {
  options: { lease, patience: 2000 },
  // A fault is no fault of an item's: however often it goes out, it is not put aside.
  queueOptions: { maxDeliveries: 1_000_000 },
  connectsAgain: true,
  keepsTaken: true,
  locks: "leased",
  lease,
  refusal: "Redis has no memory left",
};

export const redisEngine: Engine = {
  name: "redis",
  async start(): Promise<Service> {
    const server = await RedisServer.start(["--appendonly", "yes", "--appendfsync", "always"]);
    const cutters = await Cutters.start(server.port);
    const own = Manager.connect(server.url, { lease });
    const queue = own.queue<string>(0, { name: QUEUE, ...access.queueOptions });
    return {
      urls: cutters.ports.map((port) => `redis://127.0.0.1:${port}`),
      access,
      isLasting: true,
      longPause: lease,
      patience: 30_000,
      cut: (random) => cutters.cut(random),
      silence: async (random) => cutters.silence(random),
      async starve(random) {
        await server.command("CONFIG SET maxmemory 1");
        await delay(random.below(LONGEST_STARVATION));
        await server.command("CONFIG SET maxmemory 0");
      },
      signal: (signal) => (signal === "SIGSTOP" ? server.pause() : server.resume()),
      async restart(random) {
        await server.kill();
        await delay(random.below(LONGEST_DOWNTIME));
        await server.start();
      },
      waiting: async () => queue.qsize(),
      async end() {
        own.close();
        await cutters[Symbol.asyncDispose]();
        await server[Symbol.asyncDispose]();
      },
    };
  },
};
