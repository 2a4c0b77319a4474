/** What all that a client does with Redis has in common. It runs in a thread of its own (see redis-thread.ts). */
import type { Call } from "../engine/engine-thread.js";
import type { Leases } from "./leases.js";
import type { LostLease, Subject } from "./redis-messages.js";
import type { Session } from "./session.js";

export interface Engine {
  readonly session: Session;
  readonly leases: Leases;
  /** To the client's thread. */
  tell(lost: LostLease): void;
  /** A new number for something that waits or is had: others see it after the client's name. */
  ticket(): string;
}

/** A call of one of an object's methods. The values in it are bytes. */
export type Method = (engine: Engine, subject: Subject, call: Call) => Promise<unknown>;
export type Methods = Readonly<Record<string, Method>>;

/** The keys of an object begin with the same word in braces, by which a cluster keeps them together. */
export function keyOf({ name }: Subject, part = ""): string {
  return `heddle:{${name}}${part}`;
}

/** As others see it: the client's name, and its ticket. */
export function entryOf(engine: Engine, ticket: string): string {
  return `${engine.session.plan.client} ${ticket}`;
}
