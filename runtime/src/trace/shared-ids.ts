import { LARGEST_WORD } from "./format.js";
import { DamagedPayload } from "./payload-reader.js";

/**
 * Ids of one kind, such as those of threads: each process of a trace has its own, and readers have one set for all. Those of
 * the program itself stay what they are in the file, as long as no other process was given the same.
 */
export class SharedIds {
  #last: number;
  /** From the first id of another process on: the highest that stays what it is. */
  #kept = LARGEST_WORD;
  readonly #given = new Map<number, Map<number, number>>();
  /** Of things that several processes have. */
  readonly #joined = new Map<number, Map<number, number>>();

  /** Ids up to this one stay what they are. */
  constructor(kept = 0) {
    this.#last = kept;
  }

  /** From here on the process means by its id what has this one already. */
  join(process: number, id: number, given: number): void {
    let ids = this.#joined.get(process);
    if (ids === undefined) {
      ids = new Map();
      this.#joined.set(process, ids);
    }
    ids.set(id, given);
  }

  /** The id for everybody. 0 means none, here and there. */
  of(process: number, id: number): number {
    if (id === 0) return 0;
    if (this.#joined.size > 0) {
      const joined = this.#joined.get(process)?.get(id);
      if (joined !== undefined) return joined;
    }
    if (process === 1 && id <= this.#kept) {
      if (id > this.#last && this.#given.size === 0) this.#last = id;
      return id;
    }
    if (this.#given.size === 0) this.#kept = this.#last;
    let ids = this.#given.get(process);
    if (ids === undefined) {
      ids = new Map();
      this.#given.set(process, ids);
    }
    let given = ids.get(id);
    if (given === undefined) {
      if (this.#last === LARGEST_WORD) throw new DamagedPayload();
      given = ++this.#last;
      ids.set(id, given);
    }
    return given;
  }
}
