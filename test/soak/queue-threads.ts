/** What the threads of the soak of queues and pools run. */
import { type Queue, ShutDown, tasks } from "heddle";

/** An item: its priority, and which writer put it as which of its items. */
export type Item = [priority: number, writer: number, number: number];

export function writeItems(queue: Queue<Item>, writer: number): void {
  untilShutDown(() => {
    for (let number = 0; ; number++) queue.put([(number * 7) % 5, writer, number]);
  });
}

/** Passes on what it gets, so that main knows what was got. */
export function readItems(queue: Queue<Item>, got: Queue<Item>): void {
  untilShutDown(() => {
    for (;;) got.put(queue.get());
  });
}

function untilShutDown(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof ShutDown)) throw error;
  }
}

export function double(n: number): number {
  return n * 2;
}

tasks(import.meta.url, { double, readItems, writeItems });
