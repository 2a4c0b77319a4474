import type { OpenWait } from "./lane.js";

/** The waits for one lock at one place. Times are nanoseconds. */
export interface Waits {
  readonly object: number;
  readonly site: number;
  waits: number;
  total: number;
  longest: number;
  /** Who held the lock when the longest began. */
  holder: number;
}

/** Ids of sites stay below this. */
const SITES = 2 ** 26;

export class ContentionTable {
  readonly #rows = new Map<number, Waits>();

  add({ object, site, holder }: OpenWait, length: number): void {
    const key = object * SITES + site;
    let row = this.#rows.get(key);
    if (row === undefined) {
      row = { object, site, waits: 0, total: 0, longest: -1, holder: 0 };
      this.#rows.set(key, row);
    }
    row.waits++;
    row.total += length;
    if (length <= row.longest) return;
    row.longest = length;
    row.holder = holder;
  }

  /** A copy, to which what has not ended yet can be added. */
  copy(): ContentionTable {
    const table = new ContentionTable();
    for (const [key, row] of this.#rows) table.#rows.set(key, { ...row });
    return table;
  }

  /** The longest total first. */
  rows(): readonly Waits[] {
    return [...this.#rows.values()].sort((a, b) => b.total - a.total || a.object - b.object || a.site - b.site);
  }
}
