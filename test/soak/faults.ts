/**
 * Clients of a service that lose their connection, are paused and killed, and whose service is paused, killed and started
 * again, all at random moments. What the service is, is the engine's.
 */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { Process } from "heddle/process";
import { Folder } from "../support/folder.js";
import { Random } from "../support/random.js";
import { type Client, runClient } from "./faults-client.js";

/** A service that runs. */
export interface Service {
  /** Where clients find it, for `Manager.connect`; the same after a restart. */
  readonly url: string;
  readonly authkey: string;
  /** Cuts all connections of clients, and takes new ones. */
  cut(): void;
  /** SIGSTOP or SIGCONT. */
  signal(signal: NodeJS.Signals): void;
  /** Kills it and starts it again. */
  restart(): Promise<void>;
  /** Whether what it had accepted is there after a restart. */
  readonly isLasting: boolean;
  /** How many items of the queue nobody has taken so far. */
  waiting(): Promise<number>;
  end(): Promise<void>;
}

/** What the soak is done to. */
export interface Engine {
  readonly name: string;
  start(folder: string): Promise<Service>;
}

const PRODUCERS = 2;
const CONSUMERS = 3;
/** Milliseconds that anything may take to recover. */
const PATIENCE = 30_000;

interface Figures {
  rounds: number;
  readonly faults: Record<string, number>;
  accepted: number;
  delivered: number;
  /** Items that came more than once. */
  twice: number;
  /** Items that a consumer had taken when it was killed, or cut off with them in its hands. */
  lostWithConsumers: number;
  /** Items that were accepted since the last look when a service was killed that keeps them in its memory. */
  lostWithService: number;
  sections: number;
  reconnections: number;
  slowestRecovery: number;
}

/** @throws AssertionError with seed and round: something is lost, held twice, or ends with an error that no page tells of */
export async function soakFaults(engine: Engine, rounds: number, seed: number): Promise<Figures> {
  using folder = new Folder({ log: "" });
  const random = new Random(seed);
  const figures: Figures = {
    rounds: 0,
    faults: {},
    accepted: 0,
    delivered: 0,
    twice: 0,
    lostWithConsumers: 0,
    lostWithService: 0,
    sections: 0,
    reconnections: 0,
    slowestRecovery: 0,
  };
  const service = await engine.start(folder.path);
  const clients: { process: Process<never>; readonly client: Client }[] = [];
  let started = 0;
  const startClient = (role: Client["role"]): { process: Process<never>; readonly client: Client } => {
    const { url, authkey } = service;
    const client: Client = { url, authkey, role, folder: folder.path, id: ++started };
    const process = new Process({ target: runClient, args: [client], daemon: true });
    process.start();
    return { process: process as unknown as Process<never>, client };
  };
  const lines = (): string[][] =>
    readFileSync(folder.file("log"), "utf8")
      .split("\n")
      .slice(0, -1)
      .map((line) => line.split(" "));
  /** Items that need no more be accounted for. */
  const settled = new Set<string>();
  /** Every client does something again. */
  const recovered = async (): Promise<void> => {
    const start = performance.now();
    const from = lines().length;
    const waiting = new Set(clients.map(({ client }) => `${client.id}`));
    while (waiting.size > 0) {
      for (const [, id = ""] of lines().slice(from)) waiting.delete(id);
      assert.ok(performance.now() - start < PATIENCE, `clients ${[...waiting].join(", ")} do nothing any more`);
      if (waiting.size > 0) await delay(5);
    }
    figures.slowestRecovery = Math.max(figures.slowestRecovery, Math.round(performance.now() - start));
  };
  let removed = 0;
  /** Nobody puts any more, all is taken: what is missing then? */
  const settle = async (): Promise<void> => {
    writeFileSync(folder.file("pause"), "");
    const start = performance.now();
    const missing = (): string[] => {
      const got = new Set(lines().flatMap(([what, , item = ""]) => (what === "got" ? [item] : [])));
      const put = lines().flatMap(([what, , item = ""]) => (what === "put" ? [item] : []));
      return put.filter((item) => !got.has(item) && !settled.has(item));
    };
    const idle = (): boolean => {
      const last = new Map(lines().map(([what = "", id = ""]) => [id, what]));
      return clients.every(({ client }) => client.role !== "producer" || last.get(`${client.id}`) === "idle");
    };
    while (
      !idle() ||
      (await service.waiting()) > 0 ||
      (missing().length > removed && performance.now() - start < 2000)
    ) {
      assert.ok(performance.now() - start < PATIENCE, "the queue is never empty");
      await delay(5);
    }
    const lost = missing();
    figures.lostWithConsumers += lost.length;
    assert.ok(lost.length <= removed, `${lost.length} items lost, but ${removed} consumers: ${lost.join(", ")}`);
    for (const item of lost) settled.add(item);
    removed = 0;
  };

  const faults: Readonly<Record<string, () => Promise<void>>> = {
    async killClient() {
      const at = random.below(clients.length);
      const { process, client } = clients[at] as (typeof clients)[number];
      process.kill();
      if (client.role === "consumer") removed++;
      clients[at] = startClient(client.role);
    },
    async pauseClient() {
      const { pid = 0 } = (clients[random.below(clients.length)] as (typeof clients)[number]).process;
      process.kill(pid, "SIGSTOP");
      await delay(random.below(60));
      process.kill(pid, "SIGCONT");
    },
    async pauseService() {
      service.signal("SIGSTOP");
      await delay(random.below(60));
      service.signal("SIGCONT");
    },
    async cut() {
      service.cut();
      removed += CONSUMERS; // each may have an item in hand that it can tell nobody of any more
    },
    async restart() {
      await settle();
      const before = lines().length;
      writeFileSync(folder.file("pause"), "go");
      await delay(random.below(60));
      await service.restart();
      if (service.isLasting) return;
      const got = new Set(lines().flatMap(([what, , item = ""]) => (what === "got" ? [item] : [])));
      for (const [what, , item = ""] of lines().slice(before)) {
        if (what !== "put" || got.has(item) || settled.has(item)) continue;
        settled.add(item);
        figures.lostWithService++;
      }
    },
  };
  const names = ["killClient", "killClient", "pauseClient", "pauseService", "cut", "cut", "restart"];
  try {
    for (let i = 0; i < PRODUCERS; i++) clients.push(startClient("producer"));
    for (let i = 0; i < CONSUMERS; i++) clients.push(startClient("consumer"));
    await recovered();
    for (; figures.rounds < rounds; figures.rounds++) {
      const name = random.pick(names);
      figures.faults[name] = (figures.faults[name] ?? 0) + 1;
      await delay(random.below(40));
      try {
        await faults[name]?.();
        writeFileSync(folder.file("pause"), "go");
        await recovered();
      } catch (error) {
        throw new Error(`${engine.name}, seed ${seed}, round ${figures.rounds}, ${name}`, { cause: error });
      }
    }
    await settle();
    check(lines(), figures);
  } finally {
    for (const { process } of clients) process.kill();
    for (const { process } of clients) await process.joinAsync({ timeout: PATIENCE });
    await service.end();
  }
  return figures;
}

/** A critical section whose holder was never told that it had lost the lock has no other one in it. */
function check(log: readonly (readonly string[])[], figures: Figures): void {
  const seen = new Set<string>();
  const open = new Map<string, string[]>();
  const ended = new Map<string, string[]>();
  for (const [what, id = "", item = "", ...rest] of log) {
    assert.notEqual(what, "error", `client ${id} has an error that no page tells of: ${[item, ...rest].join(" ")}`);
    if (what === "put") figures.accepted++;
    if (what === "connected") figures.reconnections++;
    if (what === "got") {
      figures.delivered++;
      if (seen.has(item)) figures.twice++;
      seen.add(item);
    }
    if (what === "begin") {
      for (const others of open.values()) others.push(id);
      open.set(id, []);
    }
    if (what === "end") {
      ended.set(id, open.get(id) ?? []);
      open.delete(id);
    }
    if (what === "released") {
      const others = ended.get(id) ?? [];
      figures.sections++;
      assert.deepEqual(others, [], `client ${id} and clients ${others.join(", ")} had the lock at the same time`);
    }
  }
}
