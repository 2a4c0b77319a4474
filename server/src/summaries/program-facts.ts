import type { Gathered } from "../model/gathered.js";
import type { FunctionFacts } from "./summarise.js";

/** What is known of the functions of one file. The same object until something is known anew of one of them. */
export type FileFacts = readonly FunctionFacts[];

/** Beyond this share of all functions, what has changed is no longer kept apart. */
const LARGEST_CHANGE = 0.1;

/** What is known of all functions of a program. Immutable. */
export class ProgramFacts {
  /** In the order of the files and their text; files without functions are left out. */
  readonly files: readonly FileFacts[];
  /** What was gathered from them, and from those of the program before. */
  readonly gathered: Gathered;
  /** The functions that others run, by a call or as a callback that is handed on. The same set while no call changes. */
  readonly called: ReadonlySet<string>;
  readonly #byId: ReadonlyMap<string, FunctionFacts>;
  /** What is known anew of functions that are in the map as well: after an edit, that spares a copy of the map. */
  readonly #anew: ReadonlyMap<string, FunctionFacts>;

  private constructor(
    files: readonly FileFacts[],
    called: ReadonlySet<string>,
    byId: ReadonlyMap<string, FunctionFacts>,
    anew: ReadonlyMap<string, FunctionFacts>,
    gathered: Gathered,
  ) {
    this.gathered = gathered;
    this.files = files;
    this.called = called;
    this.#byId = byId;
    this.#anew = anew;
  }

  static of(files: readonly FileFacts[], called: ReadonlySet<string>, gathered: Gathered): ProgramFacts {
    const byId = new Map(files.flatMap((file) => file.map((facts) => [facts.model.id, facts] as const)));
    return new ProgramFacts(files, called, byId, new Map(), gathered);
  }

  /** The same functions, of some of which other facts are known. */
  with(anew: ReadonlyMap<string, FunctionFacts>): ProgramFacts {
    if (anew.size === 0) return this;
    const touched = new Set([...anew.values()].map(({ model }) => model.site.file));
    const files = this.files.map((file) =>
      touched.has(file[0]!.model.site.file) ? file.map((facts) => anew.get(facts.model.id) ?? facts) : file,
    );
    const all = new Map([...this.#anew, ...anew]);
    const isLarge = all.size > this.#byId.size * LARGEST_CHANGE;
    return isLarge
      ? ProgramFacts.of(files, this.called, this.gathered)
      : new ProgramFacts(files, this.called, this.#byId, all, this.gathered);
  }

  get(id: string): FunctionFacts | undefined {
    return this.#anew.get(id) ?? this.#byId.get(id);
  }
}

/**
 * What `look` sees in the functions of a program, one function after the other. A file is looked at once, until
 * something is known anew of one of its functions: `look` must rest on nothing but the function.
 */
export function inFunctions<T>(look: (facts: FunctionFacts) => readonly T[]): (all: ProgramFacts) => readonly T[] {
  const inFile = (file: FileFacts): readonly T[] => file.flatMap(look);
  return (all) => all.gathered.from(all.files, inFile);
}
