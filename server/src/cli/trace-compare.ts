import {
  type ComparedFigure,
  type ComparedRow,
  isTime,
  type TraceComparison,
} from "../../../runtime/src/trace/compare.js";
import type { Style } from "./pretty.js";
import { jsonSite, siteText } from "./trace-site.js";
import { count, milliseconds, table, time } from "./trace-text.js";

const figureNames = {
  duration: "duration",
  events: "events",
  dropped: "dropped events",
  threads: "threads",
  deadlocks: "deadlocks",
  count: "number",
  waits: "waits",
  waited: "waited",
  longestWait: "longest wait",
  waitedOtherwise: "waited otherwise",
  held: "held",
  longestHeld: "longest held",
} as const;

const sections = [
  ["finding", "Findings"],
  ["lock", "Locks"],
  ["place", "Waits for locks, by place"],
  ["thread", "Threads"],
] as const satisfies readonly (readonly [ComparedRow["kind"], string])[];

const presences = { both: "", first: "only in the first", second: "only in the second" } as const;

/** One object. Times are milliseconds, places as in `trace report`. */
export function comparisonAsJson({ figures, rows }: TraceComparison): string {
  const told = (all: readonly ComparedFigure[]) =>
    Object.fromEntries(
      all.map(({ what, first, second }) => {
        const values = isTime(what) ? [milliseconds(first), milliseconds(second)] : [first, second];
        return [what, { first: values[0], second: values[1] }];
      }),
    );
  const comparison = {
    version: 1,
    run: told(figures),
    rows: rows.map(({ kind, name, site, in: where, figures: of }) => ({
      ...{ kind, name, site: jsonSite(site), in: where },
      figures: told(of),
    })),
  };
  return `${JSON.stringify(comparison, undefined, 1)}\n`;
}

/** For people, and for screen readers: a sign says what became more, and a word what only one run had. */
export function comparisonAsText({ figures, rows }: TraceComparison, style: Style): string {
  const parts = [
    table(
      style,
      "Run",
      ["first", "second", "change"],
      figures.map((figure) => [figureNames[figure.what], ...cellsOf(figure)]),
    ),
  ];
  for (const [kind, title] of sections) {
    const those = rows.filter((row) => row.kind === kind);
    if (those.length === 0) continue;
    const lines = those.flatMap((row) =>
      row.figures.map((figure, i) => [
        i === 0 ? labelOf(row) : "",
        figureNames[figure.what],
        ...cellsOf(figure),
        i === 0 ? presences[row.in] : "",
      ]),
    );
    parts.push(table(style, title, ["", "first", "second", "change", ""], lines));
  }
  return `${parts.join("\n\n")}\n`;
}

function labelOf({ kind, name, site }: ComparedRow): string {
  return kind === "place" || kind === "finding" ? [name, siteText(site)].filter(Boolean).join(" at ") : name;
}

/** `1.21 s`, `605 ms`, `▼ 605 ms`. */
function cellsOf({ what, first, second }: ComparedFigure): readonly string[] {
  const told = (value: number): string => (isTime(what) ? time(value) : count(value));
  const sign =
    told(first) === told(second) ? "=" : second > first ? `▲ ${told(second - first)}` : `▼ ${told(first - second)}`;
  return [told(first), told(second), sign];
}
