/**
 * Async acquirers of one isolate queue here, per gate, and only the queue waits in shared memory. A platform wait
 * cannot be withdrawn, so an acquirer of its own that gave up would swallow a wake-up meant for the next one.
 */
import type { Abort } from "./abort.js";
import { MUTEX_PARKED, words } from "./arena.js";
import { keepAlive, letGo, watch } from "./futex.js";
import { type Outcome, takeOrPark } from "./mutex.js";
import { holdCell } from "./shared.js";

/** What acquirers wait at. */
export interface Gate {
  /** The cell, kept while somebody waits. */
  readonly at: number;
  /** Changes, and is notified, when it is worth another try. */
  readonly word: number;
  /** One try; when it fails, the next chance changes the word. */
  attempt(othersParked: boolean): Outcome;
}

interface Acquirer {
  readonly settle: (outcome: "taken" | "abandoned") => void;
}

interface Parking {
  readonly gate: Gate;
  readonly letGo: () => void;
  readonly acquirers: Set<Acquirer>;
  watching: boolean;
}

const parkings = new Map<number, Parking>();

/** The gate of a cell's mutex. */
export function mutexGate(at: number): Gate {
  return { at, word: at + MUTEX_PARKED, attempt: (othersParked) => takeOrPark(at, othersParked) };
}

/** Waits for an async task's turn. Rejects with the signal's reason. */
export function takeAsync(gate: Gate, timeout: number, signal: Abort | undefined): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const parking = parkings.get(gate.word) ?? park(gate);
    const end = (): void => {
      letGo();
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
      parking.acquirers.delete(acquirer);
    };
    const acquirer: Acquirer = {
      settle(outcome) {
        end();
        resolve(outcome);
      },
    };
    const abort = (): void => {
      end();
      reject(signal?.reason);
    };
    const expire = (): void => {
      end();
      resolve("timeout");
    };
    keepAlive();
    const timer = timeout === Number.POSITIVE_INFINITY ? undefined : setTimeout(expire, timeout);
    signal?.addEventListener("abort", abort, { once: true });
    parking.acquirers.add(acquirer);
    serve(parking);
  });
}

/** The parking keeps the cell, because a wake-up may come after the last wrapper was closed. */
function park(gate: Gate): Parking {
  const parking = { gate, letGo: holdCell(gate.at), acquirers: new Set<Acquirer>(), watching: false };
  parkings.set(gate.word, parking);
  return parking;
}

/** Lets the first acquirer through if that is possible, else waits for the next chance. */
function serve(parking: Parking): void {
  const [first] = parking.acquirers;
  if (first === undefined) {
    if (parking.watching) return;
    parkings.delete(parking.gate.word);
    parking.letGo();
    return;
  }
  // Read before the try: a release between the two changes the word, and the watch returns at once.
  const seen = Atomics.load(words, parking.gate.word);
  const outcome = parking.gate.attempt(parking.acquirers.size > 1);
  if (outcome !== "timeout") {
    first.settle(outcome);
    serve(parking);
    return;
  }
  if (parking.watching) return;
  parking.watching = true;
  watch(parking.gate.word, seen, () => {
    parking.watching = false;
    serve(parking);
  });
}
