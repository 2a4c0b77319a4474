/** What differs between two runs, without Node: by the names of locks, threads and places, as ids are each trace's own. */
import type { TraceSite } from "./decode.js";
import type { TraceSummary } from "./summary.js";

/** What differs between two traces. */
export interface TraceComparison {
  /** How long the runs took and how much they did. */
  readonly figures: readonly ComparedFigure[];
  /** What either has or both have: findings first, then what waited so much more or less that it matters most. */
  readonly rows: readonly ComparedRow[];
}

/** Something that at least one of the runs had. */
export interface ComparedRow {
  /** `place` is where threads wait for a lock. */
  readonly kind: "finding" | "lock" | "place" | "thread";
  /** What to call it; of a place the lock that is waited for there. */
  readonly name: string;
  /** Of a place and a finding. */
  readonly site: TraceSite | undefined;
  /** Which of the runs had it. */
  readonly in: "both" | "first" | "second";
  /** Nothing where neither run can have it. */
  readonly figures: readonly ComparedFigure[];
}

/** One figure of two runs. */
export interface ComparedFigure {
  /** What was counted or measured. */
  readonly what: FigureName;
  /** In the first run: a number, or nanoseconds. */
  readonly first: number;
  /** In the second. */
  readonly second: number;
}

/**
 * `count` is how often a lock was taken, how many threads have the name, or how often a finding was seen; `held` is of
 * locks, `waitedOtherwise` of threads.
 */
export type FigureName =
  | "duration"
  | "events"
  | "dropped"
  | "threads"
  | "deadlocks"
  | "count"
  | "waits"
  | "waited"
  | "longestWait"
  | "waitedOtherwise"
  | "held"
  | "longestHeld";

/** Whether a figure is a number of nanoseconds. */
export function isTime(what: FigureName): boolean {
  return TIMES.has(what);
}

const TIMES: ReadonlySet<FigureName> = new Set([
  "duration",
  "waited",
  "longestWait",
  "waitedOtherwise",
  "held",
  "longestHeld",
]);

type Figures = Partial<Record<FigureName, number>>;

/** One thing of one run. */
interface Item {
  readonly kind: ComparedRow["kind"];
  readonly name: string;
  readonly site: TraceSite | undefined;
  readonly figures: Figures;
}

/** Compares two runs. What has the same name in both, and of places the same file name and line, is the same. */
export function compareTraces(first: TraceSummary, second: TraceSummary): TraceComparison {
  const [before, after] = [itemsOf(first), itemsOf(second)];
  const keys = new Set([...before.keys(), ...after.keys()]);
  const rows = [...keys].map((key) => rowOf(before.get(key), after.get(key)));
  rows.sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind) || change(b) - change(a));
  return { figures: figuresOf(totalsOf(first), totalsOf(second)), rows };
}

const ORDER: readonly ComparedRow["kind"][] = ["finding", "lock", "place", "thread"];

/** How much more or less was waited, or else seen. */
function change({ figures }: ComparedRow): number {
  const of = (...names: readonly FigureName[]): number =>
    figures
      .filter(({ what }) => names.includes(what))
      .reduce((sum, { first, second }) => sum + Math.abs(second - first), 0);
  return of("waited", "waitedOtherwise") || of("held") * 1e-6 || of("count") * 1e-9;
}

function totalsOf({ duration, events, dropped, threads, deadlocks }: TraceSummary): Figures {
  return { duration, events, dropped, threads: threads.length, deadlocks: deadlocks.length };
}

function rowOf(first: Item | undefined, second: Item | undefined): ComparedRow {
  const { kind, name, site } = (second ?? first)!;
  const where = first === undefined ? "second" : second === undefined ? "first" : "both";
  return { kind, name, site, in: where, figures: figuresOf(first?.figures ?? {}, second?.figures ?? {}) };
}

function figuresOf(first: Figures, second: Figures): readonly ComparedFigure[] {
  const names = new Set([...Object.keys(first), ...Object.keys(second)]) as ReadonlySet<FigureName>;
  return [...names].map((what) => ({ what, first: first[what] ?? 0, second: second[what] ?? 0 }));
}

/** By what makes them the same in another run. Those of one name are one. */
function itemsOf({ locks, contention, threads, findings }: TraceSummary): ReadonlyMap<string, Item> {
  const items = new Map<string, Item>();
  const add = (key: string, item: Item): void => {
    const known = items.get(key);
    items.set(key, known === undefined ? item : { ...item, figures: together(known.figures, item.figures) });
  };
  for (const { kind, rule, message, places, times } of findings) {
    const about = places.every(({ site }) => site === undefined) ? message.replaceAll(/\d+/g, "") : "";
    add(`finding ${kind} ${about} ${places.map(({ site }) => keyOf(site)).join()}`, {
      ...{ kind: "finding", name: rule ?? kind, site: places[0]?.site },
      figures: { count: times },
    });
  }
  for (const { name, acquisitions, waits, waited, longestWait, held, longestHeld } of locks) {
    const figures = { count: acquisitions, waits, waited, longestWait, held, longestHeld };
    add(`lock ${name}`, { kind: "lock", name, site: undefined, figures });
  }
  for (const { lock, site, waits, total, longest } of contention) {
    const figures = { waits, waited: total, longestWait: longest };
    add(`place ${lock} ${keyOf(site)}`, { kind: "place", name: lock, site, figures });
  }
  for (const { name, waitedForLocks, waitedOtherwise } of threads) {
    const figures = { count: 1, waited: waitedForLocks, waitedOtherwise };
    add(`thread ${name}`, { kind: "thread", name, site: undefined, figures });
  }
  return items;
}

function together(a: Figures, b: Figures): Figures {
  const sum: Figures = { ...a };
  for (const [key, value] of Object.entries(b) as [FigureName, number][]) {
    const known = sum[key] ?? 0;
    sum[key] = key === "longestWait" || key === "longestHeld" ? Math.max(known, value) : known + value;
  }
  return sum;
}

/** Two copies of a program are in different folders. */
function keyOf(site: TraceSite | undefined): string {
  if (site === undefined) return "";
  const { file, line } = site;
  return `${file.slice(Math.max(file.lastIndexOf("/"), file.lastIndexOf("\\")) + 1)}:${line}`;
}
