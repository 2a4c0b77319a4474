/** What clients of a service do whose faults are soaked: put, get, and take a lock, and write down what came of it. */
import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { AbandonedLockError, ConnectionClosedError, Empty, sleep, tasks } from "heddle";
import { Manager, type ManagerLock, type QueueProxy } from "heddle/process";

/** What a client is told. */
export interface Client {
  readonly url: string;
  readonly authkey: string;
  readonly role: "producer" | "consumer";
  /** Has the log of all, to which each line is appended in one step, and the word that pauses producers. */
  readonly folder: string;
  readonly id: number;
}

/** The names by which clients meet. */
export const QUEUE = "soak queue";
const LOCK = "soak lock";

const TURN = { timeout: 100 };

/** Goes on until it is killed. */
export function runClient(client: Client): void {
  const say = (...words: readonly (string | number)[]): void => {
    appendFileSync(join(client.folder, "log"), `${words.join(" ")}\n`);
  };
  let made = 0;
  for (;;) {
    try {
      const manager = Manager.connect(client.url, { authkey: client.authkey });
      const queue = manager.queue<string>(0, { name: QUEUE });
      const lock = manager.lock({ name: LOCK });
      say("connected", client.id);
      for (;;) {
        if (client.role === "consumer") take(queue, client, say);
        else if (readFileSync(join(client.folder, "pause"), { encoding: "utf8", flag: "a+" }) === "")
          say("idle", client.id);
        else made = produce(queue, client, made, say);
        hold(lock, client, say);
        sleep(1);
      }
    } catch (error) {
      if (!(error instanceof ConnectionClosedError)) say("error", client.id, String(error).replaceAll(/\s/g, "_"));
      say("down", client.id);
      sleep(5);
    }
  }
}

type Say = (...words: readonly (string | number)[]) => void;

function produce(queue: QueueProxy<string>, { id }: Client, made: number, say: Say): number {
  const item = `${id}:${made}`;
  queue.put(item);
  say("put", id, item);
  return made + 1;
}

function take(queue: QueueProxy<string>, { id }: Client, say: Say): void {
  try {
    say("got", id, queue.get(TURN));
    queue.taskDone();
  } catch (error) {
    if (!(error instanceof Empty)) throw error;
    say("empty", id);
  }
}

function hold(lock: ManagerLock, { id }: Client, say: Say): void {
  try {
    if (!lock.acquire(TURN)) return;
  } catch (error) {
    if (!(error instanceof AbandonedLockError)) throw error; // it is held
  }
  say("begin", id);
  say("end", id);
  try {
    lock.release();
    say("released", id);
  } catch (error) {
    say("lost", id);
    throw error;
  }
}

tasks(import.meta.url, { runClient });
