/** What a thread and the thread that has its connections to Redis say to each other. Values in it are bytes. */
import type { MessagePort } from "node:worker_threads";
import type { SessionPlan } from "./session.js";

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

/** To the connections' thread. */
export type RedisRequest =
  /** With a number it is answered; without one nobody waits for it. */
  | {
      readonly do: "call";
      readonly number: number | undefined;
      /** A number is that of an object that is known there. */
      readonly subject: Subject | number;
      readonly method: string;
      readonly args: readonly unknown[];
    }
  | { readonly do: "know"; readonly object: number; readonly subject: Subject }
  | { readonly do: "cancel"; readonly number: number }
  /** Keeps an object without a name alive, or no more. */
  | { readonly do: "keep" | "drop"; readonly subject: Subject }
  /** The thread ends: what it has is for others at once. */
  | { readonly do: "leave"; readonly number: number };

/** An error without its class. */
export interface RedisFailure {
  readonly code: string;
  readonly message: string;
}

/** From it. */
export type RedisNews =
  | { readonly number: number; readonly value: unknown }
  | { readonly number: number; readonly error: RedisFailure }
  | { readonly number: number; readonly cancelled: true }
  /** What is had of the object under this ticket may be somebody else's by now. */
  | { readonly lost: string; readonly ticket: string };

/** What the connections' thread is started with. */
export interface RedisBoot {
  readonly plan: SessionPlan;
  /** The word that changes with all news. */
  readonly at: number;
  readonly port: MessagePort;
  /** For what the client hears of when it is back in its event loop, too. */
  readonly losses: MessagePort;
}
