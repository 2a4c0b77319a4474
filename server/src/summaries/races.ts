import type { HeldLock } from "../facts/locksets.js";
import type { Cell } from "../model/events.js";
import { isFamily, pathKey } from "../model/path.js";
import { siteKey } from "../source/site.js";
import type { AccessSummary } from "./summary.js";
import { type Execution, mayCoincide, type Thread } from "./threads.js";

/** An access, and the thread that makes it. */
export interface ThreadAccess {
  readonly thread: Thread;
  readonly access: AccessSummary;
}

/** A change of shared memory that may happen at the same time as other accesses of it. */
export interface Race {
  readonly change: ThreadAccess;
  /** Overlapping accesses that share no lock with the change, guarded ones first; the change itself if it repeats. */
  readonly against: readonly ThreadAccess[];
  /** Locks under which other accesses of the object are made, the most used first. */
  readonly guards: readonly Guard[];
  /** All accesses of the object in this execution. */
  readonly all: readonly ThreadAccess[];
}

export interface Guard {
  readonly held: HeldLock;
  /** At how many places of the source it is held. */
  readonly places: number;
  /** At how many places the object is accessed at all. */
  readonly of: number;
}

const known = new WeakMap<Execution, readonly Race[]>();

/** The races of one execution, in the order of the source. */
export function findRaces(execution: Execution): readonly Race[] {
  const races = known.get(execution) ?? computeRaces(execution);
  known.set(execution, races);
  return races;
}

function computeRaces(execution: Execution): readonly Race[] {
  const byObject = new Map<string, ThreadAccess[]>();
  for (const thread of [execution.entry, ...execution.threads]) {
    for (const access of thread.accesses) {
      if (isFamily(access.object)) continue;
      const key = pathKey(access.object);
      const list = byObject.get(key);
      if (list) list.push({ thread, access });
      else byObject.set(key, [{ thread, access }]);
    }
  }
  const races: Race[] = [];
  for (const all of byObject.values()) {
    if (!all.some(({ thread }) => thread.spawn) || !all.some(({ access }) => access.access !== "read")) continue;
    const guards = guardsOf(all.filter((each) => hasCompany(each, all)));
    for (const change of all) {
      if (change.access.access === "read" || change.access.atomic || change.access.uncertain) continue;
      const against = all.filter((other) => conflicts(change, other));
      if (against.length === 0) continue;
      against.sort((a, b) => b.access.held.length - a.access.held.length);
      races.push({ change, against, guards, all });
    }
  }
  return races;
}

/** Before the others start and after they have ended, nobody needs a lock. */
function hasCompany(one: ThreadAccess, all: readonly ThreadAccess[]): boolean {
  return all.some((other) => mayCoincide(one.thread, one.access, other.thread, other.access));
}

function conflicts(change: ThreadAccess, other: ThreadAccess): boolean {
  if (other.access.uncertain || !sameCell(change.access.cell, other.access.cell)) return false;
  if (!mayCoincide(change.thread, change.access, other.thread, other.access)) return false;
  const held = new Set(change.access.held.map(({ lock }) => pathKey(lock)));
  return !other.access.held.some(({ lock }) => held.has(pathKey(lock)));
}

/** Whether two accesses of one object certainly touch the same memory. */
function sameCell(a: Cell, b: Cell): boolean {
  if (a.kind === "unknown" || b.kind === "unknown") return false;
  return a.kind !== "index" || b.kind !== "index" || a.index === b.index;
}

function guardsOf(all: readonly ThreadAccess[]): readonly Guard[] {
  // A test and the change after it are one omission: accesses of one function that hold nothing count once.
  const places = new Set(
    all.map(({ access }) => (access.held.length === 0 ? access.functionId : siteKey(access.site))),
  );
  const byLock = new Map<string, { held: HeldLock; sites: Set<string> }>();
  for (const { access } of all) {
    for (const held of access.held) {
      const key = pathKey(held.lock);
      const entry = byLock.get(key) ?? { held, sites: new Set() };
      entry.sites.add(siteKey(access.site));
      byLock.set(key, entry);
    }
  }
  return [...byLock.values()]
    .map(({ held, sites }) => ({ held, places: sites.size, of: places.size }))
    .sort((a, b) => b.places - a.places);
}
