import type { Event } from "../model/events.js";
import type { Holder } from "../model/memory.js";
import type { FileMemory, MemoryFunction } from "../model/memory-function.js";
import type { Site } from "../source/site.js";
import { type Dataflow, solve } from "./dataflow.js";

/** A view of a memory is used that has been made before the memory may have grown. */
export interface StaleView {
  /** What holds it, as the user wrote it. */
  readonly text: string;
  readonly isKept: boolean;
  /** Where it is used. */
  readonly used: Site;
  /** Where it was made. */
  readonly made: Site;
  /** Where the memory may have grown since. */
  readonly grown: Site;
}

/** By what holds a view: where the memory may have grown since it was made, or undefined where it has not. */
type Known = ReadonlyMap<string, Site | undefined>;

const known = new WeakMap<FileMemory, readonly StaleView[]>();

/** The views of one file that are used too late. The same functions have the same answer. */
export function staleViewsOf(functions: FileMemory): readonly StaleView[] {
  const views = known.get(functions) ?? findStaleViews(functions);
  known.set(functions, views);
  return views;
}

function findStaleViews(functions: FileMemory): readonly StaleView[] {
  const made = new Map<string, Site>();
  for (const fn of functions) {
    for (const { event } of fn.nodes) {
      if (event.kind === "take" && event.makes && !made.has(event.holder.key)) made.set(event.holder.key, event.site);
    }
  }
  if (made.size === 0) return [];
  // The module's own growing comes before anybody calls its functions.
  const grown = functions.find((fn) => !fn.isFirst && growths(fn).length > 0);
  const elsewhere = grown && growths(grown)[0];
  const refreshed = new Set(functions.flatMap((fn) => (fn.isFirst ? [] : remadeOnly(fn))));
  return functions.flatMap((fn) => {
    const isOld = (holder: Holder): boolean => holder.isKept && !fn.isFirst && !refreshed.has(holder.key);
    return staleIn(fn, made, elsewhere !== undefined, (holder) => (isOld(holder) ? elsewhere : undefined));
  });
}

function growths({ nodes }: MemoryFunction): readonly Site[] {
  return nodes.flatMap(({ event }) => (event.kind === "grow" ? [event.site] : []));
}

/** What a function makes anew and does not use: others call it when the memory has grown. */
function remadeOnly({ nodes }: MemoryFunction): readonly string[] {
  const used = new Set(nodes.flatMap(({ event }) => (event.kind === "touch" ? [event.holder.key] : [])));
  return nodes.flatMap(({ event }) => {
    const isRemade = event.kind === "take" && !event.isFirst && !used.has(event.holder.key);
    return isRemade ? [event.holder.key] : [];
  });
}

function staleIn(
  fn: MemoryFunction,
  made: ReadonlyMap<string, Site>,
  growsMeanwhile: boolean,
  atEntry: (holder: Holder) => Site | undefined,
): readonly StaleView[] {
  const entry = new Map<string, Site | undefined>();
  for (const { event } of fn.nodes) {
    if (event.kind !== "touch" || !made.has(event.holder.key)) continue;
    const site = atEntry(event.holder);
    if (site) entry.set(event.holder.key, site);
  }
  const before = solve(fn.nodes, flow(entry, growsMeanwhile));
  const seen = new Set<string>();
  return fn.nodes.flatMap(({ event }, index): StaleView[] => {
    if (event.kind !== "touch" || seen.has(event.holder.key)) return [];
    const { key, text, isKept } = event.holder;
    const site = made.get(key);
    const grown = before[index]?.get(key);
    if (!site || !grown) return [];
    seen.add(key);
    return [{ text, isKept, used: event.site, made: site, grown }];
  });
}

/** `growsMeanwhile`: whether others let the memory grow while the function waits. */
function flow(entry: Known, growsMeanwhile: boolean): Dataflow<Known> {
  return {
    entry,
    after(event: Event, before) {
      if (event.kind === "take" || event.kind === "verify") return new Map(before).set(event.holder.key, undefined);
      const isGap = event.kind === "grow" || (event.kind === "await" && growsMeanwhile);
      if (!isGap || before.size === 0) return before;
      return new Map([...before].map(([key, site]) => [key, site ?? event.site]));
    },
    join(a, b) {
      const both = new Map(a);
      for (const [key, site] of b) if (!both.get(key)) both.set(key, site);
      return both;
    },
    equals: (a, b) =>
      a === b || (a.size === b.size && [...a].every(([key, site]) => b.has(key) && b.get(key) === site)),
  };
}
