/** How a table takes the filter of threads, for those who read it; empty where nothing is to be said. */
import { type Filter, isFiltering } from "./filter.js";
import type { Tab } from "./kept-state.js";

export function filterNote(tab: Tab, filter: Filter): string {
  if (!isFiltering(filter)) return "";
  const isByThread = filter.name.trim() !== "" || filter.thread !== 0 || filter.hidden.length > 0;
  switch (tab) {
    case "threads":
    case "area":
    case "locks":
      return "filtered";
    case "contention":
      if (filter.object === 0 && filter.least === 0) return "of all threads";
      return isByThread ? "filtered, of all threads" : "filtered";
    case "counters":
      return filter.object === 0 ? "not filtered" : "filtered";
    default:
      return "not filtered";
  }
}
