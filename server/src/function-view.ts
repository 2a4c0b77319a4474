import type { HeldLock, Lockset } from "./facts/locksets.js";
import type { Access, Argument } from "./model/events.js";
import { eventsOf, type FunctionModel, type Node } from "./model/function-model.js";
import { oncePer } from "./model/once-per.js";
import { type Path, pathKey } from "./model/path.js";
import type { FunctionFacts } from "./summaries/summarise.js";
import type { AcquireSummary, FunctionSummary } from "./summaries/summary.js";

/** A call under which some callee takes a lock. */
export interface NestedAcquire {
  readonly acquire: AcquireSummary;
  /** The same lock, as it is already held. */
  readonly held: HeldLock;
}

/** One function, as rules see it. */
export class FunctionView {
  readonly #facts: FunctionFacts;
  #acquiresUnderLocks: readonly AcquireSummary[] | undefined;
  #nested: readonly NestedAcquire[] | undefined;
  #spins: readonly Access[] | undefined;
  #repeatedCallees: readonly string[] | undefined;

  constructor(facts: FunctionFacts) {
    this.#facts = facts;
  }

  get model(): FunctionModel {
    return this.#facts.model;
  }

  get summary(): FunctionSummary {
    return this.#facts.summary;
  }

  /** Whether the function itself takes a lock: most do not, and need no further look. */
  get takesLocks(): boolean {
    return eventsOf(this.model, "acquire").length > 0;
  }

  /** The functions that it calls in a loop, by id. */
  get repeatedCallees(): readonly string[] {
    this.#repeatedCallees ??= this.model.nodes.flatMap(({ event }, index) =>
      event.kind === "call" && event.callee.kind === "function" && this.repeats(index) ? [event.callee.id] : [],
    );
    return this.#repeatedCallees;
  }

  /** Every event that is reached, with the locks held before it. */
  *events(): Generator<{ readonly node: Node; readonly index: number; readonly locks: Lockset }> {
    for (const [index, node] of this.model.nodes.entries()) {
      const locks = this.#facts.locks[index];
      if (locks) yield { node, index, locks };
    }
  }

  /** Whether the function gives the lock to a call or a thread, which may release it in its place. */
  handsOn(lock: Path): boolean {
    const key = pathKey(lock);
    const isGiven = (argument: Argument): boolean =>
      (argument.path !== undefined && pathKey(argument.path) === key) ||
      [...(argument.members?.values() ?? [])].some(isGiven);
    return this.model.nodes.some(({ event }) =>
      event.kind === "call" || event.kind === "spawn" ? event.args.some(isGiven) : false,
    );
  }

  /** Whether control may come to a node again. */
  repeats(index: number): boolean {
    return cycleThrough(this.model.nodes, index).length > 0;
  }

  /** The nodes that control may come to after `from`, without passing `around`. */
  reachable(from: number, around?: number): ReadonlySet<number> {
    return reachableFrom(this.model.nodes, from, around);
  }

  /** Whether the function may end after `from` without coming by `around`. */
  leavesAround(from: number, around: number): boolean {
    const reached = this.reachable(from, around);
    return this.model.nodes.some(({ event }, index) => event.kind === "exit" && reached.has(index));
  }

  /** Plain reads of views that a loop repeats, doing nothing else, until another thread has written. */
  get spins(): readonly Access[] {
    this.#spins ??= plainSpins(this.model);
    return this.#spins;
  }

  /** Where the function, or what it calls, takes a lock for which it waits while another one is held. */
  get acquiresUnderLocks(): readonly AcquireSummary[] {
    this.#acquiresUnderLocks ??= this.summary.acquires.filter(
      ({ held, patience, uncertain, later }) => held.length > 0 && patience === "blocking" && !uncertain && !later,
    );
    return this.#acquiresUnderLocks;
  }

  /** Locks taken, here or by a callee, while they are held already. */
  get nestedAcquires(): readonly NestedAcquire[] {
    this.#nested ??= this.summary.acquires.flatMap((acquire) => {
      if (acquire.uncertain || acquire.later) return [];
      const key = pathKey(acquire.lock);
      const held = acquire.held.find(({ lock }) => pathKey(lock) === key);
      return held ? [{ acquire, held }] : [];
    });
    return this.#nested;
  }
}

function plainSpins({ nodes }: FunctionModel): readonly Access[] {
  const spins: Access[] = [];
  for (const [head, { event }] of nodes.entries()) {
    if (event.kind !== "loop" || !event.idle) continue;
    const body = cycleThrough(nodes, head).map((index) => nodes[index]!.event);
    const reads = body.flatMap((each) => (each.kind === "access" ? [each] : []));
    const isQuiet = body.every(
      ({ kind }) => kind === "loop" || kind === "access" || kind === "assume" || kind === "choice",
    );
    if (
      isQuiet &&
      reads.every(({ access, atomic, holder }) => access === "read" && !atomic && holder.kind === "view")
    ) {
      spins.push(...reads);
    }
  }
  return spins;
}

function reachableFrom(nodes: readonly Node[], from: number, around: number | undefined): ReadonlySet<number> {
  const reached = new Set<number>();
  const queue = [from];
  for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
    for (const next of nodes[at]?.next ?? []) {
      if (reached.has(next) || next === around) continue;
      reached.add(next);
      queue.push(next);
    }
  }
  return reached;
}

/** The nodes on ways from a node back to it. */
function cycleThrough(nodes: readonly Node[], head: number): readonly number[] {
  const reached = reachableFrom(nodes, head, undefined);
  const returning = new Set([head]);
  for (let grew = true; grew; ) {
    grew = false;
    for (const index of reached) {
      if (returning.has(index) || !nodes[index]?.next.some((next) => returning.has(next))) continue;
      returning.add(index);
      grew = true;
    }
  }
  return reached.has(head) ? [...returning] : [];
}

/** Facts that did not change keep their view, and with it what rules have asked of it. */
export const viewOf = oncePer((facts: FunctionFacts): FunctionView => new FunctionView(facts));
