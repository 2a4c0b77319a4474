/** What objects in a manager's server have in common: they answer calls of clients, at once or later. */

/** What a method returns that answers later, by the call. */
export const LATER: unique symbol = Symbol("later");

/** Something that a client has, and that must not stay its own when it ends. */
export interface Abandonable {
  /** The client has ended. */
  abandon(client: ServedClient): void;
}

/** A thread of some process, seen from the server. */
export interface ServedClient {
  /** As it has described itself, for others that wait for what it holds; empty: it has not. */
  holder: string;
  /** What it holds at this moment. */
  readonly held: Set<Abandonable>;
}

/** Why nobody waits for an answer any more. */
export type GivenUp = "cancelled" | "left";

/** Puts an item back that nobody has seen; the result gives it to those who wait. */
export type PutBack = () => () => void;

/** A call of a client. It is answered once; what is answered after its client has left goes nowhere. */
export interface Call {
  readonly client: ServedClient;
  /** As the client gave them: the proxies see to their types. */
  readonly args: readonly unknown[];
  answer(value: unknown): void;
  fail(error: unknown): void;
  /** Answers with an item. `putBack` gets it if the client does not see it. */
  hand(item: unknown, putBack: PutBack): void;
  /**
   * What happens when the client does not wait any more. A call that is cancelled is answered for the method, unless this
   * returns "answers": then the method does it itself, soon.
   */
  whenGivenUp(giveUp: (why: GivenUp) => "answers" | undefined): void;
}

/** What clients may call, by name. The result is the answer, or LATER, or a promise of the answer. */
export type Methods<O> = Readonly<Record<string, (object: O, call: Call) => unknown>>;

/** An object that clients have proxies of. */
export abstract class Served {
  /** Which proxies it has: the word by which a manager makes it. */
  abstract readonly kind: string;
  abstract readonly methods: Methods<never>;
}

/** @throws TypeError there is no such method */
export function perform(served: Served, method: string, call: Call): unknown {
  const run = Object.hasOwn(served.methods, method) ? served.methods[method] : undefined;
  if (run === undefined) throw new TypeError(`A manager's ${served.kind} has no method ${method}.`);
  return run(served as never, call);
}
