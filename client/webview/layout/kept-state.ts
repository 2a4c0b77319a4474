import { type Filter, NO_FILTER, parseFilter } from "./filter.js";
import { emptyTrail, type Selection, type Trail } from "./selection.js";
import { initialView, type View } from "./view.js";

export const TABS = [
  "contention",
  "threads",
  "locks",
  "counters",
  "area",
  "findings",
  "waits",
  "order",
  "comparison",
] as const;
export type Tab = (typeof TABS)[number];
/** Tabs that show a graph, who waits for whom and which lock is taken under which; the others have tables. */
export type GraphTab = "waits" | "order";

/** What a panel that was hidden and is shown again still knows. */
export interface KeptState {
  /** Undefined until somebody chose one. */
  readonly view: View | undefined;
  readonly trail: Trail;
  readonly tab: Tab;
  /** What is looked for in the tables. */
  readonly search: string;
  /** Arrows show who ended whose waits. */
  readonly areArrowsShown: boolean;
  readonly filter: Filter;
}

const nothing: KeptState = {
  view: undefined,
  trail: emptyTrail,
  tab: "contention",
  search: "",
  areArrowsShown: true,
  filter: NO_FILTER,
};

/** Reads what was kept, perhaps by another version: what does not fit is as if it had not been kept. */
export function parseKept(value: unknown): KeptState {
  if (!isRecord(value)) return nothing;
  return {
    view: parseView(value.view),
    trail: parseTrail(value.trail),
    tab: TABS.find((tab) => tab === value.tab) ?? nothing.tab,
    search: typeof value.search === "string" ? value.search : nothing.search,
    areArrowsShown: value.areArrowsShown !== false,
    filter: parseFilter(value.filter),
  };
}

function parseView(value: unknown): View | undefined {
  if (!isRecord(value) || !isRecord(value.span)) return undefined;
  const mode = (["follow", "fit", "free"] as const).find((known) => known === value.mode);
  const { from, to } = value.span;
  if (mode === undefined || !isTime(from) || !isTime(to) || from >= to) return undefined;
  return { mode, span: { from, to }, followed: isTime(value.followed) ? value.followed : initialView.followed };
}

function parseTrail(value: unknown): Trail {
  if (!isRecord(value)) return emptyTrail;
  const before = Array.isArray(value.before) ? value.before.map(parseSelection) : [];
  return { selection: parseSelection(value.selection), before: before.filter((each) => each !== undefined) };
}

function parseSelection(value: unknown): Selection | undefined {
  if (!isRecord(value) || typeof value.thread !== "number") return undefined;
  return { thread: value.thread, time: isTime(value.time) ? value.time : undefined };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function isTime(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}
