/** What a manager makes, in Redis: what its objects are, and what they begin with. */
import { Unsupported } from "../../errors.js";
import type { Subject } from "./redis-messages.js";
import { type Codec, packedEntries } from "./values.js";

/** What is to be made. */
export interface Made {
  readonly what: Partial<Subject>;
  /** What the first one puts in. */
  readonly initial: readonly unknown[];
}

/** An object of that kind, with a manager's arguments. @throws Unsupported Redis has none */
export function madeOf(codec: Codec, kind: string, args: readonly unknown[]): Made {
  switch (kind) {
    case "list":
      return { what: {}, initial: (args[0] as unknown[]).map((value) => codec.pack(value)) };
    case "dict":
      return { what: {}, initial: packedEntries(codec, args[0] as [unknown, unknown][]) };
    case "namespace":
      return { what: {}, initial: packedEntries(codec, Object.entries(args[0] as object)) };
    case "value":
      return { what: { type: args[0] as string }, initial: [args[1]] };
    case "event":
      return { what: {}, initial: [] };
    case "barrier": {
      const [parties, action, timeout] = args as [number, unknown, number];
      if (action !== undefined) {
        throw new Unsupported(
          "A barrier in Redis has no action: Redis runs no code of yours. Let the party whose wait() returned " +
            "parties - 1 do it.",
        );
      }
      const isBounded = timeout !== Number.POSITIVE_INFINITY;
      return {
        what: { timeout: isBounded ? timeout : null },
        initial: [new TextEncoder().encode("p"), parties],
      };
    }
    case "array":
      throw new Unsupported("Redis has no arrays of numbers of one type: use list(), or value() for single numbers.");
    default:
      throw new Unsupported(`Redis makes no instances of ${kind}: it runs no code of yours. Use a Manager of Heddle.`);
  }
}

/** The error for what else a manager is asked for. */
export function unsupportedByRedis(method: string): Unsupported {
  if (method === "shutdown") {
    return new Unsupported("Redis is not this program's to shut down: close() ends the connection.");
  }
  return new Unsupported("Redis does not count its objects by program: they belong to all that use it.");
}
