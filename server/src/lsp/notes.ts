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
}

/** All kinds, as plain data. */
export function plainNotes({ mains, sections, guards }: Notes): Notes {
  return { mains, sections, guards };
}
