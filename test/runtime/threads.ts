/** Threads of tests: started together, and waited for with a deadline. */
import assert from "node:assert/strict";
import { Event, type Thread } from "heddle";

export const DEADLINE = 30_000;
export const WAIT = { timeout: DEADLINE };

/** Runs the threads to their end. */
export function runAll(...threads: readonly Thread[]): void {
  for (const thread of threads) thread.start();
  joinAll(...threads);
}

export function joinAll(...threads: readonly Thread[]): void {
  for (const thread of threads) {
    thread.join(WAIT);
    assert.equal(thread.isAlive(), false, `${thread.name} did not end`);
  }
}

/** Runs `body` while the thread that `make` makes holds something: it sets the first event and waits for the second. */
export function whileHeld(make: (held: Event, letGo: Event) => Thread, body: () => void): void {
  const held = new Event();
  const letGo = new Event();
  const holder = make(held, letGo);
  holder.start();
  assert.ok(held.wait(WAIT));
  try {
    body();
  } finally {
    letGo.set();
    joinAll(holder);
  }
}
