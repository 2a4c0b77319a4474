/** The lock that belongs to a piece of shared data, made when somebody first asks for it. */
import { FIELDS, release, retain, words } from "./arena.js";
import { cellOfLock, createLock, type Lock } from "./lock.js";
import { wrapperOf } from "./shared.js";

/** The word of a cell that names its lock's cell; 0 while there is none. */
const OWN_LOCK = FIELDS;

/** The `lock` option as a cell, 0 when absent. */
export function lockOption(lock: Lock | undefined): number {
  return lock === undefined ? 0 : cellOfLock(lock);
}

/** The part of a declaration's shape that says which lock it asks for. */
export function lockShape(lock: number): string {
  return lock === 0 ? "" : ` with lock ${lock}`;
}

/** For a new cell: the lock it was given. */
export function setOwnLock(at: number, lock: number): void {
  if (lock !== 0) retain(lock);
  Atomics.store(words, at + OWN_LOCK, lock);
}

/** For a cell that goes. */
export function dropOwnLock(at: number): void {
  const lock = Atomics.load(words, at + OWN_LOCK);
  if (lock !== 0) release(lock);
}

export function ownLock(at: number): Lock {
  let lock = Atomics.load(words, at + OWN_LOCK);
  if (lock === 0) {
    const fresh = createLock();
    lock = Atomics.compareExchange(words, at + OWN_LOCK, 0, fresh);
    if (lock === 0) lock = fresh;
    else release(fresh);
  }
  retain(lock);
  return wrapperOf(lock) as Lock;
}
