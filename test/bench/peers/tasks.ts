/** What Heddle's threads run in the benchmarks of pools and queues. */
import { type Queue, tasks } from "heddle";

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

tasks(import.meta.url, { identity, putItems });
