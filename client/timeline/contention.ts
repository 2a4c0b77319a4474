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

/** One more wait for a lock, among those for it. */
export function countWait(
  bySite: Map<number, Waits>,
  { object, site, holder }: Pick<Waits, "object" | "site" | "holder">,
  length: number,
): void {
  let row = bySite.get(site);
  if (row === undefined) {
    row = { object, site, waits: 0, total: 0, longest: -1, holder: 0 };
    bySite.set(site, row);
  }
  row.waits++;
  row.total += length;
  if (length <= row.longest) return;
  row.longest = length;
  row.holder = holder;
}

/** The longest total first. */
export function byTotal(rows: Iterable<Waits>): readonly Waits[] {
  return [...rows].sort((a, b) => b.total - a.total || a.object - b.object || a.site - b.site);
}
