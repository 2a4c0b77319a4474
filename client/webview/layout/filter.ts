/** Which threads somebody wants to see. */
import type { ThreadNow } from "../../shared/snapshot.js";
import { formatDuration } from "./duration.js";
import { parseDuration } from "./search.js";
import { laneName, type Words } from "./words.js";

/** Threads that fit all of it are shown, and the selected one. */
export interface Filter {
  /** Words that a thread's name, its process's script or number have; as written, empty for any. */
  readonly name: string;
  /** The thread that they waited for, or that waited for them; 0 for any. */
  readonly thread: number;
  /** What they used, or waited for; 0 for anything. */
  readonly object: number;
  /** The shortest wait that counts, nanoseconds; 0 for any, or none. */
  readonly least: number;
  /** Threads that are not shown. */
  readonly hidden: readonly number[];
}

export const NO_FILTER: Filter = { name: "", thread: 0, object: 0, least: 0, hidden: [] };

/** What only the rows of the whole trace can tell. */
export type RelatedFilter = Pick<Filter, "thread" | "object" | "least">;

export function isFiltering({ name, thread, object, least, hidden }: Filter): boolean {
  return name.trim() !== "" || thread !== 0 || object !== 0 || least !== 0 || hidden.length > 0;
}

export function asksForRelated({ thread, object, least }: Filter): boolean {
  return thread !== 0 || object !== 0 || least !== 0;
}

/** Reads what was kept, perhaps by another version. */
export function parseFilter(value: unknown): Filter {
  if (typeof value !== "object" || value === null) return NO_FILTER;
  const { name, thread, object, least, hidden } = value as Readonly<Record<string, unknown>>;
  const number = (each: unknown): number => (typeof each === "number" && Number.isFinite(each) && each > 0 ? each : 0);
  return {
    name: typeof name === "string" ? name : "",
    ...{ thread: number(thread), object: number(object), least: number(least) },
    hidden: Array.isArray(hidden) ? hidden.map(number).filter((id) => id !== 0) : [],
  };
}

/** Those that are shown, in their order. `related` is undefined as long as it is not known. */
export function shownThreads(
  { name, hidden }: Filter,
  threads: readonly ThreadNow[],
  related: ReadonlySet<number> | undefined,
  selected: number,
): readonly ThreadNow[] {
  const words = name.toLowerCase().split(/\s+/).filter(Boolean);
  const hiding = new Set(hidden);
  return threads.filter((thread) => {
    if (thread.id === selected) return true;
    if (hiding.has(thread.id) || related?.has(thread.id) === false) return false;
    if (words.length === 0) return true;
    const { pid, name: script } = thread.process;
    const text = `${laneName(thread)} ${thread.name} ${pid} ${script}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** One part of a filter in words, and what is left without it. */
export interface Chip {
  readonly text: string;
  readonly without: Filter;
}

/** More names would be longer than the list of threads. */
const MOST_HIDDEN = 3;

export function chipsOf(filter: Filter, words: Words): readonly Chip[] {
  const { name, thread, object, least, hidden } = filter;
  const chips: Chip[] = [];
  if (name.trim() !== "") chips.push({ text: `named ${name.trim()}`, without: { ...filter, name: "" } });
  if (thread !== 0) chips.push({ text: `related to ${words.threadName(thread)}`, without: { ...filter, thread: 0 } });
  if (object !== 0) chips.push({ text: `use ${words.objectName(object)}`, without: { ...filter, object: 0 } });
  if (least !== 0) chips.push({ text: `waited ≥ ${formatDuration(least)}`, without: { ...filter, least: 0 } });
  const hide = (ids: readonly number[], text: string): void => {
    chips.push({ text, without: { ...filter, hidden: hidden.filter((id) => !ids.includes(id)) } });
  };
  if (hidden.length > MOST_HIDDEN) hide(hidden, `without ${hidden.length} threads`);
  else for (const id of hidden) hide([id], `without ${words.threadName(id)}`);
  return chips;
}

/** How long waits have to be, from `5ms` or `1.5 s`; 0 for nothing, undefined where it is no duration. */
export function parseLeast(text: string): number | undefined {
  return text.trim() === "" ? 0 : parseDuration(text.replaceAll(/\s|≥|>=?/g, ""));
}
