import { performance } from "node:perf_hooks";

/** The parts of the work, in the order in which they begin; besides these, every rule is one, by its id. */
export const parts = [
  "read",
  "parse",
  "program",
  "bind",
  "resolve",
  "lower",
  "summarise",
  "states",
  "threads",
  "interleavings",
] as const;

export type Part = (typeof parts)[number];

/**
 * Tells how long each part of the work takes. Nothing is counted twice: while a part that begins inside another one is
 * under way, the outer one stands still.
 */
export class Stopwatch {
  readonly #milliseconds = new Map<string, number>();
  readonly #under: string[] = [];
  #since = 0;

  measure<T>(part: string, work: () => T): T {
    this.#turn();
    this.#under.push(part);
    try {
      return work();
    } finally {
      this.#turn();
      this.#under.pop();
    }
  }

  /** Gives the time since the last turn to the part that is under way. */
  #turn(): void {
    const now = performance.now();
    const part = this.#under.at(-1);
    if (part !== undefined) this.#milliseconds.set(part, this.milliseconds(part) + now - this.#since);
    this.#since = now;
  }

  /** How long a part or a rule has taken so far. */
  milliseconds(part: string): number {
    return this.#milliseconds.get(part) ?? 0;
  }

  /** The same object, whose methods' time counts as a part's. */
  timed<T extends object>(object: T, part: Part): T {
    const known = new Map<PropertyKey, unknown>();
    return new Proxy(object, {
      get: (target, key) => {
        if (known.has(key)) return known.get(key);
        const value: unknown = Reflect.get(target, key);
        const timed =
          typeof value === "function"
            ? (...args: unknown[]) => this.measure(part, () => value.apply(target, args))
            : value;
        known.set(key, timed);
        return timed;
      },
    });
  }
}
