/** The cell of a channel between ports of the program's own, for a recorder: both ends name it by this. */
import { allocateCell, FIELDS, KIND, KINDS, words } from "./arena.js";

/** Of the channel between a worker and its maker, Node's `threadId` of the worker. */
const WORKER = FIELDS;

export function createMessageChannel(): number {
  const at = allocateCell();
  Atomics.store(words, at + KIND, KINDS.channel);
  return at;
}

/** It is between the worker and its maker. */
export function setWorker(at: number, threadId: number): void {
  Atomics.store(words, at + WORKER, threadId);
}

/** 0: it is no worker's. */
export function workerOf(at: number): number {
  return Atomics.load(words, at + WORKER);
}
