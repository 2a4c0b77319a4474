/**
 * Async acquirers of one isolate queue here, per mutex, and only the queue waits in shared memory. A platform wait
 * cannot be withdrawn, so an acquirer of its own that gave up would swallow a wake-up meant for the next one.
 */
import type { Abort } from "./abort.js";
import { MUTEX_PARKED, words } from "./arena.js";
import { keepAlive, letGo, watch } from "./futex.js";
import { takeOrPark } from "./mutex.js";
import { holdCell } from "./shared.js";

interface Acquirer {
  readonly settle: (outcome: "taken" | "abandoned") => void;
}

interface Parking {
  readonly at: number;
  readonly letGo: () => void;
  readonly acquirers: Set<Acquirer>;
  watching: boolean;
}

const parkings = new Map<number, Parking>();

/** Takes the mutex for an async task. Rejects with the signal's reason. */
export function takeAsync(
  at: number,
  timeout: number,
  signal: Abort | undefined,
): Promise<"taken" | "abandoned" | "timeout"> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const parking = parkings.get(at) ?? park(at);
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
function park(at: number): Parking {
  const parking = { at, letGo: holdCell(at), acquirers: new Set<Acquirer>(), watching: false };
  parkings.set(at, parking);
  return parking;
}

/** Gives the mutex to the first acquirer if it is free, else waits for a release. */
function serve(parking: Parking): void {
  const [first] = parking.acquirers;
  if (first === undefined) {
    if (parking.watching) return;
    parkings.delete(parking.at);
    parking.letGo();
    return;
  }
  // Read before the try: a release between the two changes the word, and the watch returns at once.
  const seen = Atomics.load(words, parking.at + MUTEX_PARKED);
  const outcome = takeOrPark(parking.at, parking.acquirers.size > 1);
  if (outcome !== "timeout") {
    first.settle(outcome);
    serve(parking);
    return;
  }
  if (parking.watching) return;
  parking.watching = true;
  watch(parking.at + MUTEX_PARKED, seen, () => {
    parking.watching = false;
    serve(parking);
  });
}
