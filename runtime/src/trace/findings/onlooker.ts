/** What looks at a recorded program while it is played. */
import type { Hold, PlayedObject, PlayedThread, Wait } from "./played-program.js";

/** What looks at a program while it is played. All are called before the change that they tell of is made. */
export interface Onlooker {
  /** `mayWaitForEver`: had the lock not been free, the thread would have waited without a timeout. */
  takes?(hold: Hold, mayWaitForEver: boolean): void;
  gives?(hold: Hold, time: number): void;
  begins?(wait: Wait): void;
  /** `isOver`: false when the recording ended first. `cameAbout`: what it was for is so. */
  ends?(wait: Wait, time: number, isOver: boolean, cameAbout: boolean): void;
  notifies?(signal: Signal): void;
  /** So many messages are in the queue now; before, there was one more or one less. */
  fills?(thread: PlayedThread, queue: PlayedObject, count: number, time: number): void;
  /** `left` messages of the queue are not reported as done; below 0: it was one too many. */
  reports?(thread: PlayedThread, queue: PlayedObject, left: number, site: number): void;
  /** Some of what the thread did is not known. */
  loses?(thread: PlayedThread): void;
}

/** Somebody notified a condition or set an event; or cleared it. */
export interface Signal {
  readonly thread: PlayedThread;
  readonly object: PlayedObject;
  readonly time: number;
  readonly site: number;
  readonly isCleared: boolean;
  /** How many it woke; of a cleared event, whether anybody saw it set. */
  readonly count: number;
}

/** Of what belongs to one thread or lock, so many are looked at: a trace may have any number of them. */
export const MOST = 64;

/** The first of many. */
export function* few<T>(all: Iterable<T>): Generator<T> {
  let count = 0;
  for (const each of all) {
    if (count++ === MOST) return;
    yield each;
  }
}

/** An onlooker that wants to hear this. */
export type Hearing<Method extends keyof Onlooker> = Onlooker & Required<Pick<Onlooker, Method>>;

/** Those who want to hear it. */
export function hearing<Method extends keyof Onlooker>(
  onlookers: readonly Onlooker[],
  method: Method,
): readonly Hearing<Method>[] {
  return onlookers.filter((each): each is Hearing<Method> => each[method] !== undefined);
}
