import type { FunctionView, HeldLock, Lockset, Node, Program } from "../program.js";
import { pathKey } from "../program.js";
import { type Site, siteKey } from "../source/site.js";

/** A lock that an exception leaves held, taken by hand in a function that gives it back on its other ways. */
export interface ThrowLeak {
  readonly held: HeldLock;
  /** Where the exception comes from. */
  readonly thrown: Site;
  /** Where the function gives the lock back, each place once, in the order of the source. */
  readonly releases: readonly Site[];
  /** Whether other exceptions, from further on, do release it: there is a `finally` that begins too late. */
  readonly isCleanedUpLater: boolean;
}

/** The locks that exceptions leave held, the first exception for each place that takes one. */
export function* throwLeaks(fn: FunctionView, program: Program): Generator<ThrowLeak> {
  const atExits = exitsOf(fn, "normal");
  if (!fn.takesLocks || atExits.length === 0) return;
  const seen = new Set<string>();
  for (const [index, locks] of throwersOf(fn)) {
    if (!mayThrow(fn, index, program, new Set())) continue;
    const { site } = fn.model.nodes[index]!.event;
    for (const [key, held] of locks) {
      if (held.by !== "manual" || seen.has(siteKey(held.site)) || isOwnAwait(site, held.site)) continue;
      // Held on a normal way out as well, or for the caller: another rule's business, or nobody's.
      if (atExits.some((exit) => exit.has(key)) || !wasTakenHere(fn, held)) continue;
      const releases = releasesOf(fn, held);
      if (releases.length === 0 || fn.handsOn(held.lock)) continue;
      seen.add(siteKey(held.site));
      yield { held, thrown: site, releases, isCleanedUpLater: isReleasedAfterThrow(fn, held) };
    }
  }
}

type Held = ReadonlyMap<string, HeldLock>;

function exitsOf(fn: FunctionView, how: "normal" | "throw"): Held[] {
  const exits: Held[] = [];
  for (const { node, locks } of fn.events()) {
    if (node.event.kind === "exit" && node.event.how === how) exits.push(locks.may);
  }
  return exits;
}

/** The events whose exceptions leave the function, with the locks that are certainly held then. */
function throwersOf(fn: FunctionView): Map<number, Held> {
  const { nodes } = fn.model;
  const held = new Map<number, Held>();
  for (const { index, locks } of fn.events()) held.set(index, locks.must);
  const leaving = new Map<number, Held>();
  const targets = nodes.flatMap(({ event }, index) => (event.kind === "exit" && event.how === "throw" ? [index] : []));
  const known = new Set(targets);
  for (let to = targets.pop(); to !== undefined; to = targets.pop()) {
    for (const [index, { event, onThrow }] of nodes.entries()) {
      const before = held.get(index);
      if (!before || !onThrow.includes(to)) continue;
      if (event.kind !== "rethrow" || event.isThrow) {
        leaving.set(index, remaining(before, fn, to));
        continue;
      }
      // The end of a cleanup: what was thrown is what led to its beginning, and what is held is held at its end.
      for (const beginning of beginningsOf(fn, index)) {
        if (known.has(beginning)) continue;
        known.add(beginning);
        targets.push(beginning);
      }
    }
  }
  return leaving;
}

/** What is still held where the exception leaves the function, of what was held where it began. */
function remaining(before: Held, fn: FunctionView, target: number): Held {
  const seen = new Set([target]);
  const queue = [target];
  let left = before;
  for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
    const { event, next, onThrow } = fn.model.nodes[at]!;
    if (event.kind === "release" && event.lock) {
      const released = pathKey(event.lock);
      left = new Map([...left].filter(([key]) => key !== released));
    }
    const isPassedOn = event.kind === "rethrow" && !event.isThrow && next.length === 0;
    for (const to of isPassedOn ? onThrow : next) {
      if (seen.has(to)) continue;
      seen.add(to);
      queue.push(to);
    }
  }
  return left;
}

/** Where the cleanup began that ends at `end`. */
function beginningsOf(fn: FunctionView, end: number): readonly number[] {
  const { nodes } = fn.model;
  const entered = new Set(nodes.flatMap(({ onThrow }) => onThrow));
  const seen = new Set([end]);
  const queue = [end];
  const found: number[] = [];
  for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
    if (at !== end && entered.has(at)) found.push(at);
    for (const [index, { next }] of nodes.entries()) {
      if (!next.includes(at) || seen.has(index)) continue;
      seen.add(index);
      queue.push(index);
    }
  }
  return found;
}

/** Whether an exception out of the event is to be expected: not out of what merely waits, reads or takes a lock. */
function mayThrow(fn: FunctionView, index: number, program: Program, asked: Set<string>): boolean {
  const { event } = fn.model.nodes[index]!;
  if (event.kind === "rethrow") return event.isThrow;
  if (event.kind === "await") return true;
  if (event.kind !== "call" || event.when !== "now") return false;
  if (event.callee.kind !== "function") return true;
  const { id } = event.callee;
  if (asked.has(id)) return false;
  asked.add(id);
  const callee = program.view(id);
  if (!callee || callee.model.isAsync) return false;
  return [...throwersOf(callee).keys()].some((each) => mayThrow(callee, each, program, asked));
}

/** The `await` of `await lock.acquireAsync()`, before which nothing is held. */
function isOwnAwait(site: Site, acquire: Site): boolean {
  return site.start <= acquire.start && acquire.end <= site.end;
}

function wasTakenHere(fn: FunctionView, held: HeldLock): boolean {
  return fn.model.nodes.some(
    ({ event }) =>
      event.kind === "acquire" && !(event.gives === "guard" && event.isDropped) && isSame(event.site, held.site),
  );
}

/** The releases of the lock where it is held because it was taken at just this place. */
function releasesOf(fn: FunctionView, held: HeldLock): readonly Site[] {
  const sites = new Map<string, Site>();
  for (const { node, locks } of fn.events()) {
    if (gives(node, locks, held)) sites.set(siteKey(node.event.site), node.event.site);
  }
  return [...sites.values()].sort((a, b) => a.start - b.start);
}

function gives({ event }: Node, locks: Lockset, held: HeldLock): boolean {
  if (event.kind !== "release" || !event.lock) return false;
  const before = locks.may.get(pathKey(event.lock));
  return before !== undefined && pathKey(before.lock) === pathKey(held.lock) && isSame(before.site, held.site);
}

function isSame(a: Site, b: Site): boolean {
  return siteKey(a) === siteKey(b);
}

/** Whether the lock is given back on some way that an exception takes. */
function isReleasedAfterThrow(fn: FunctionView, held: HeldLock): boolean {
  const { nodes } = fn.model;
  const releasing = new Set<number>();
  for (const { node, index, locks } of fn.events()) if (gives(node, locks, held)) releasing.add(index);
  const queue = nodes.flatMap(({ onThrow }) => onThrow);
  const seen = new Set(queue);
  for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
    if (releasing.has(at)) return true;
    for (const to of nodes[at]!.next) {
      if (seen.has(to)) continue;
      seen.add(to);
      queue.push(to);
    }
  }
  return false;
}
