/** The lock that belongs to a piece of shared data, made when somebody first asks for it. */
import { FIELDS, release, retain, words } from "./arena.js";
import { StateError } from "./errors.js";
import { cellOfLock, createLock, type Lock } from "./lock.js";
import { wrapperOf } from "./shared.js";

/** The word of a cell that names its lock's cell; 0 while there is none. */
const OWN_LOCK = FIELDS;

/** In its place: there is to be none. */
const NO_LOCK = -1;

/** The `lock` option as a cell; 0 for a lock that is made when it is asked for. @throws TypeError it is no lock */
export function lockOption(lock: Lock | boolean | undefined): number {
  if (lock === undefined || lock === true) return 0;
  if (lock === false) return NO_LOCK;
  if (typeof lock?.acquire !== "function" || typeof lock.release !== "function") {
    throw new TypeError("The option lock is a lock of this library, true or false.");
  }
  return cellOfLock(lock);
}

/** The part of a declaration's shape that says which lock it asks for. */
export function lockShape(lock: number): string {
  if (lock === NO_LOCK) return " without lock";
  return lock === 0 ? "" : ` with lock ${lock}`;
}

/** For a new cell: the lock it was given. */
export function setOwnLock(at: number, lock: number): void {
  if (lock > 0) retain(lock);
  Atomics.store(words, at + OWN_LOCK, lock);
}

/** For a cell that goes. */
export function dropOwnLock(at: number): void {
  const lock = Atomics.load(words, at + OWN_LOCK);
  if (lock > 0) release(lock);
}

/** The lock. @throws StateError there is to be none */
export function ownLock(at: number): Lock {
  let lock = Atomics.load(words, at + OWN_LOCK);
  if (lock === NO_LOCK) throw new StateError("This was made with lock: false, so there is no lock to get.");
  if (lock === 0) {
    const fresh = createLock();
    lock = Atomics.compareExchange(words, at + OWN_LOCK, 0, fresh);
    if (lock === 0) lock = fresh;
    else release(fresh);
  }
  retain(lock);
  return wrapperOf(lock) as Lock;
}
