import type { Finding } from "../finding.js";
import type { Program } from "../program.js";
import { type Site, siteKey } from "../source/site.js";
import type { LockMap } from "./lock-map.js";

/** A place at which locks are taken, given back or held. */
interface LockedPlace {
  readonly site: Site;
  readonly locks: readonly string[];
}

/** Which locks findings are about. What it knows of a file is computed when a finding is there. */
export class FindingLocks {
  readonly #program: Program;
  readonly #map: LockMap;
  readonly #places = new Map<string, readonly LockedPlace[]>();

  constructor(program: Program, map: LockMap) {
    this.#program = program;
    this.#map = map;
  }

  /** Keys of locks, those at the finding's own place first. */
  of({ site, related }: Finding): readonly string[] {
    const locks = [site, ...related.map((each) => each.site)].flatMap((each) => this.#at(each));
    return [...new Set(locks)];
  }

  #at(site: Site): readonly string[] {
    const places = this.#places.get(site.file) ?? this.#placesIn(site.file);
    this.#places.set(site.file, places);
    return places.flatMap((place) => (isWithin(place.site, site) || isWithin(site, place.site) ? place.locks : []));
  }

  #placesIn(file: string): readonly LockedPlace[] {
    const lockAt = (site: Site): readonly string[] => {
      const lock = this.#map.takenAt.get(siteKey(site));
      return lock === undefined ? [] : [lock];
    };
    const functions = this.#program.functions.filter(({ model }) => model.site.file === file);
    return functions.flatMap((fn) =>
      [...fn.events()].flatMap(({ node: { event }, locks }) => {
        if (!("site" in event)) return [];
        const held = [...locks.must.values()].flatMap((each) => lockAt(each.site));
        const own = event.kind === "acquire" ? lockAt(event.site) : [];
        return own.length + held.length === 0 ? [] : [{ site: event.site, locks: [...own, ...held] }];
      }),
    );
  }
}

function isWithin(inner: Site, outer: Site): boolean {
  return outer.start <= inner.start && inner.end <= outer.end;
}
