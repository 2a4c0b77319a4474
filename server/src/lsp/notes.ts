import type { Range } from "vscode-languageserver/node";
import type { Snapshot } from "../analysis.js";
import type { Site } from "../source/site.js";
import { rangeOf } from "./located-finding.js";

/** What an editor shows of an open file unasked, besides its findings: plain data that needs no program. */
export interface Notes {
  /** The calls of `main`. */
  readonly mains: readonly Range[];
  readonly sections: readonly SectionNote[];
  readonly guards: readonly GuardedObject[];
  /** In the order of the source. */
  readonly shared: readonly SharedName[];
}

/** A place at which something that several threads use is named. */
export interface SharedName {
  readonly range: Range;
  readonly isProperty: boolean;
  readonly isDeclaration: boolean;
  /** Whether a lock is held at all of its places that matter. */
  readonly isGuarded: boolean;
}

/** A critical section; lines and columns in place of offsets. Each place goes to the end of its line, where a hint reads best. */
export interface SectionNote {
  /** What the user calls the lock. */
  readonly text: string;
  readonly reads: boolean;
  readonly taken: Range;
  readonly ends: readonly Range[];
  readonly namesEnd: boolean;
}

/** An object of several threads, where it is declared. */
export interface GuardedObject {
  readonly object: string;
  readonly range: Range;
  readonly lock: string | undefined;
  readonly places: number;
  readonly of: number;
  readonly sites: readonly { readonly file: string; readonly range: Range }[];
}

/** The notes of a file, each kind computed when it is asked. */
export class LiveNotes implements Notes {
  readonly #file: string;
  readonly #snapshot: Snapshot;
  #sections: readonly SectionNote[] | undefined;
  #guards: readonly GuardedObject[] | undefined;
  #shared: readonly SharedName[] | undefined;

  constructor(file: string, snapshot: Snapshot) {
    this.#file = file;
    this.#snapshot = snapshot;
  }

  get mains(): readonly Range[] {
    return this.#snapshot.mains(this.#file).map((site) => rangeOf(site, this.#snapshot));
  }

  get sections(): readonly SectionNote[] {
    this.#sections ??= this.#snapshot.knowledge
      .sectionsIn(this.#file)
      .map(({ text, reads, taken, ends, namesEnd }) => ({
        text,
        reads,
        taken: this.#restOfLine(taken),
        ends: ends.map((site) => this.#restOfLine(site)),
        namesEnd,
      }));
    return this.#sections;
  }

  /** From where something begins to the end of the line on which it ends. */
  #restOfLine(site: Site): Range {
    const text = this.#snapshot.text(this.#file) ?? "";
    const more = /^[^\r\n]*/.exec(text.slice(site.end))?.[0].trimEnd().length ?? 0;
    return rangeOf({ ...site, end: site.end + more }, this.#snapshot);
  }

  get guards(): readonly GuardedObject[] {
    this.#guards ??= this.#snapshot.knowledge.guardsIn(this.#file).map(({ object, site, lock, places, of, sites }) => ({
      object,
      range: rangeOf(site, this.#snapshot),
      lock,
      places,
      of,
      sites: sites.map((each) => ({ file: each.file, range: rangeOf(each, this.#snapshot) })),
    }));
    return this.#guards;
  }

  get shared(): readonly SharedName[] {
    this.#shared ??= this.#snapshot.knowledge
      .sharedNamesIn(this.#file)
      .map(({ site, ...rest }) => ({ ...rest, range: rangeOf(site, this.#snapshot) }));
    return this.#shared;
  }
}

/** All kinds, as plain data. */
export function plainNotes({ mains, sections, guards, shared }: Notes): Notes {
  return { mains, sections, guards, shared };
}
