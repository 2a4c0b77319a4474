/** What the objects in a server of Redis cost beside the commands that anybody would write. */
import { createHash } from "node:crypto";
import { Manager, type RedisManager } from "heddle/process";
import { createClient } from "redis";
import { RedisServer } from "../support/redis-server.js";
import type { Contestant, Race } from "./races.js";

/** Items on their way at once. */
const GROUP = 200;

const clientAt = (url: string) => createClient({ url });
type Client = ReturnType<typeof clientAt>;

/** The server and all that speaks with it. */
class Redis {
  readonly #server: RedisServer;
  readonly client: Client;
  readonly manager: RedisManager;

  private constructor(server: RedisServer, client: Client, manager: RedisManager) {
    this.#server = server;
    this.client = client;
    this.manager = manager;
  }

  static async start(): Promise<Redis> {
    const server = await RedisServer.start();
    const client = clientAt(server.url);
    await client.connect();
    return new Redis(server, client, Manager.connect(server.url, { driver: "redis" }));
  }

  async end(): Promise<void> {
    this.manager.close();
    this.client.destroy();
    await this.#server[Symbol.asyncDispose]();
  }
}

const TAKE = "return redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) and 1 or 0";
const GIVE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0";
const LEASE = "15000";

/** Two scripts, each awaited: what every page on locks in Redis shows. */
async function bareLock(client: Client): Promise<Contestant> {
  const load = async (lua: string): Promise<string> => {
    await client.scriptLoad(lua);
    return createHash("sha1").update(lua).digest("hex");
  };
  const [take, give] = [await load(TAKE), await load(GIVE)];
  return {
    name: "two bare scripts in Lua",
    async run(times) {
      for (let i = 0; i < times; i++) {
        const token = String(i);
        await client.evalSha(take, { keys: ["bare"], arguments: [token, LEASE] });
        await client.evalSha(give, { keys: ["bare"], arguments: [token] });
      }
      return times;
    },
  };
}

function locks(manager: RedisManager): Contestant[] {
  const [awaited, blocking] = [manager.lock(), manager.lock()];
  const against = { "two bare scripts in Lua": 0.9 };
  return [
    {
      name: "awaited",
      against,
      async run(times) {
        for (let i = 0; i < times; i++) {
          // What is measured is the pair alone.
          await awaited.acquireAsync();
          awaited.release();
        }
        return times;
      },
    },
    {
      name: "blocking",
      against,
      run(times) {
        for (let i = 0; i < times; i++) {
          // What is measured is the pair alone.
          blocking.acquire();
          blocking.release();
        }
        return times;
      },
    },
  ];
}

/** Items are added, read by a group, acknowledged and deleted. */
async function bareStream(client: Client): Promise<Contestant> {
  await client.xGroupCreate("bare stream", "all", "$", { MKSTREAM: true });
  const group = async (size: number): Promise<void> => {
    await Promise.all(Array.from({ length: size }, (_, i) => client.xAdd("bare stream", "*", { v: `item ${i}` })));
    const stream = { key: "bare stream", id: ">" };
    const found = (await client.xReadGroup("all", "me", stream, { COUNT: size })) as
      | readonly { readonly messages: readonly { readonly id: string }[] }[]
      | null;
    const ids = found?.[0]?.messages.map(({ id }) => id) ?? [];
    if (ids.length !== size) throw new Error(`${ids.length} items came of ${size}.`);
    await Promise.all([client.xAck("bare stream", "all", ids), client.xDel("bare stream", ids)]);
  };
  return { name: "bare Streams", run: (times) => inGroups(times, group) };
}

function queue(manager: RedisManager): Contestant {
  const items = manager.queue<string>();
  const group = async (size: number): Promise<void> => {
    await Promise.all(Array.from({ length: size }, (_, i) => items.putAsync(`item ${i}`)));
    await Promise.all(Array.from({ length: size }, () => items.getAsync()));
    for (let i = 0; i < size; i++) items.taskDone();
  };
  return { name: `${GROUP} at once`, against: { "bare Streams": 0.7 }, run: (times) => inGroups(times, group) };
}

async function inGroups(times: number, group: (size: number) => Promise<void>): Promise<number> {
  for (let left = times; left > 0; left -= GROUP) await group(Math.min(left, GROUP));
  return times;
}

let redis: Redis | undefined;

export const redisLock: Race = {
  title: "lock in Redis",
  unit: "pairs",
  async contestants() {
    redis = await Redis.start();
    return [await bareLock(redis.client), ...locks(redis.manager)];
  },
  end: () => redis?.end(),
};

export const redisQueue: Race = {
  title: "queue in Redis",
  unit: "items",
  async contestants() {
    redis = await Redis.start();
    return [await bareStream(redis.client), queue(redis.manager)];
  },
  end: () => redis?.end(),
};
