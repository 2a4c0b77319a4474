import { howMany } from "../../shared/how-many.js";
import type { Sums } from "../../shared/messages.js";
import { nameOf, waitsFor } from "../../shared/names.js";
import type { Comparison, Contention, RunFindings } from "../../shared/report.js";
import { shown } from "../../shared/shown.js";
import type { Snapshot, ThreadNow, Wait } from "../../shared/snapshot.js";
import { AREA_TITLES, areaRows } from "./area-table.js";
import { COMPARISON_TITLES, comparisonRows } from "./comparison-table.js";
import { formatDuration, formatMoment } from "./duration.js";
import type { GraphTab, Tab } from "./kept-state.js";
import { at, joined, name, object, type Part, text, thread } from "./parts.js";
import { doing, waited } from "./phrases.js";
import { EVERYTHING, isEverything, rowsWith, type Search } from "./search.js";
import type { Words } from "./words.js";

export interface Table {
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  /** What stands there instead of no rows. */
  readonly empty: string;
  /** How many rows are left out. */
  readonly more: number;
}

export interface Column {
  readonly title: string;
  readonly isNumber: boolean;
}

export interface Row {
  readonly key: string;
  readonly cells: readonly Cell[];
  /** The thread that is selected where the row is clicked; 0 for none. */
  readonly thread: number;
  /** The longest that the row tells of, in nanoseconds. */
  readonly longest?: number | undefined;
}

export interface Cell {
  readonly parts: readonly Part[];
  /** The length of a bar before it, as a part of the longest; undefined for none. */
  readonly bar: number | undefined;
}

/** What the tables tell about. */
export interface TableSource {
  readonly snapshot: Snapshot | undefined;
  readonly contention: readonly Contention[];
  /** Undefined until they were looked for. */
  readonly found: RunFindings | undefined;
  /** What threads did in an area; undefined as long as none is selected. */
  readonly area: Sums | undefined;
  /** Undefined until somebody asked for one. */
  readonly comparison: Comparison | undefined;
  /** The moment up to which waits that last are counted. */
  readonly now: number;
  readonly words: Words;
}

/** More rows cost more than they tell. */
const MOST_ROWS = 1_000;
const MOST_NAMES = 8;
/** Of a message, which has names of the program in it. */
const LONGEST_MESSAGE = 600;

const BUILDERS: Readonly<Record<Exclude<Tab, GraphTab>, (source: TableSource) => Omit<Table, "more">>> = {
  contention: contentionTable,
  threads: threadTable,
  locks: lockTable,
  counters: counterTable,
  area: areaTable,
  findings: findingTable,
  comparison: comparisonTable,
};

/** The rows that have what is looked for, up to as many as anybody reads. */
export function tableOf(tab: Exclude<Tab, GraphTab>, source: TableSource, search: Search = EVERYTHING): Table {
  const all = BUILDERS[tab](source);
  const table =
    isEverything(search) || all.rows.length === 0
      ? all
      : { ...all, rows: rowsWith(search, all.rows), empty: `None of ${all.rows.length} has what is looked for.` };
  return { ...table, rows: table.rows.slice(0, MOST_ROWS), more: Math.max(0, table.rows.length - MOST_ROWS) };
}

/** While something is looked for, with how many rows have it, so that one sees in which table it is. */
export function tabTitle(tab: Tab, source: TableSource, search: Search = EVERYTHING): string {
  const { snapshot, contention, found, area, comparison } = source;
  if (!isEverything(search) && tab !== "waits" && tab !== "order") {
    const { rows } = BUILDERS[tab](source);
    const title = tabTitle(tab, source).replace(/ \d+$/, "");
    return rows.length === 0 ? title : `${title} ${rowsWith(search, rows).length}/${rows.length}`;
  }
  switch (tab) {
    case "contention":
      return `Contention${counted(contention.length)}`;
    case "threads":
      return `Threads${counted(snapshot?.threads.length ?? 0)}`;
    case "locks":
      return `Locks${counted(snapshot?.locks.length ?? 0)}`;
    case "counters":
      return `Queues and pools${counted(snapshot?.counters.length ?? 0)}`;
    case "findings":
      return `Findings${counted(found?.findings.length ?? 0)}`;
    case "waits":
      return "Wait-for graph";
    case "order":
      return "Lock order";
    case "area":
      return area === undefined ? "Area" : `Area ${formatDuration(area.to - area.from)}`;
    case "comparison":
      return comparison === undefined ? "Comparison" : `Comparison with ${shown(comparison.title, 30)}`;
  }
}

function counted(number: number): string {
  return number === 0 ? "" : ` ${number}`;
}

function contentionTable({ contention, words }: TableSource): Omit<Table, "more"> {
  const longest = contention.reduce((most, { total }) => Math.max(most, total), 1);
  return {
    columns: columns("Lock", "Waits at", "Waits#", "Total#", "Longest#", "Held meanwhile by"),
    empty: "No thread has waited for a lock.",
    rows: contention.map((each) => ({
      key: `${each.object.id} ${each.place?.file}:${each.place?.line}:${each.place?.column}`,
      thread: 0,
      longest: each.longest,
      cells: [
        cell(object(nameOf(each.object), each.object.id)),
        cell(...at(each.place).slice(1)),
        cell(text(each.waits.toLocaleString("en-US"))),
        { ...cell(text(formatDuration(each.total))), bar: each.total / longest },
        cell(text(formatDuration(each.longest))),
        cell(...(each.holder === 0 ? [] : [thread(words.threadName(each.holder), each.holder)])),
      ],
    })),
  };
}

function threadTable({ snapshot, now, words }: TableSource): Omit<Table, "more"> {
  return {
    columns: columns("Thread", "State", "Holds", "Waits"),
    empty: "No thread has begun.",
    rows: (snapshot?.threads ?? []).map((each) => ({
      key: String(each.id),
      thread: each.id,
      longest: each.wait === undefined ? undefined : now - each.wait.since,
      cells: [
        cell(thread(words.threadName(each.id), each.id)),
        cell(text(stateOf(each, now)), ...(each.pausedAt === undefined ? [] : at(each.pausedAt))),
        cell(
          ...joined(
            each.holds.slice(-MOST_NAMES).map(({ object, place }) => [name(nameOf(object)), ...at(place)]),
            ", ",
          ),
        ),
        cell(...waitsOf(each, now, words)),
      ],
    })),
  };
}

function stateOf(each: ThreadNow, now: number): string {
  if (each.pausedAt !== undefined) return "paused at";
  return each.wait === undefined ? doing({ ...each, holds: [] }, now) : "waits";
}

function waitsOf(each: ThreadNow, now: number, words: Words): readonly Part[] {
  const waits = [...(each.wait === undefined ? [] : [each.wait]), ...each.asyncWaits];
  return joined(
    waits
      .slice(0, MOST_NAMES)
      .map((wait) => [
        text(`${waitsFor(wait.object)}`),
        ...at(wait.place),
        text(` ${waited(wait, now)}`),
        ...heldBy(wait, words),
      ]),
    "; ",
  );
}

/** A thread that is joined is what is waited for: nobody holds it. */
function heldBy({ holder, object }: Wait, words: Words): readonly Part[] {
  if (holder === 0 || object.kind === "thread") return [];
  return [text(", held by "), thread(words.threadName(holder), holder)];
}

function lockTable({ snapshot, words }: TableSource): Omit<Table, "more"> {
  return {
    columns: columns("Lock", "Owner", "Since#", "Waiters"),
    empty: "No lock is held, and none was waited for.",
    rows: (snapshot?.locks ?? []).map((each) => ({
      key: String(each.object.id),
      thread: each.owner,
      cells: [
        cell(object(nameOf(each.object), each.object.id)),
        cell(
          ...(each.owner === 0
            ? [text("free")]
            : joined(
                [{ thread: each.owner, place: each.place }, ...each.others]
                  .slice(0, MOST_NAMES)
                  .map((holder) => [thread(words.threadName(holder.thread), holder.thread), ...at(holder.place)]),
                ", ",
              )),
        ),
        cell(text(each.since === undefined || each.owner === 0 ? "" : formatMoment(each.since))),
        cell(
          ...joined(
            each.waiters.slice(0, MOST_NAMES).map((id) => [thread(words.threadName(id), id)]),
            ", ",
          ),
        ),
      ],
    })),
  };
}

function counterTable({ snapshot, words }: TableSource): Omit<Table, "more"> {
  return {
    columns: columns("Queue or pool", "Kind", "In it#", "At most#", "Waiting"),
    empty: "No queue or pool was used.",
    rows: (snapshot?.counters ?? []).map((each) => ({
      key: String(each.object.id),
      thread: 0,
      cells: [
        cell(object(nameOf(each.object), each.object.id)),
        cell(text(each.object.kind)),
        { ...cell(text(howMany(each))), bar: each.count / Math.max(1, each.room, each.most) },
        cell(text(each.most.toLocaleString("en-US"))),
        cell(
          ...joined(
            each.waiters.slice(0, MOST_NAMES).map((id) => [thread(words.threadName(id), id)]),
            ", ",
          ),
        ),
      ],
    })),
  };
}

function findingTable({ found }: TableSource): Omit<Table, "more"> {
  return {
    columns: columns("Rule", "What", "Seen", "Where"),
    empty: noFindings(found),
    rows: (found?.findings ?? []).map(({ id, message, places, times, isInSource }) => ({
      key: [id, ...places.map(({ place }) => `${place?.file}:${place?.line}:${place?.column}`)].join(" "),
      thread: 0,
      cells: [
        cell(name(id)),
        cell(text(shown(message, LONGEST_MESSAGE))),
        cell(text(seen(times, isInSource))),
        cell(
          ...joined(
            places.map(({ what, place }) => [name(shown(what)), ...at(place)]),
            "; ",
          ),
        ),
      ],
    })),
  };
}

function areaTable({ area, words }: TableSource): Omit<Table, "more"> {
  return {
    columns: columns(...AREA_TITLES),
    empty:
      "Press M at one moment and go to another, or drag over the time axis with Shift: what threads did between stands here.",
    rows: (area === undefined ? [] : areaRows(area, words)).map((row) => ({
      key: String(row.thread),
      thread: row.thread,
      cells: row.cells.map((parts) => cell(...parts)),
    })),
  };
}

function comparisonTable({ comparison }: TableSource): Omit<Table, "more"> {
  const rows = comparison === undefined || comparison.problem !== undefined ? [] : comparisonRows(comparison);
  return {
    columns: columns(...COMPARISON_TITLES),
    empty: comparison?.problem ?? "Choose another run with the button Compare: what differs stands here then.",
    rows: rows.map(({ key, cells }) => ({ key, thread: 0, cells: cells.map((parts) => cell(...parts)) })),
  };
}

function noFindings(found: RunFindings | undefined): string {
  if (found === undefined) return "The trace is being looked through.";
  return found.suppressed === 0
    ? "Nothing was found in this run."
    : `Nothing was found in this run but what comments or settings suppress (${found.suppressed}).`;
}

/** Who saw it: the run, the analysis of the source, or both. */
function seen(times: number, isInSource: boolean): string {
  if (times === 0) return "static only";
  const often = times === 1 ? "once" : `${times.toLocaleString("en-US")} times`;
  return isInSource ? `both: ${often}` : `seen ${often}`;
}

function cell(...parts: readonly Part[]): Cell {
  return { parts, bar: undefined };
}

/** Titles; those with a `#` at the end are of numbers. */
function columns(...titles: readonly string[]): readonly Column[] {
  return titles.map((title) => ({ title: title.replace("#", ""), isNumber: title.endsWith("#") }));
}
