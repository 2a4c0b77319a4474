/** What a thread and its helper say to each other. Numbers named `at` are blocks of the arena, read by both. */
import type { MessagePort } from "node:worker_threads";
import type { BrokerAddress } from "./broker.js";
import type { Target } from "./manager/address.js";

/** Words of a process's block. The state is one of those below; the exit code is as Python's: of signal N, -N. */
export const PROCESS_STATE = 0;
export const PROCESS_EXIT = 1;
export const PROCESS_BYTES = 8;

export const NEW = 0;
export const RUNNING = 1;
export const ENDED = 2;

/** Words of the block of a connection's end. EVENTS changes with each of the others. */
export const EVENTS = 0;
/** 1: nothing more arrives, and what is sent goes nowhere. */
export const GONE = 1;
/** Bytes that were given to the helper and that the system has not taken yet. */
export const UNSENT = 2;
/** Bytes that have arrived and that nobody has asked for yet. */
export const UNREAD = 3;
export const END_BYTES = 16;

/** Words of the helper's own block: ANY changes with everything that happens, UNSENT_ALL sums up UNSENT. */
export const ANY = 0;
export const UNSENT_ALL = 1;
export const HELPER_BYTES = 8;

/** Unread bytes at which the helper reads no more, and below which it is told to go on. */
export const MOST_UNREAD = 4 * 2 ** 20;
export const FEW_UNREAD = 2 ** 20;
/** Unsent bytes at which `send` waits. */
export const MOST_UNSENT = 2 ** 20;

/** Where a child process finds its line to its parent, and behind it the connections that it was given. */
export const LIFELINE = 3;
export const FIRST_CONNECTION = 4;

/** What the helper is started with. */
export interface HelperBoot {
  readonly at: number;
  readonly port: MessagePort;
  /** This process was started by another one's helper. */
  readonly isChild: boolean;
}

/** One end of a connection, as its thread made it known. What arrives goes to the port. */
export interface EndBoot {
  readonly id: number;
  readonly at: number;
  readonly port: MessagePort;
}

/** A process to start. */
export interface ProcessBoot {
  readonly id: number;
  readonly at: number;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** What it is to do. Nobody but the process itself can read it, unlike arguments and environment. */
  readonly work: Uint8Array;
  /** The ends of connections that go with it. */
  readonly ends: readonly number[];
}

/** To the helper. What has a ticket is answered. */
export type Command =
  | { readonly do: "makeDesk"; readonly desk: number; readonly signal: number; readonly port: MessagePort }
  | { readonly do: "employ"; readonly desk: number; readonly end: number; readonly pid: number }
  | { readonly do: "task"; readonly desk: number; readonly number: number; readonly message: Uint8Array }
  | { readonly do: "withdraw"; readonly ticket: number; readonly desk: number; readonly number: number }
  | { readonly do: "countTasks"; readonly ticket: number; readonly desk: number }
  | { readonly do: "closeDesk" | "dropTasks" | "removeDesk"; readonly desk: number }
  | { readonly do: "queue"; readonly ticket: number; readonly maxsize: number }
  | {
      readonly do: "connect";
      readonly ticket: number;
      readonly end: EndBoot;
      readonly target: Target;
      readonly key: Uint8Array;
      /** Options of `tls.connect`; undefined: without TLS. */
      readonly tls: object | undefined;
    }
  | { readonly do: "spawn"; readonly ticket: number; readonly process: ProcessBoot }
  | { readonly do: "signal"; readonly process: number; readonly signal: NodeJS.Signals }
  | { readonly do: "pipe"; readonly ticket: number; readonly ends: readonly [EndBoot, EndBoot] }
  | { readonly do: "open"; readonly end: EndBoot; readonly descriptor: number }
  | { readonly do: "read" | "abandon"; readonly end: number }
  /** `isWaitedFor`: tasks of the thread still wait on its words, which are not to become another's. */
  | { readonly do: "close"; readonly end: number; readonly isWaitedFor: boolean }
  | { readonly do: "send"; readonly end: number; readonly message: Uint8Array };

/** From the helper: an answer, or in a child, once, what it is to do. */
export type Answer =
  | { readonly ticket: number; readonly value: unknown }
  | { readonly ticket: number; readonly error: { readonly message: string; readonly code: string | undefined } };

/** The answer to `queue`: where its broker is, and its number there. */
export interface QueueMade extends BrokerAddress {
  readonly queue: number;
}

/** The ticket of what a child is to do. */
export const WORK = 0;
