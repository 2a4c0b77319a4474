import type { Site } from "../source/site.js";

/** What is wrong with a message, as its types tell. */
export type MessageFault = Uncloneable | InvalidTransfer | MissingTransfer | PooledTransfer | SharedWithProcess;

interface Fault {
  /** What it is about, as written, and where. */
  readonly text: string;
  readonly site: Site;
  /** What is called to send the message, and where. */
  readonly by: string;
  readonly sent: Site;
}

/** A message is given a value that no message can hold: sending it throws. */
export interface Uncloneable extends Fault {
  readonly kind: "uncloneable";
  /** What it is: `function`, `symbol`, or the name of its class. */
  readonly what: string;
  /** What to cut so that the message goes without it; undefined where it is the message, or text would be lost. */
  readonly cut: Site | undefined;
  /** Whether it can be awaited here, and what comes of it be sent. */
  readonly mayAwait: boolean;
}

/** The list of what a message takes along names what cannot be moved. */
export interface InvalidTransfer extends Fault {
  readonly kind: "unmovable";
  /** A view, whose buffer can be moved, or memory that both sides have. */
  readonly fate: "view" | "shared";
  /** The name of its class. */
  readonly what: string;
  /** What to cut so that the list does not name it. */
  readonly cut: Site | undefined;
}

/** A message holds what can only be moved, and does not take it along. */
export interface MissingTransfer extends Fault {
  readonly kind: "unlisted";
  /** The name of its class. */
  readonly what: string;
  /** What to insert so that it is taken along. */
  readonly insert: { readonly at: Site; readonly text: string } | undefined;
}

/** A message is to take along the memory of a small `Buffer`, which others have a part of. */
export interface PooledTransfer extends Fault {
  readonly kind: "pooled";
  /** What makes the buffer, and where. */
  readonly maker: string;
  readonly made: Site;
}

/** Another process is given what only the threads of one process share. */
export interface SharedWithProcess extends Fault {
  readonly kind: "shared-with-process";
  /** The name of its class. */
  readonly what: string;
  /** Whether the call fails; else an empty object arrives, and nothing says so. */
  readonly fails: boolean;
  /** The function that is called there with what is given, as written. */
  readonly task: Site | undefined;
}

/** Something is used that only its class would give an object, which is a copy and has lost its class. */
export interface ClassLost {
  readonly kind: "class-lost";
  /** What is used, as written. */
  readonly text: string;
  /** The name of the class. */
  readonly owner: string;
  readonly what: "method" | "accessor" | "test";
  readonly how: "copied" | "received";
  /** Where it is copied or received. */
  readonly from: Site;
  readonly site: Site;
}
