/** Plans of programs in which some threads wait for each other for ever, others for those, and others for nobody. */
import type { Random } from "./random.js";

/** What each thread does: it takes a lock of its own, waits until all have, and then for something. */
export type Plan = readonly {
  /** `read`: one that others may read too; `write`: for itself alone. */
  readonly has: "lock" | "rlock" | "read" | "write";
  readonly wants: Wanted;
}[];

export type Wanted =
  | { readonly kind: "lock"; readonly of: number; readonly isTimed: boolean }
  | { readonly kind: "end"; readonly of: number }
  | { readonly kind: "nothing" };

const MOST_THREADS = 8;

/** With at least one ring, of up to five threads; the others wait for any of them, for each other, with a timeout or for nobody. */
export function knot(random: Random): Plan {
  const threads = 1 + random.below(MOST_THREADS);
  const size = 1 + random.below(Math.min(threads, 5));
  const order = Array.from({ length: threads }, (_, i) => i);
  for (let i = threads - 1; i > 0; i--) {
    const other = random.below(i + 1);
    [order[i], order[other]] = [order[other]!, order[i]!];
  }
  const place = new Map(order.map((thread, i) => [thread, i]));
  return Array.from({ length: threads }, (_, thread) => {
    const at = place.get(thread)!;
    const isInRing = at < size;
    const of = isInRing ? order[(at + 1) % size]! : random.below(threads);
    // Of the others only a lock of its own kind stops a thread that has it.
    const has = of === thread ? "lock" : random.pick(["lock", "lock", "rlock", "read", "write"] as const);
    return { has, wants: isInRing ? wantedInRing(random, thread, of) : wanted(random, thread, of) };
  });
}

function wantedInRing(random: Random, thread: number, of: number): Wanted {
  return of !== thread && random.below(4) === 0 ? { kind: "end", of } : { kind: "lock", of, isTimed: false };
}

function wanted(random: Random, thread: number, of: number): Wanted {
  if (of === thread || random.below(5) === 0) return { kind: "nothing" };
  return random.below(4) === 0 ? { kind: "end", of } : { kind: "lock", of, isTimed: random.below(3) === 0 };
}

/** The rings of a plan: threads in rising order, each waiting for ever for another one of them. */
export function ringsOf(plan: Plan): readonly (readonly number[])[] {
  const next = plan.map(({ wants }) =>
    wants.kind === "nothing" || (wants.kind === "lock" && wants.isTimed) ? undefined : wants.of,
  );
  const rings = new Map<string, readonly number[]>();
  for (const start of plan.keys()) {
    const way: number[] = [];
    let at: number | undefined = start;
    while (at !== undefined && !way.includes(at)) {
      way.push(at);
      at = next[at];
    }
    if (at === undefined) continue;
    const ring = way.slice(way.indexOf(at)).sort((a, b) => a - b);
    rings.set(ring.join(), ring);
  }
  return [...rings.values()].sort((a, b) => a[0]! - b[0]!);
}
