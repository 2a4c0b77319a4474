/**
 * Clients of a service that lose their connection, or have one that says nothing, are paused and killed, and whose service is
 * paused, killed and started again, or has no memory, all at random moments. What the service is, is the engine's.
 */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { Process } from "heddle/process";
import { Folder } from "../support/folder.js";
import { Random } from "../support/random.js";
import { type Access, type Client, runClient } from "./faults-client.js";
import { FaultLog, type Figures } from "./faults-log.js";

/** A service that runs. */
export interface Service {
  /** Where clients find it, for `Manager.connect`, by turns; the same after a restart. */
  readonly urls: readonly string[];
  readonly access: Access;
  /** Whether what it had accepted is there after a restart. */
  readonly isLasting: boolean;
  /** Milliseconds of a pause behind which clients have lost what they had; 0 if there is no such. */
  readonly longPause: number;
  /** Milliseconds that anything may take to recover. */
  readonly patience: number;
  /** Cuts connections of clients, and takes new ones, perhaps not at once. */
  cut(random: Random): Promise<void>;
  /** Has connections of clients say nothing, and stay open: for good, or where clients do not look after that, for a while. */
  silence(random: Random): Promise<void>;
  /** Takes its memory away for a while; undefined where nothing is said of that. */
  readonly starve?: (random: Random) => Promise<void>;
  /** SIGSTOP or SIGCONT. */
  signal(signal: "SIGSTOP" | "SIGCONT"): void;
  /** Kills it and starts it again. */
  restart(random: Random): Promise<void>;
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
/** Milliseconds that what was lost with a consumer is looked for. */
const LOOK = 2000;
/** Rounds after which everything is looked for. */
const OFTEN = 10;

interface Running {
  readonly process: Process<never>;
  readonly client: Client;
}

/** @throws AssertionError with seed and round: something is lost, held twice, or ends with an error that no page tells of */
export async function soakFaults(engine: Engine, rounds: number, seed: number): Promise<Figures> {
  using folder = new Folder({ log: "" });
  using log = new FaultLog(folder.file("log"));
  const random = new Random(seed);
  const figures: Figures = {
    rounds: 0,
    faults: {},
    accepted: 0,
    unknown: 0,
    delivered: 0,
    twice: 0,
    lostWithConsumers: 0,
    lostWithService: 0,
    sections: 0,
    abandoned: 0,
    lost: 0,
    late: 0,
    reconnections: 0,
    slowestRecovery: 0,
  };
  const service = await engine.start(folder.path);
  const { urls, access, patience } = service;
  const clients: Running[] = [];
  let started = 0;
  const startClient = (role: Client["role"]): Running => {
    const id = ++started;
    const client: Client = { url: urls[id % urls.length] ?? "", access, role, folder: folder.path, id };
    const process = new Process({ target: runClient, args: [client], daemon: true });
    process.start();
    return { process: process as unknown as Process<never>, client };
  };
  const pauseProducers = (isPaused: boolean): void => writeFileSync(folder.file("pause"), isPaused ? "" : "go");
  /** Every client does something again. */
  const recovered = async (): Promise<void> => {
    const start = performance.now();
    let from = log.read().length;
    const waiting = new Set(clients.map(({ client }) => `${client.id}`));
    while (waiting.size > 0) {
      const lines = log.read();
      for (; from < lines.length; from++) {
        const [what, id] = lines[from] ?? ["", ""];
        if (what !== "down") waiting.delete(id);
      }
      assert.ok(performance.now() - start < patience, `clients ${[...waiting].join(", ")} do nothing any more`);
      if (waiting.size > 0) await delay(5);
    }
    figures.slowestRecovery = Math.max(figures.slowestRecovery, Math.round(performance.now() - start));
  };
  /** Items that may be gone with consumers. */
  let removed = 0;
  const mayHaveRemoved = (consumers: number): void => {
    if (!access.keepsTaken) removed += consumers;
  };
  /** Nobody puts any more, all is taken: what is missing then? */
  const settle = async (): Promise<void> => {
    pauseProducers(true);
    const start = performance.now();
    let from = log.read().length;
    const busy = new Set(
      clients.filter(({ client }) => client.role === "producer").map(({ client }) => `${client.id}`),
    );
    const look = access.keepsTaken ? patience : LOOK;
    const isSettled = async (): Promise<boolean> => {
      const lines = log.read();
      for (; from < lines.length; from++) {
        const [what, id] = lines[from] ?? ["", ""];
        if (what === "idle") busy.delete(id);
      }
      if (busy.size > 0 || (await service.waiting()) > 0) return false;
      log.read();
      return log.missing.size <= removed || performance.now() - start > look;
    };
    while (!(await isSettled())) {
      assert.ok(performance.now() - start < look + patience, "the queue is never empty");
      await delay(5);
    }
    const lost = [...log.missing];
    figures.lostWithConsumers += lost.length;
    assert.ok(lost.length <= removed, `${lost.length} items lost, but ${removed} consumers: ${lost.join(", ")}`);
    log.missing.clear();
    removed = 0;
    pauseProducers(false);
  };

  const faults: Readonly<Record<string, () => Promise<void>>> = {
    async killClient() {
      const at = random.below(clients.length);
      const { process, client } = clients[at] as Running;
      process.kill();
      if (client.role === "consumer") mayHaveRemoved(1);
      clients[at] = startClient(client.role);
    },
    async pauseClient() {
      const { pid = 0 } = (clients[random.below(clients.length)] as Running).process;
      process.kill(pid, "SIGSTOP");
      await delay(random.below(60));
      process.kill(pid, "SIGCONT");
    },
    async pauseService() {
      const isLong = service.longPause > 0 && random.below(2) === 1;
      service.signal("SIGSTOP");
      await delay(random.below(60) + (isLong ? service.longPause : 0));
      service.signal("SIGCONT");
    },
    async cut() {
      await service.cut(random);
      mayHaveRemoved(CONSUMERS); // each may have an item in hand that it can tell nobody of any more
    },
    silence: () => service.silence(random),
    starve: () => service.starve?.(random) ?? Promise.resolve(),
    async restart() {
      if (service.isLasting) return service.restart(random);
      await settle();
      await delay(random.below(60));
      await service.restart(random);
      log.read();
      figures.lostWithService += log.missing.size;
      log.missing.clear();
    },
  };
  const names = ["killClient", "killClient", "pauseClient", "pauseService", "cut", "cut", "restart", "silence"];
  if (service.starve !== undefined) names.push("starve");
  try {
    pauseProducers(false);
    for (let i = 0; i < PRODUCERS; i++) clients.push(startClient("producer"));
    for (let i = 0; i < CONSUMERS; i++) clients.push(startClient("consumer"));
    await recovered();
    for (; figures.rounds < rounds; figures.rounds++) {
      const name = random.pick(names);
      figures.faults[name] = (figures.faults[name] ?? 0) + 1;
      await delay(random.below(40));
      try {
        await faults[name]?.();
        await recovered();
        if (figures.rounds % OFTEN === OFTEN - 1) await settle();
      } catch (error) {
        throw new Error(`${engine.name}, seed ${seed}, round ${figures.rounds}, ${name}`, { cause: error });
      }
    }
    await settle();
    log.check(figures, access);
  } finally {
    for (const { process } of clients) process.kill();
    for (const { process } of clients) await process.joinAsync({ timeout: patience });
    await service.end();
  }
  return figures;
}
