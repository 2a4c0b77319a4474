/** What a thread and its connections' thread both know of an object in Redis. */
import { StateError } from "../../errors.js";

/** An object in Redis. */
export interface Subject {
  readonly kind: string;
  readonly name: string;
  /** Milliseconds for which what a client has of it stays its own without being renewed. */
  readonly lease: number;
  /** Of a queue: how many items it takes, 0 for any number. */
  readonly maxsize: number;
  /** Of a queue: how often an item is handed out before it is put aside. */
  readonly maxDeliveries: number;
  /** Of a condition: the name of its lock. */
  readonly lock: string;
  /** Of a condition: the kind of its lock. */
  readonly lockKind: string;
  /** Of a value: its type. */
  readonly type: string;
  /** Of a barrier: how long each waits, in milliseconds; null for ever. */
  readonly timeout: number | null;
}

/** What an object has of which nothing is said. */
export const NO_SUBJECT: Subject = {
  kind: "",
  name: "",
  lease: 0,
  maxsize: 0,
  maxDeliveries: 0,
  lock: "",
  lockKind: "",
  type: "",
  timeout: null,
};

/** @throws TypeError somebody else made it up */
export function checkedSubject(subject: Subject): Subject {
  const { kind, name, lease, maxsize, maxDeliveries, lock, lockKind, type, timeout } = subject;
  const areTexts = [kind, name, lock, lockKind, type].every((each) => typeof each === "string");
  const areNumbers = [lease, maxsize, maxDeliveries, timeout ?? 0].every((each) => typeof each === "number");
  if (!areTexts || !areNumbers) throw new TypeError("A proxy of Redis came that is none.");
  return { kind, name, lease, maxsize, maxDeliveries, lock, lockKind, type, timeout };
}

/** What the connections' thread says without being asked: what is had of the object under this ticket may be somebody else's by now. */
export interface LostLease {
  readonly lost: string;
  readonly ticket: string;
  /** The client has given it back since. */
  readonly isOver?: boolean;
}

/** Begins what is said of a server that takes nothing more for the moment. */
export const NO_MEMORY = "Redis has no memory left (maxmemory)";

/** Whether the server refused something that it may take later. */
export function isOutOfMemory(error: unknown): boolean {
  return error instanceof StateError && error.message.startsWith(NO_MEMORY);
}
