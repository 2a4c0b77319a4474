/** What clients of a service do whose faults are soaked: put, get, and take a lock, and write down what came of it. */
import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { AbandonedLockError, ConnectionClosedError, Empty, StateError, sleep, tasks } from "heddle";
import {
  type Delivery,
  type DurableQueue,
  type LeasedLock,
  Manager,
  type ManagerLock,
  type QueueProxy,
} from "heddle/process";

/** What clients have to know of a service. */
export interface Access {
  /** For `Manager.connect`. */
  readonly options: object;
  /** For the queue. */
  readonly queueOptions: object;
  /** A client connects again by itself; otherwise who uses it does. */
  readonly connectsAgain: boolean;
  /** An item that was taken stays until it is reported, and is marked when it comes again. */
  readonly keepsTaken: boolean;
  /** `leased`: with fencing tokens, and an end of their own. */
  readonly locks: "none" | "held" | "leased";
  /** Milliseconds that a lock is a client's at least. */
  readonly lease: number;
  /** How the word of a service begins that has no memory left, and did nothing. */
  readonly refusal: string | undefined;
}

/** What a client is told. */
export interface Client {
  readonly url: string;
  readonly access: Access;
  readonly role: "producer" | "consumer";
  /** Has the log of all, to which each line is appended in one step, and the word that pauses producers. */
  readonly folder: string;
  readonly id: number;
}

/** The names by which clients meet. */
export const QUEUE = "soak queue";
const LOCK = "soak lock";

const TURN = { timeout: 100 };
/** Every so many-th client is slow. */
const SLOW = 5;

/** Goes on until it is killed. */
export function runClient(client: Client): void {
  const { access, url, id } = client;
  const say: Say = (...words) => appendFileSync(join(client.folder, "log"), `${words.join(" ")}\n`);
  const fail = (error: unknown): void => {
    const { refusal } = access;
    const isRefused = refusal !== undefined && error instanceof StateError && error.message.startsWith(refusal);
    if (!(isRefused || error instanceof ConnectionClosedError)) say("error", id, String(error).replaceAll(/\s/g, "_"));
    say("down", id);
    sleep(5);
  };
  const made = { count: 0 };
  for (;;) {
    try {
      const manager = Manager.connect(url, access.options as never) as Manager;
      const queue = manager.queue<string>(0, { name: QUEUE, ...access.queueOptions });
      const lock = access.locks === "none" ? undefined : manager.lock({ name: LOCK });
      say("connected", id);
      for (;;) {
        try {
          turn(client, queue, made, say);
          if (lock !== undefined) hold(lock, client, say);
          sleep(1);
        } catch (error) {
          if (!access.connectsAgain) throw error;
          fail(error);
        }
      }
    } catch (error) {
      fail(error);
    }
  }
}

type Say = (...words: readonly (string | number)[]) => void;

function turn(client: Client, queue: QueueProxy<string>, made: { count: number }, say: Say): void {
  const { role, access, folder, id } = client;
  if (role === "consumer") {
    if (access.keepsTaken) receive(queue as DurableQueue<string>, id, say);
    else take(queue, id, say);
  } else if (readFileSync(join(folder, "pause"), { encoding: "utf8", flag: "a+" }) === "") {
    say("idle", id);
  } else {
    produce(queue, id, made, say);
  }
}

function produce(queue: QueueProxy<string>, id: number, made: { count: number }, say: Say): void {
  const item = `${id}:${made.count++}`;
  try {
    queue.put(item);
  } catch (error) {
    if (error instanceof ConnectionClosedError) say("unknown", id, item);
    throw error;
  }
  say("put", id, item);
}

function take(queue: QueueProxy<string>, id: number, say: Say): void {
  try {
    say("got", id, queue.get(TURN));
    queue.taskDone();
  } catch (error) {
    if (!(error instanceof Empty)) throw error;
    say("empty", id);
  }
}

function receive(queue: { receive(options: object): Delivery<string> }, id: number, say: Say): void {
  try {
    const delivery = queue.receive(TURN);
    say(delivery.isDuplicate ? "again" : "got", id, delivery.item);
    delivery.done();
  } catch (error) {
    if (!(error instanceof Empty)) throw error;
    say("empty", id);
  }
}

function hold(lock: ManagerLock, { id, access }: Client, say: Say): void {
  const asked = performance.now();
  try {
    if (!lock.acquire(TURN)) return;
  } catch (error) {
    if (!(error instanceof AbandonedLockError)) throw error; // it is held
    say("abandoned", id);
  }
  const isLeased = access.locks === "leased";
  say("begin", id, isLeased ? (lock as LeasedLock).fence : 0);
  // One of them blocks for longer than its lease, which is renewed meanwhile, unless the service is out of reach.
  if (isLeased && id % SLOW === 0) sleep(access.lease * 1.2);
  say("end", id, Math.round(performance.now() - asked));
  try {
    lock.release();
    say("released", id);
  } catch (error) {
    say("lost", id);
    if (!(isLeased && error instanceof StateError)) throw error;
  }
}

tasks(import.meta.url, { runClient });
