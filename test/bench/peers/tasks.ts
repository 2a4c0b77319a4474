/** What Heddle's threads run in the benchmarks of pools and queues. */
import { type Condition, type Event, type Lock, type Queue, type SharedValue, tasks } from "heddle";

export function identity<T>(value: T): T {
  return value;
}

export type Payload = "16 bytes" | "object" | "64 KB";

const PAYLOADS: Readonly<Record<Payload, unknown>> = {
  "16 bytes": "sixteen bytes in",
  object: { id: 7, name: "an item", tags: ["a", "b"], at: 1.5 },
  "64 KB": new Uint8Array(65_536).fill(7),
};

export function payload(kind: Payload): unknown {
  return PAYLOADS[kind];
}

/** Puts as many items as it is told, over and over, until it is told none. */
export function putItems(orders: Queue<number>, items: Queue<unknown>, kind: Payload): void {
  for (let times = orders.get(); times > 0; times = orders.get()) {
    for (let i = 0; i < times; i++) items.put(PAYLOADS[kind]);
  }
}

/** Keeps a core busy for so many milliseconds. */
export function spin(milliseconds: number): number {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
  return 1;
}

const guarded = { sum: 0 };

/** Takes and gives back a lock as often as it is told, over and over. */
export function contend(orders: Queue<number>, done: Queue<number>, lock: Lock): void {
  for (let times = orders.get(); times > 0; times = orders.get()) {
    for (let i = 0; i < times; i++) {
      lock.acquire();
      guarded.sum += i;
      lock.release();
    }
    done.put(guarded.sum);
  }
}

/** Answers each event with the other one. */
export function answerEvents(ping: Event, pong: Event): void {
  for (;;) {
    ping.wait();
    ping.clear();
    pong.set();
  }
}

/** Takes its turn whenever it has it: when the value is odd. */
export function answerCondition(condition: Condition, turn: SharedValue<"i32">): void {
  for (;;) {
    condition.acquire();
    condition.waitFor(() => turn.value % 2 === 1);
    turn.value += 1;
    condition.notify();
    condition.release();
  }
}

tasks(import.meta.url, { identity, putItems, spin, contend, answerEvents, answerCondition });
