import { guardedObjects, type Path, type Program, pathKey, type Thread } from "../program.js";
import { compareSites, type Site, siteKey } from "../source/site.js";
import { lockOf } from "./critical-sections.js";
import { type OrderedLocks, ringNumbers } from "./lock-order.js";

/** A lock of the program, and what it is for. */
export interface MappedLock {
  /** What tells it from others of this program. */
  readonly key: string;
  /** What the user calls it. */
  readonly name: string;
  /** Where it is declared; where the code does not tell, the first place at which it is taken. */
  readonly site: Site;
  /** Who takes it, in the order of the source. */
  readonly users: readonly LockUserPlaces[];
  /** The objects that it is held for more often than any other lock. */
  readonly guards: readonly GuardedByLock[];
}

/** A function that takes a lock, and where. */
export interface LockUserPlaces {
  readonly name: string;
  readonly places: readonly Site[];
}

/** An object of several threads, and at how many of the places that matter the lock is held. */
export interface GuardedByLock {
  readonly object: string;
  readonly site: Site;
  readonly places: number;
  readonly of: number;
}

/** The locks of a program, and which of them is taken while which is held. */
export interface LockMap {
  readonly locks: readonly MappedLock[];
  readonly order: readonly OrderedLocks[];
  /** By the key of a site the lock that is taken there; where several programs take one each, that of the first. */
  readonly takenAt: ReadonlyMap<string, string>;
}

/** A lock is taken, as one execution or, outside of all, one function knows it. */
interface Take {
  readonly lock: string;
  readonly name: string;
  readonly site: Site;
  readonly functionId: string;
}

/**
 * The locks of a program. Two programs in one folder may use the same name for a lock: executions keep them apart, unless both
 * take it at the same place.
 */
export function lockMap(program: Program): LockMap {
  const groups = new LockGroups();
  const takes: Take[] = [];
  const inThreads = new Set<string>();
  const runs = new Map<Thread, number>();
  for (const [run, { entry, threads }] of program.executions.entries()) {
    for (const thread of [entry, ...threads]) {
      runs.set(thread, run);
      for (const { lock, site, functionId } of thread.acquires) {
        inThreads.add(siteKey(site));
        takes.push({ lock: groups.add(pathKey(lock), run, site), name: lock.text, site, functionId });
      }
    }
  }
  for (const fn of program.functions) {
    if (!fn.takesLocks) continue;
    for (const { node } of fn.events()) {
      const { event } = node;
      if (event.kind !== "acquire" || inThreads.has(siteKey(event.site))) continue;
      const { site, text: name } = event;
      takes.push({ lock: groups.add(lockOf(event), -1, site), name, site, functionId: fn.model.id });
    }
  }
  const idOf = (lock: Path, run: number): string => groups.idOf(pathKey(lock), run);
  const guards = guardsByLock(program, idOf);
  const byLock = new Map<string, Take[]>();
  for (const take of takes) {
    const key = groups.find(take.lock);
    const known = byLock.get(key);
    if (known) known.push(take);
    else byLock.set(key, [take]);
  }
  const locks = [...byLock].map(([key, its]) => mapped(program, key, its, guards.get(key) ?? []));
  const rings = ringNumbers(program);
  const order = program.lockEdges.map((edge): OrderedLocks => {
    const run = runs.get(edge.thread) ?? -1;
    const [from, to] = [edge.outer.lock, edge.acquire.lock];
    return {
      from: { key: idOf(from, run), name: from.text },
      to: { key: idOf(to, run), name: to.text },
      held: edge.outer.site,
      taken: edge.acquire.site,
      ring: rings(edge),
    };
  });
  const takenAt = new Map<string, string>();
  for (const { lock, site } of takes) if (!takenAt.has(siteKey(site))) takenAt.set(siteKey(site), groups.find(lock));
  return { locks: locks.sort((a, b) => compareSites(a.site, b.site)), order: distinct(order), takenAt };
}

/** Which locks of which executions are one: those of one name that are taken at one place. */
class LockGroups {
  readonly #parents = new Map<string, string>();
  readonly #bySite = new Map<string, string>();

  add(key: string, run: number, site: Site): string {
    const id = this.idOf(key, run);
    if (!this.#parents.has(id)) this.#parents.set(id, id);
    const place = `${key} ${siteKey(site)}`;
    const other = this.#bySite.get(place);
    if (other === undefined) this.#bySite.set(place, id);
    else this.#parents.set(this.find(id), this.find(other));
    return id;
  }

  /** What the lock is called that is known in an execution by a key. */
  idOf(key: string, run: number): string {
    return this.find(`${run} ${key}`);
  }

  find(id: string): string {
    let at = id;
    for (let up = this.#parents.get(at); up !== undefined && up !== at; up = this.#parents.get(at)) at = up;
    return at;
  }
}

function guardsByLock(
  program: Program,
  idOf: (lock: Path, run: number) => string,
): ReadonlyMap<string, readonly GuardedByLock[]> {
  const guards = new Map<string, Map<string, GuardedByLock>>();
  for (const [run, execution] of program.executions.entries()) {
    for (const { accesses, guards: held } of guardedObjects(execution)) {
      const [first] = accesses;
      const [most] = held;
      const isShared = accesses.some(({ thread }) => thread.overlapsItself || thread !== first?.thread);
      if (!first || !most || !isShared) continue;
      const { text: object } = first.access.object;
      const site = program.bench.declaredAt(first.access.site, object) ?? first.access.site;
      const key = idOf(most.held.lock, run);
      const its = guards.get(key) ?? new Map<string, GuardedByLock>();
      its.set(siteKey(site), { object, site, places: most.places, of: most.of });
      guards.set(key, its);
    }
  }
  return new Map(
    [...guards].map(([key, its]) => [key, [...its.values()].sort((a, b) => compareSites(a.site, b.site))]),
  );
}

function mapped(program: Program, key: string, takes: readonly Take[], guards: readonly GuardedByLock[]): MappedLock {
  const sorted = [...takes].sort((a, b) => compareSites(a.site, b.site));
  const [first] = sorted;
  if (!first) throw new RangeError(`Nobody takes ${key}.`);
  const users = new Map<string, { readonly name: string; readonly places: Map<string, Site> }>();
  for (const { functionId, site } of sorted) {
    const name = program.view(functionId)?.model.name ?? "";
    const user = users.get(functionId) ?? { name, places: new Map<string, Site>() };
    user.places.set(siteKey(site), site);
    users.set(functionId, user);
  }
  let declared: Site | undefined;
  for (const { site, name } of sorted) declared ??= program.bench.declaredAt(site, name);
  return {
    ...{ key, name: first.name, site: declared ?? first.site, guards },
    users: [...users.values()].map(({ name, places }) => ({ name, places: [...places.values()] })),
  };
}

/** Each pair once for each two places. */
function distinct(order: readonly OrderedLocks[]): readonly OrderedLocks[] {
  const all = new Map<string, OrderedLocks>();
  for (const edge of order) {
    const key = [edge.from.key, edge.to.key, siteKey(edge.held), siteKey(edge.taken)].join("|");
    if (all.get(key)?.ring === undefined) all.set(key, edge);
  }
  return [...all.values()];
}
