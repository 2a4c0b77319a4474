import type { HeldLock } from "../facts/locksets.js";
import { oncePer } from "../model/once-per.js";
import { pathKey } from "../model/path.js";
import { siteKey } from "../source/site.js";
import type { AcquireSummary } from "./summary.js";
import { type Execution, mayCoincide, type Thread } from "./threads.js";

/** One thread takes `acquire.lock` while it holds `outer`. */
export interface LockEdge {
  readonly thread: Thread;
  readonly outer: HeldLock;
  readonly acquire: AcquireSummary;
}

/** Threads that wait for each other in a ring: each holds the lock the one before it wants. */
export interface LockCycle {
  readonly edges: readonly LockEdge[];
}

/** Longer rings are real but nobody can follow them. */
const MAX_LENGTH = 6;
/** How many ways through one ring of locks are tried before it is given up as harmless. */
const MAX_TRIES = 500;
/** The same over all rings of an execution: where every lock is taken under every other, their number explodes. */
const MAX_ALL_TRIES = 100_000;

/**
 * The cycles of one execution that can close: their edges belong to threads that may run at once, and no common lock
 * (a gate) keeps two of them apart. Critical pairs as in Brotherston et al., "A compositional deadlock detector", 2021.
 */
export const findLockCycles = oncePer((execution: Execution): readonly LockCycle[] =>
  new RingSearch(edgesOf(execution)).run(),
);

/** All that its threads take while they hold something else, whether rings come of it or not. */
export function lockEdges(execution: Execution): readonly LockEdge[] {
  return [...edgesOf(execution).values()].flatMap((targets) => [...targets.values()].flat());
}

const edgesOf = oncePer((execution: Execution): EdgeTable => collectEdges([execution.entry, ...execution.threads]));

/** Finds every ring of locks once, from the smallest of its locks, short rings first. */
class RingSearch {
  readonly #edges: EdgeTable;
  readonly #locks: readonly string[];
  readonly #outers = new Map<string, string[]>();
  /** Per start, how many steps other locks are away from closing the ring. */
  readonly #distances = new Map<string, ReadonlyMap<string, number>>();
  readonly #cycles: LockCycle[] = [];
  /** Pairs that close by themselves: a longer ring through both says nothing new. */
  readonly #pairs = new Set<string>();
  #triesLeft = MAX_ALL_TRIES;

  constructor(edges: EdgeTable) {
    this.#edges = edges;
    this.#locks = [...edges.keys()].sort();
    for (const outer of this.#locks) {
      for (const inner of edges.get(outer)!.keys()) {
        const outers = this.#outers.get(inner);
        if (outers) outers.push(outer);
        else this.#outers.set(inner, [outer]);
      }
    }
  }

  run(): readonly LockCycle[] {
    for (let length = 2; length <= MAX_LENGTH; length++) {
      for (const start of this.#locks) this.#walk([start], length);
    }
    return this.#cycles;
  }

  #walk(ring: readonly string[], length: number): void {
    if (this.#triesLeft <= 0) return;
    const [start] = ring;
    const targets = this.#edges.get(ring.at(-1)!);
    if (!start || !targets) return;
    if (ring.length === length) {
      if (targets.has(start)) this.#close(ring);
      return;
    }
    const distances = this.#distancesTo(start);
    for (const next of [...targets.keys()].sort()) {
      const distance = distances.get(next);
      if (distance === undefined || ring.length + distance > length || ring.includes(next)) continue;
      if (length > 2 && ring.some((lock) => this.#pairs.has(pairOf(lock, next)))) continue;
      this.#walk([...ring, next], length);
    }
  }

  #close(ring: readonly string[]): void {
    const { edges, tries } = chooseEdges(ring, this.#edges);
    this.#triesLeft -= tries;
    if (!edges) return;
    this.#cycles.push({ edges });
    if (ring.length === 2) this.#pairs.add(pairOf(ring[0]!, ring[1]!));
  }

  /** Only locks greater than `start` and near enough to it: most locks lie on no ring at all. */
  #distancesTo(start: string): ReadonlyMap<string, number> {
    const known = this.#distances.get(start);
    if (known) return known;
    const distances = new Map<string, number>();
    let front = [start];
    for (let distance = 1; distance < MAX_LENGTH; distance++) {
      const near = new Set(front.flatMap((lock) => this.#outers.get(lock) ?? []));
      front = [...near].filter((lock) => lock > start && !distances.has(lock));
      for (const lock of front) distances.set(lock, distance);
    }
    this.#distances.set(start, distances);
    return distances;
  }
}

function pairOf(a: string, b: string): string {
  return a < b ? `${a}|${b}` : `${b}|${a}`;
}

type EdgeTable = ReadonlyMap<string, ReadonlyMap<string, readonly LockEdge[]>>;

function collectEdges(threads: readonly Thread[]): EdgeTable {
  const table = new Map<string, Map<string, LockEdge[]>>();
  for (const thread of threads) {
    for (const acquire of thread.acquires) {
      // Whoever gives up after a while cannot be part of a ring for ever.
      if (acquire.patience !== "blocking" || acquire.uncertain) continue;
      const inner = pathKey(acquire.lock);
      for (const outer of acquire.held) {
        const key = pathKey(outer.lock);
        if (key === inner || acquire.sortedAfter.includes(siteKey(outer.site))) continue;
        const targets = table.get(key) ?? new Map<string, LockEdge[]>();
        table.set(key, targets);
        const list = targets.get(inner) ?? [];
        targets.set(inner, list);
        list.push({ thread, outer, acquire });
      }
    }
  }
  return table;
}

/** One edge for every step of the ring, so that all of them can be waiting at the same time. */
function chooseEdges(ring: readonly string[], table: EdgeTable): { edges?: readonly LockEdge[]; tries: number } {
  let tries = 0;
  const chosen: LockEdge[] = [];
  const choose = (at: number): boolean => {
    if (at === ring.length) return true;
    const candidates = table.get(ring[at]!)?.get(ring[(at + 1) % ring.length]!) ?? [];
    for (const edge of candidates) {
      if (++tries > MAX_TRIES) return false;
      if (!chosen.every((other) => mayWaitTogether(edge, other))) continue;
      chosen.push(edge);
      if (choose(at + 1)) return true;
      chosen.pop();
    }
    return false;
  };
  return choose(0) ? { edges: chosen, tries } : { tries };
}

function mayWaitTogether(a: LockEdge, b: LockEdge): boolean {
  if (!mayCoincide(a.thread, a.acquire, b.thread, b.acquire)) return false;
  const held = heldKeys(a.acquire);
  for (const key of heldKeys(b.acquire)) if (held.has(key)) return false;
  return true;
}

const keys = new WeakMap<AcquireSummary, ReadonlySet<string>>();

function heldKeys(acquire: AcquireSummary): ReadonlySet<string> {
  let held = keys.get(acquire);
  if (!held) {
    held = new Set(acquire.held.map(({ lock }) => pathKey(lock)));
    keys.set(acquire, held);
  }
  return held;
}
