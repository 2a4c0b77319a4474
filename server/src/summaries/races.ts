import type { HeldLock } from "../facts/locksets.js";
import type { Cell } from "../model/events.js";
import { oncePer } from "../model/once-per.js";
import { isFamily, pathKey } from "../model/path.js";
import { siteKey } from "../source/site.js";
import { circumstances } from "./context.js";
import type { AccessSummary } from "./summary.js";
import { type Apartness, apartness, type Execution, mayCoincide, type Thread } from "./threads.js";

/** An access, and the thread that makes it. */
export interface ThreadAccess {
  readonly thread: Thread;
  readonly access: AccessSummary;
}

/** A change of shared memory that may happen at the same time as other accesses of it. */
export interface Race {
  readonly change: ThreadAccess;
  /**
   * Overlapping accesses that share no lock with the change, guarded ones first; the change itself if it repeats. Of
   * those that are alike at most two are told.
   */
  readonly against: readonly ThreadAccess[];
  /** Locks under which other accesses of the object are made, the most used first. */
  readonly guards: readonly Guard[];
}

export interface Guard {
  readonly held: HeldLock;
  /** At how many places of the source it is held. */
  readonly places: number;
  /** At how many places the object is accessed at all. */
  readonly of: number;
}

/** The races of one execution, in the order of the source; of changes that are alike the first one stands for all. */
export const findRaces = oncePer((execution: Execution): readonly Race[] => objectsOf(execution).flatMap(racesOf));

/** The accesses to each object. */
const objectsOf = oncePer((execution: Execution): readonly (readonly ThreadAccess[])[] => {
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
  return [...byObject.values()];
});

function racesOf(all: readonly ThreadAccess[]): Race[] {
  if (!all.some(({ thread }) => thread.spawn) || !all.some(({ access }) => access.access !== "read")) return [];
  const groups = groupsOf(all);
  const guards = guardsAmong(all, groups);
  const races: Race[] = [];
  for (const group of groups) {
    const change = group.members[0]!;
    if (change.access.access === "read" || change.access.atomic || change.access.uncertain) continue;
    const against = groups.filter((other) => conflicts(group, other)).flatMap(({ shown }) => shown);
    if (against.length === 0) continue;
    against.sort((a, b) => b.access.held.length - a.access.held.length || a.order - b.order);
    races.push({ change, against, guards });
  }
  return races;
}

/** A read that holds no lock, of what other threads may be changing under the one that guards it. */
export interface UnguardedRead {
  readonly read: ThreadAccess;
  /** The changes that may happen at the same time, each under the guard. */
  readonly changes: readonly ThreadAccess[];
  readonly guard: Guard;
}

/** The reads of one execution without the lock under which others change what is read. */
export const findUnguardedReads = oncePer((execution: Execution): readonly UnguardedRead[] => {
  return objectsOf(execution).flatMap((all) => {
    const isGuardedChange = ({ access }: ThreadAccess): boolean => access.access !== "read" && access.held.length > 0;
    if (!all.some(({ thread }) => thread.spawn) || !all.some(isGuardedChange)) return [];
    const groups = groupsOf(all);
    const [guard] = guardsAmong(all, groups);
    if (!guard || 2 * guard.places < guard.of) return [];
    const lock = pathKey(guard.held.lock);
    const guarded = groups.filter(({ members, locks }) => {
      const { access } = members[0]!.access;
      return access !== "read" && !members[0]!.access.uncertain && locks.has(lock);
    });
    return groups.flatMap((group) => {
      if (group.members[0]!.access.access !== "read" || group.locks.size > 0) return [];
      const changes = guarded.filter((change) => conflicts(change, group)).flatMap(({ members }) => members);
      return changes.length === 0 ? [] : group.members.map((read) => ({ read, changes, guard }));
    });
  });
});

/** Updates in two atomic steps between which another thread may change the same memory. */
export const findSteppedUpdates = oncePer((execution: Execution): readonly Race[] => {
  return objectsOf(execution).flatMap((all) => {
    if (!all.some(({ access }) => access.inSteps) || !all.some(({ thread }) => thread.spawn)) return [];
    const groups = groupsOf(all);
    return groups.flatMap((group) => {
      const change = group.members[0]!;
      if (!change.access.inSteps || change.access.uncertain) return [];
      const changes = groups.filter((other) => other.members[0]!.access.access !== "read");
      const against = changes.filter((other) => conflicts(group, other)).flatMap(({ shown }) => shown);
      return against.length === 0 ? [] : [{ change, against, guards: guardsOf(all) }];
    });
  });
});

/** A plain access to a cell that another thread may be changing by an atomic operation, or the other way round. */
export interface MixedAccess {
  readonly plain: ThreadAccess;
  readonly atomic: ThreadAccess;
}

/** Plain accesses beside atomic ones of the same cell: of those that are alike the first one stands for all. */
export const findMixedAccesses = oncePer((execution: Execution): readonly MixedAccess[] => {
  return objectsOf(execution).flatMap((all) => {
    if (!all.some(({ access }) => access.atomic) || !all.some(({ thread }) => thread.spawn)) return [];
    const groups = groupsOf(all);
    return groups.flatMap((group) => {
      const plain = group.members[0]!;
      if (plain.access.atomic || plain.access.uncertain || plain.access.holder.kind !== "view") return [];
      const other = groups.find((candidate) => {
        const { access } = candidate.members[0]!;
        const isChange = plain.access.access !== "read" || access.access !== "read";
        return access.atomic && isChange && conflicts(group, candidate);
      });
      const atomic = other?.members[0];
      return atomic ? [{ plain, atomic }] : [];
    });
  });
});

/** Accesses of one object that differ in their place alone. Comparing each with each would take for ever. */
interface Group {
  readonly members: readonly ThreadAccess[];
  /** The first ones of two different places: beside any change one of them is another place. */
  readonly shown: readonly Ordered[];
  readonly locks: ReadonlySet<string>;
}

interface Ordered extends ThreadAccess {
  readonly order: number;
}

function groupsOf(all: readonly ThreadAccess[]): readonly Group[] {
  const groups = new Map<string, { members: ThreadAccess[]; shown: Ordered[]; locks: ReadonlySet<string> }>();
  const threads = new Map<Thread, number>();
  for (const [order, each] of all.entries()) {
    const { thread, access } = each;
    if (!threads.has(thread)) threads.set(thread, threads.size);
    const locks = new Set(access.held.map(({ lock }) => pathKey(lock)));
    const { functionId, cell, holder, atomic, inSteps, own } = access;
    const key = JSON.stringify([
      threads.get(thread),
      [functionId, access.access, cell, atomic, inSteps, holder.kind, own],
      circumstances(access),
    ]);
    const group = groups.get(key) ?? { members: [], shown: [], locks };
    groups.set(key, group);
    group.members.push(each);
    const [first, second] = group.shown;
    if (!first || (!second && siteKey(first.access.site) !== siteKey(access.site)))
      group.shown.push({ ...each, order });
  }
  return [...groups.values()];
}

/** Before the others start and after they have ended, nobody needs a lock. */
function hasCompany(one: Group, all: readonly Group[]): boolean {
  return all.some((other) => mayGroupsCoincide(one, other));
}

function mayGroupsCoincide(a: Group, b: Group): boolean {
  const [one, other] = [a.members[0]!, b.members[0]!];
  return mayCoincide(one.thread, one.access, other.thread, other.access);
}

function conflicts(change: Group, other: Group): boolean {
  return relate(change.members[0]!, other.members[0]!).kind === "conflict";
}

/** How two accesses of one object stand to each other. */
export type Relation =
  /** They may touch the same memory at the same time, under no common lock. */
  | { readonly kind: "conflict" }
  /** Of several threads of one spawn each has its own memory, or only one comes here. */
  | { readonly kind: "own" }
  /** The second one may be made under a lock that has no name. */
  | { readonly kind: "uncertain" }
  /** They touch different memory, or nobody knows which. */
  | { readonly kind: "cells" }
  | { readonly kind: "apart"; readonly by: Apartness }
  | { readonly kind: "locked"; readonly by: HeldLock };

/** What a conflict is, said once: rules report by it, and explanations tell by it why there is nothing to report. */
export function relate(one: ThreadAccess, other: ThreadAccess): Relation {
  const [a, b] = [one.access, other.access];
  if (one.thread === other.thread && a.own !== undefined && a.own === b.own) return { kind: "own" };
  if (b.uncertain) return { kind: "uncertain" };
  if (!sameCell(a.cell, b.cell)) return { kind: "cells" };
  const by = apartness(one.thread, a, other.thread, b);
  if (by !== undefined) return { kind: "apart", by };
  const locks = new Set(a.held.map(({ lock }) => pathKey(lock)));
  const common = b.held.find(({ lock }) => locks.has(pathKey(lock)));
  return common ? { kind: "locked", by: common } : { kind: "conflict" };
}

/** The accesses of each object, with the locks that guard it while others run. */
export function guardedObjects(execution: Execution): readonly GuardedObject[] {
  return objectsOf(execution).map((accesses) => ({ accesses, guards: guardsAmong(accesses, groupsOf(accesses)) }));
}

export interface GuardedObject {
  readonly accesses: readonly ThreadAccess[];
  /** The most used first. */
  readonly guards: readonly Guard[];
}

/** Whether two accesses of one object certainly touch the same memory. */
function sameCell(a: Cell, b: Cell): boolean {
  if (a.kind === "unknown" || b.kind === "unknown") return false;
  if (a.kind === "key" && b.kind === "key") return a.key === b.key;
  return a.kind !== "index" || b.kind !== "index" || a.index === b.index;
}

/** The locks that guard an object while others run. */
function guardsAmong(all: readonly ThreadAccess[], groups: readonly Group[]): readonly Guard[] {
  const accompanied = new Set(groups.filter((each) => hasCompany(each, groups)).flatMap(({ members }) => members));
  return guardsOf(all.filter((each) => accompanied.has(each)));
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
