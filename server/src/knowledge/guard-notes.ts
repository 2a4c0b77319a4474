import { guardedObjects, type Path, type Program } from "../program.js";
import { compareSites, type Site, siteKey } from "../source/site.js";

/** By which lock an object of several threads is guarded, as far as it is. */
export interface GuardNote {
  /** What the user calls the object. */
  readonly object: string;
  /** Where it is declared; where the code does not tell, the first place at which it is used. */
  readonly site: Site;
  /** What the user calls the lock that is held most often; undefined where none is. */
  readonly lock: string | undefined;
  /** The same lock as the engine knows it. */
  readonly guard: Path | undefined;
  /** At how many places it is held, of those that matter: where others may run. */
  readonly places: number;
  readonly of: number;
  /** All places, in the order of the source. */
  readonly sites: readonly Site[];
}

/** The objects that several threads use, one note for each. */
export function guardNotes(program: Program): readonly GuardNote[] {
  const notes = new Map<string, GuardNote>();
  for (const { accesses, guards } of program.executions.flatMap(guardedObjects)) {
    const [first] = accesses;
    const isShared = accesses.some(({ thread }) => thread.overlapsItself || thread !== first?.thread);
    if (!first || !isShared) continue;
    const [most] = guards;
    const byPlace = new Map(accesses.map(({ access }) => [siteKey(access.site), access.site]));
    const sites = [...byPlace.values()].sort(compareSites);
    const { text } = first.access.object;
    const site = program.bench.declaredAt(first.access.site, text) ?? sites[0];
    if (!site) continue;
    const note = { object: text, site, sites };
    notes.set(
      siteKey(site),
      most
        ? { ...note, lock: most.held.lock.text, guard: most.held.lock, places: most.places, of: most.of }
        : { ...note, lock: undefined, guard: undefined, places: 0, of: sites.length },
    );
  }
  return [...notes.values()];
}
