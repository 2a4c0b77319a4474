import type { HeldLock } from "../facts/locksets.js";
import { pathKey } from "../model/path.js";
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

const known = new WeakMap<Execution, readonly LockCycle[]>();

/**
 * The cycles of one execution that can close: their edges belong to threads that may run at once, and no common lock
 * (a gate) keeps two of them apart. Critical pairs as in Brotherston et al., "A compositional deadlock detector", 2021.
 */
export function findLockCycles(execution: Execution): readonly LockCycle[] {
  const cycles = known.get(execution) ?? computeCycles(execution);
  known.set(execution, cycles);
  return cycles;
}

function computeCycles(execution: Execution): readonly LockCycle[] {
  const edges = collectEdges([execution.entry, ...execution.threads]);
  const cycles: LockCycle[] = [];
  const locks = [...edges.keys()].sort();
  for (const start of locks) {
    // Every ring is found once, from the smallest of its locks.
    walk(start, [start], (ring) => {
      const closed = chooseEdges(ring, edges);
      if (closed) cycles.push({ edges: closed });
    });
  }
  return cycles;

  function walk(start: string, ring: readonly string[], found: (ring: readonly string[]) => void): void {
    for (const next of [...(edges.get(ring.at(-1)!)?.keys() ?? [])].sort()) {
      if (next === start && ring.length > 1) found(ring);
      else if (next > start && !ring.includes(next) && ring.length < MAX_LENGTH) walk(start, [...ring, next], found);
    }
  }
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
        if (key === inner) continue;
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
function chooseEdges(ring: readonly string[], table: EdgeTable): readonly LockEdge[] | undefined {
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
  return choose(0) ? chosen : undefined;
}

function mayWaitTogether(a: LockEdge, b: LockEdge): boolean {
  if (!mayCoincide(a.thread, a.acquire, b.thread, b.acquire)) return false;
  const held = new Set(a.acquire.held.map(({ lock }) => pathKey(lock)));
  return !b.acquire.held.some(({ lock }) => held.has(pathKey(lock)));
}
