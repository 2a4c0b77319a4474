/** What the engine needs of a driver for Redis, and the two it knows. They are the user's, and loaded when they are needed. */
import { createRequire } from "node:module";
import { join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { StateError } from "../../errors.js";

/** What a command comes to: texts as bytes. */
export type Reply = Uint8Array | string | number | null | readonly Reply[];

export type Argument = string | Uint8Array;

/** One connection. It is not renewed: whoever has it opens another one. */
export interface Wire {
  /** Rejects with the server's refusal, or with whatever the driver says of a lost connection. */
  send(args: readonly Argument[]): Promise<Reply>;
  subscribe(channel: string, hear: (message: string) => void): Promise<void>;
  close(): void;
}

/** How to connect. */
export interface WirePlan {
  readonly url: string;
  /** Options of `tls.connect`, for `rediss:`. */
  readonly tls: object | undefined;
  /** Milliseconds. */
  readonly patience: number;
}

/** Opens a connection, and calls `ended` once when it has ended. */
export type Open = (plan: WirePlan, ended: () => void) => Promise<Wire>;

/** The drivers, in the order in which they are looked for. */
export const DRIVERS = ["redis", "ioredis"] as const;
export type DriverName = (typeof DRIVERS)[number];

/** Finds one of the drivers from the program, or from where it was started. @throws StateError there is none, or it is none */
export async function loadDriver(wanted: DriverName | undefined): Promise<Open> {
  // A proxy that came in a message says which, and is not to have any other file run.
  if (wanted !== undefined && !DRIVERS.includes(wanted)) {
    throw new StateError(`A driver for Redis is one of ${DRIVERS.join(", ")}, not ${JSON.stringify(wanted)}.`);
  }
  const names = wanted === undefined ? DRIVERS : [wanted];
  const places = [process.argv[1] ?? "", join(process.cwd(), "program.js"), import.meta.filename ?? ""];
  for (const name of names) {
    for (const place of places) {
      const found = place === "" ? undefined : resolved(name, place);
      if (found !== undefined) return OPENERS[name](await import(found));
    }
  }
  const install = wanted ?? "redis";
  throw new StateError(
    `Redis needs a driver that is not installed: npm install ${install}${wanted === undefined ? " (or ioredis)" : ""}.`,
  );
}

function resolved(name: string, place: string): string | undefined {
  try {
    return pathToFileURL(createRequire(place).resolve(name)).href;
  } catch {
    return undefined;
  }
}

const OPENERS: Readonly<Record<DriverName, (module: Record<string, unknown>) => Open>> = {
  redis: openerOfRedis,
  ioredis: openerOfIoredis,
};

function once(ended: () => void): () => void {
  let isOver = false;
  return () => {
    if (!isOver) ended();
    isOver = true;
  };
}

/** A server that takes a connection and says nothing is waited for without end by both drivers: what is not used is to be ended. */
async function connected(connecting: Promise<unknown>, patience: number, end: () => void): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it does not answer within ${patience} ms`)), patience);
  });
  try {
    await Promise.race([connecting, late]);
  } catch (error) {
    try {
      end();
    } catch {
      // It has ended by itself.
    }
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** As much of the package `redis` as is used here. */
interface RedisClient {
  on(event: string, hear: () => void): void;
  connect(): Promise<unknown>;
  sendCommand(args: readonly Argument[], options: object): Promise<Reply>;
  subscribe(channel: string, hear: (message: string) => void): Promise<void>;
  destroy(): void;
}

/** In its protocol, the type of texts. */
const BLOB = 36;

function openerOfRedis(module: Record<string, unknown>): Open {
  const createClient = (module.createClient ?? (module.default as typeof module).createClient) as (
    options: object,
  ) => RedisClient;
  return async ({ url, tls, patience }, ended) => {
    const over = once(ended);
    const client = createClient({
      url,
      RESP: 2,
      disableOfflineQueue: true,
      socket: { ...tls, reconnectStrategy: false, connectTimeout: patience, keepAlive: true },
    });
    client.on("error", over);
    client.on("end", over);
    await connected(client.connect(), patience, () => client.destroy());
    const options = { typeMapping: { [BLOB]: Buffer } };
    return {
      send: (args) => client.sendCommand(args.map(asBuffer), options),
      subscribe: (channel, hear) => client.subscribe(channel, hear),
      close() {
        try {
          client.destroy();
        } catch {
          // It was closed before.
        }
      },
    };
  };
}

/** As much of the package `ioredis` as is used here. */
interface IoredisClient {
  on(event: string, hear: (...args: string[]) => void): void;
  connect(): Promise<unknown>;
  callBuffer(command: string, args: readonly Argument[]): Promise<Reply>;
  subscribe(channel: string): Promise<unknown>;
  disconnect(): void;
}

function openerOfIoredis(module: Record<string, unknown>): Open {
  const Redis = (module.Redis ?? module.default) as new (url: string, options: object) => IoredisClient;
  return async ({ url, tls, patience }, ended) => {
    const client = new Redis(url, {
      ...(tls === undefined ? {} : { tls }),
      lazyConnect: true,
      retryStrategy: () => null,
      enableOfflineQueue: false,
      enableReadyCheck: false,
      maxRetriesPerRequest: 0,
      autoResendUnfulfilledCommands: false,
      autoResubscribe: false,
      connectTimeout: patience,
      protocol: 2,
    });
    let failure: unknown;
    const over = once(ended);
    client.on("error", (error) => {
      failure = error; // `connect` says only that the connection was closed
    });
    client.on("end", over);
    client.on("close", over);
    try {
      await connected(client.connect(), patience, () => client.disconnect());
    } catch (error) {
      throw failure ?? error;
    }
    return {
      send: ([command, ...args]) => client.callBuffer(String(command), args.map(asBuffer)),
      async subscribe(channel, hear) {
        client.on("message", (_, message) => hear(String(message)));
        await client.subscribe(channel);
      },
      close: () => client.disconnect(),
    };
  };
}

/** The drivers know Node's own bytes alone. */
function asBuffer(argument: Argument): string | Buffer {
  if (typeof argument === "string" || Buffer.isBuffer(argument)) return argument;
  return Buffer.from(argument.buffer, argument.byteOffset, argument.byteLength);
}
