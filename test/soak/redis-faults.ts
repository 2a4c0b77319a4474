import assert from "node:assert/strict";
import { setTimeout as after } from "node:timers/promises";
import { AbandonedLockError, ConnectionClosedError, Empty, StateError } from "heddle";
import { type DurableQueue, type LeasedLock, Manager } from "heddle/process";
import { Random } from "../support/random.js";
import { Cutter, RedisServer } from "../support/redis-server.js";

const CLIENTS = 3;
/** Of each client, per round. */
const ITEMS = 6;
const SECTIONS = 4;
/** Milliseconds. */
const lease = 600;
const patience = 3000;
const LONGEST_FAULT = 1200;
const DEADLINE = 60_000;

interface Figures {
  rounds: number;
  cuts: number;
  pauses: number;
  restarts: number;
  /** Puts that returned, and those of which nobody knows whether they were done. */
  accepted: number;
  unknown: number;
  duplicates: number;
  sections: number;
  /** Leases that were over before they were renewed, and locks that came with the word of it. */
  lost: number;
  abandoned: number;
}

/**
 * Clients of Redis that put and take items and hold a lock, each by a connection of its own, while connections are cut, the
 * server stands still for longer than a lease, and it is killed and started again, with all that it has on disk. No item whose
 * `put` returned is lost; nobody has the lock while another one believes to have it; fencing tokens grow; and all clients
 * go on.
 * @throws AssertionError with seed and round at the first difference.
 */
export async function soakRedisFaults(rounds: number, seed: number): Promise<Figures> {
  await using server = await RedisServer.start(["--appendonly", "yes", "--appendfsync", "always"]);
  const random = new Random(seed);
  const figures: Figures = {
    rounds,
    cuts: 0,
    pauses: 0,
    restarts: 0,
    accepted: 0,
    unknown: 0,
    duplicates: 0,
    sections: 0,
    lost: 0,
    abandoned: 0,
  };
  const cutters = await Promise.all(Array.from({ length: CLIENTS }, () => Cutter.start(server.port)));
  const clients = cutters.map(({ url }) => Manager.connect(url, { lease, patience }));
  // To make an object blocks, which nobody is to do while something fails.
  const locks = clients.map((client) => client.lock({ name: "room" }));
  const queues = clients.map((client) => client.queue<string>(0, { name: "items" }));
  try {
    const room = new Room(figures);
    for (let round = 0; round < rounds; round++) {
      const where = `seed ${seed}, round ${round}`;
      const fault = strike(server, cutters, random, figures);
      const lives = locks.map((lock, i) =>
        live(lock, queues[i] as DurableQueue<string>, room, `${round}.${i}`, figures),
      );
      const all = Promise.all([fault, ...lives]);
      await inTime(all, where);
      await inTime(drain(queues, room), where);
      room.check(where);
    }
  } finally {
    server.resume();
    for (const cutter of cutters) cutter.open();
    for (const client of clients) client.close();
    for (const cutter of cutters) await cutter[Symbol.asyncDispose]();
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
  server: RedisServer,
  cutters: readonly Cutter[],
  random: Random,
  figures: Figures,
): Promise<void> {
  const [kind, first, time] = [random.below(3), random.below(50), random.below(LONGEST_FAULT)];
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
    await after(lease + time);
    server.resume();
  } else {
    figures.restarts++;
    await server.kill();
    await after(time);
    await server.start();
  }
}

/** What the clients do, seen from where nothing fails. */
class Room {
  readonly #figures: Figures;
  readonly #accepted = new Set<string>();
  readonly #seen = new Map<string, number>();
  #holder: { readonly fence: number; readonly lost: AbortSignal } | undefined;
  #fence = 0;

  constructor(figures: Figures) {
    this.#figures = figures;
  }

  accept(item: string): void {
    this.#figures.accepted++;
    this.#accepted.add(item);
  }

  see(item: string): void {
    const times = this.#seen.get(item) ?? 0;
    if (times > 0) this.#figures.duplicates++;
    this.#seen.set(item, times + 1);
  }

  get isDone(): boolean {
    return [...this.#accepted].every((item) => this.#seen.has(item));
  }

  enter(lock: LeasedLock): { readonly fence: number; readonly lost: AbortSignal } {
    const { fence, lost } = lock;
    const before = this.#holder;
    assert.ok(
      before === undefined || before.lost.aborted,
      `${fence} has the lock, and ${before?.fence} believes to have it`,
    );
    assert.ok(fence > this.#fence, `the fencing token ${fence} comes after ${this.#fence}`);
    this.#fence = fence;
    this.#holder = { fence, lost };
    this.#figures.sections++;
    return this.#holder;
  }

  leave(holder: { readonly fence: number; readonly lost: AbortSignal }): void {
    if (holder.lost.aborted) this.#figures.lost++;
    if (this.#holder === holder) this.#holder = undefined;
  }

  check(where: string): void {
    const lost = [...this.#accepted].filter((item) => !this.#seen.has(item));
    assert.deepEqual(lost, [], where);
    this.#accepted.clear();
    this.#seen.clear();
  }
}

/** One client's work: all of it comes to an end, whatever fails meanwhile. */
async function live(
  lock: LeasedLock,
  queue: DurableQueue<string>,
  room: Room,
  name: string,
  figures: Figures,
): Promise<void> {
  await Promise.all([
    (async () => {
      for (let i = 0; i < ITEMS; i++) {
        try {
          await queue.putAsync(`${name}.${i}`);
          room.accept(`${name}.${i}`);
        } catch (error) {
          if (!(error instanceof ConnectionClosedError)) throw error;
          figures.unknown++;
        }
        await after(5);
      }
    })(),
    (async () => {
      for (let i = 0; i < ITEMS; i++) await take(queue, room, 100);
    })(),
    (async () => {
      for (let i = 0; i < SECTIONS; i++) await hold(lock, room, figures);
    })(),
  ]);
}

async function take(queue: DurableQueue<string>, room: Room, timeout: number): Promise<boolean> {
  try {
    const delivery = await queue.receiveAsync({ timeout });
    room.see(delivery.item);
    delivery.done();
    return true;
  } catch (error) {
    await after(5); // who fails at once leaves others time
    if (error instanceof Empty || error instanceof ConnectionClosedError) return false;
    throw error;
  }
}

async function hold(lock: LeasedLock, room: Room, figures: Figures): Promise<void> {
  try {
    await lock.acquireAsync();
  } catch (error) {
    if (!(error instanceof AbandonedLockError)) throw error;
    figures.abandoned++; // it is had
  }
  const holder = room.enter(lock);
  await after(20);
  room.leave(holder);
  try {
    lock.release();
  } catch (error) {
    if (!(error instanceof StateError)) throw error;
  }
}

/** Takes what is left, also what comes back when a lease is over. */
async function drain(queues: readonly DurableQueue<string>[], room: Room): Promise<void> {
  for (const queue of queues) while (await take(queue, room, 20));
  while (!room.isDone) for (const queue of queues) await take(queue, room, 100);
}
