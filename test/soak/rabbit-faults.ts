import assert from "node:assert/strict";
import { setTimeout as after } from "node:timers/promises";
import { ConnectionClosedError, Empty } from "heddle";
import { Manager, type RabbitQueue } from "heddle/process";
import { RabbitServer } from "../support/rabbit-server.js";
import { Random } from "../support/random.js";
import { Cutter } from "../support/redis-server.js";

const CLIENTS = 3;
/** Of each client, per round. */
const ITEMS = 12;
/** Milliseconds. */
const patience = 10_000;
const heartbeat = 1000;
const LONGEST_FAULT = 1200;
/** After this long neither side has heard of the other for two heartbeats, and both have given up. */
const LONG_PAUSE = 3000;
/** Milliseconds. */
const LEADERLESS = 5000;
const DEADLINE = 90_000;

interface Figures {
  rounds: number;
  cuts: number;
  pauses: number;
  longPauses: number;
  restarts: number;
  /** Puts that returned, and those of which nobody knows whether they were done. */
  accepted: number;
  unknown: number;
  /** Items that came again, and those among them that were not marked: none. */
  duplicates: number;
  /** Milliseconds until all was there again after a fault, at the worst. */
  slowestRecovery: number;
}

/**
 * Clients of RabbitMQ that put and take items, each by a connection of its own, while connections are cut, the server stands
 * still, also for longer than connections live, and it is killed and started again. No item whose `put` returned is lost; what
 * comes again is marked; and all clients go on.
 * @throws AssertionError with seed and round at the first difference.
 */
export async function soakRabbitFaults(rounds: number, seed: number, running?: RabbitServer): Promise<Figures> {
  const server = running ?? (await RabbitServer.start());
  const random = new Random(seed);
  const figures: Figures = {
    rounds,
    cuts: 0,
    pauses: 0,
    longPauses: 0,
    restarts: 0,
    accepted: 0,
    unknown: 0,
    duplicates: 0,
    slowestRecovery: 0,
  };
  const cutters = await Promise.all(Array.from({ length: CLIENTS }, () => Cutter.start(server.port)));
  const clients = cutters.map(({ port }) => Manager.connect(`amqp://127.0.0.1:${port}`, { patience, heartbeat }));
  try {
    // A fault is no fault of an item's: however often it goes out, it is none of the dead.
    const options = { name: `faults ${seed}`, maxDeliveries: 1_000_000 };
    const queues = clients.map((client) => client.queue<string>(0, options));
    const room = new Room(figures);
    for (let round = 0; round < rounds; round++) {
      const where = `seed ${seed}, round ${round}`;
      const start = performance.now();
      let struck = start;
      const fault = strike(server, cutters, random, figures).then((): void => {
        struck = performance.now();
      });
      const lives = queues.map((queue, i) => live(queue, room, `${round}.${i}`));
      await inTime(Promise.all([fault, ...lives]), where);
      await inTime(drain(queues, room), where);
      room.check(where);
      figures.slowestRecovery = Math.max(figures.slowestRecovery, Math.round(performance.now() - struck));
    }
  } finally {
    server.resume();
    for (const cutter of cutters) cutter.open();
    for (const client of clients) client.close();
    for (const cutter of cutters) await cutter[Symbol.asyncDispose]();
    if (running === undefined) await server[Symbol.asyncDispose]();
  }
  return figures;
}

async function inTime(work: Promise<unknown>, where: string): Promise<void> {
  const end = new AbortController();
  const late = after(DEADLINE, undefined, { signal: end.signal }).then(() => assert.fail(`${where}: somebody hangs`));
  late.catch(() => {});
  await Promise.race([work, late]).finally(() => end.abort());
}

/** Something fails, at a random moment and for a random time. */
async function strike(
  server: RabbitServer,
  cutters: readonly Cutter[],
  random: Random,
  figures: Figures,
): Promise<void> {
  const [kind, first, time] = [random.below(4), random.below(100), random.below(LONGEST_FAULT)];
  const cutter = random.pick(cutters);
  await after(first);
  if (kind === 0) {
    figures.cuts++;
    cutter.close();
    await after(time);
    cutter.open();
  } else if (kind === 1) {
    figures.pauses++;
    server.pause();
    await after(time);
    server.resume();
  } else if (kind === 2) {
    figures.longPauses++;
    server.pause();
    await after(LONG_PAUSE + time);
    server.resume();
  } else {
    figures.restarts++;
    // Killed in its first seconds, it finds no leader of its queues for a minute when it is started again.
    await after(Math.max(0, LEADERLESS - server.age));
    await server.kill();
    await after(time);
    await server.start();
  }
}

/** What the clients do, seen from where nothing fails. */
class Room {
  readonly #figures: Figures;
  readonly #accepted = new Set<string>();
  readonly #seen = new Set<string>();

  constructor(figures: Figures) {
    this.#figures = figures;
  }

  accept(item: string): void {
    this.#figures.accepted++;
    this.#accepted.add(item);
  }

  doubt(): void {
    this.#figures.unknown++;
  }

  see(item: string, isDuplicate: boolean): void {
    if (this.#seen.has(item)) {
      this.#figures.duplicates++;
      assert.ok(isDuplicate, `${item} came again, and is not marked`);
    }
    this.#seen.add(item);
  }

  get isDone(): boolean {
    return [...this.#accepted].every((item) => this.#seen.has(item));
  }

  check(where: string): void {
    const lost = [...this.#accepted].filter((item) => !this.#seen.has(item));
    assert.deepEqual(lost, [], where);
    this.#accepted.clear();
  }
}

/** One client's work: all of it comes to an end, whatever fails meanwhile. */
async function live(queue: RabbitQueue<string>, room: Room, name: string): Promise<void> {
  await Promise.all([
    (async () => {
      for (let i = 0; i < ITEMS; i++) {
        try {
          await queue.putAsync(`${name}.${i}`);
          room.accept(`${name}.${i}`);
        } catch (error) {
          if (!(error instanceof ConnectionClosedError)) throw error;
          room.doubt();
        }
        await after(5);
      }
    })(),
    (async () => {
      for (let i = 0; i < ITEMS; i++) await take(queue, room, 100);
    })(),
  ]);
}

async function take(queue: RabbitQueue<string>, room: Room, timeout: number): Promise<boolean> {
  try {
    const delivery = await queue.receiveAsync({ timeout });
    room.see(delivery.item, delivery.isDuplicate);
    delivery.done();
    return true;
  } catch (error) {
    await after(5); // who fails at once leaves others time
    if (error instanceof Empty || error instanceof ConnectionClosedError) return false;
    throw error;
  }
}

/** Takes what is left, also what comes back when a connection is given up. */
async function drain(queues: readonly RabbitQueue<string>[], room: Room): Promise<void> {
  for (const queue of queues) while (await take(queue, room, 20));
  while (!room.isDone) for (const queue of queues) await take(queue, room, 100);
}
