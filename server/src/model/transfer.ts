import type { Site } from "../source/site.js";

/** What a function does with memory and ports that it hands over to another thread, after which they are of no use here. */
export type TransferEvent = Transfer | Reuse | Renew;

/** A message takes something along: whoever sends it has it no longer. */
export interface Transfer {
  readonly kind: "transfer";
  /** Keys of the names under which the function knows it: the buffer, and its views. */
  readonly keys: readonly string[];
  /** What is named in the list of what the message takes along. */
  readonly text: string;
  /** Whether it is surely memory; else it may be a port. */
  readonly isMemory: boolean;
  /** What takes it along: `postMessage`, `structuredClone`, a function of the file that sends. */
  readonly by: string;
  /** What to cut so that the message has a copy instead; undefined for what has no copies. */
  readonly listed: Site | undefined;
  /** The call that sends. */
  readonly call: Site;
  readonly site: Site;
}

/** What may have been handed over is used. */
export interface Reuse {
  readonly kind: "reuse";
  readonly key: string;
  readonly text: string;
  /** Whether it is read or written, goes into a message, or is handed over by one. */
  readonly how: "use" | "message" | "transfer";
  readonly site: Site;
}

/** Names may have another value from here on, or the code has asked whether theirs is still there. */
export interface Renew {
  readonly kind: "renew";
  /** Undefined: all names of what others may have put something else into. */
  readonly keys: readonly string[] | undefined;
  readonly site: Site;
}
