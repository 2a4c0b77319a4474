/** What differs between two runs, as a table. What became more or less is said by a sign, never by colour alone. */
import type { ComparedFigure, ComparedRow, Comparison } from "../../shared/report.js";
import { shown } from "../../shared/shown.js";
import { formatDuration } from "./duration.js";
import { at, name, type Part, text } from "./parts.js";

/** Titles by what a figure is; those with a `#` at the end are of numbers. */
const FIGURES = {
  count: "Number#",
  waits: "Waits#",
  waited: "Waited#",
  longestWait: "Longest wait#",
  waitedOtherwise: "Waited otherwise#",
  held: "Held#",
  longestHeld: "Longest held#",
} as const;
const NAMES = Object.keys(FIGURES) as readonly (keyof typeof FIGURES)[];

export const COMPARISON_TITLES: readonly string[] = ["What", "In", ...Object.values(FIGURES)];

const KINDS: Readonly<Record<ComparedRow["kind"], string>> = {
  finding: "finding",
  lock: "lock",
  place: "waits for",
  thread: "thread",
};

const PRESENCE: Readonly<Record<ComparedRow["in"], string>> = {
  both: "both",
  first: "− only this run",
  second: "+ only the other",
};

/** Of each row the cells, in the order of the titles. */
export function comparisonRows({
  figures,
  rows,
}: Comparison): readonly { key: string; cells: readonly (readonly Part[])[] }[] {
  return [
    { key: "runs", cells: runsOf(figures) },
    ...rows.map((row, i) => ({
      key: String(i),
      cells: [
        [text(`${KINDS[row.kind]} `), name(shown(row.name)), ...at(row.place)],
        [text(PRESENCE[row.in])],
        ...NAMES.map((what) => {
          const figure = row.figures.find((each) => each.what === what);
          return figure === undefined ? [] : [text(difference(figure))];
        }),
      ],
    })),
  ];
}

/** The runs as a whole have figures of their own, which fit into one sentence. */
function runsOf(figures: readonly ComparedFigure[]): readonly (readonly Part[])[] {
  const said = figures.filter(({ first, second }) => first !== 0 || second !== 0);
  return [
    [text(said.map((figure) => `${figure.what} ${difference(figure)}`).join(" · "))],
    [text("both")],
    ...NAMES.map(() => []),
  ];
}

/** `1.21 s → 605 ms ▼`, and `=` where nobody could tell the two apart. */
function difference({ isTime, first, second }: ComparedFigure): string {
  const told = (value: number): string => (isTime ? formatDuration(value) : value.toLocaleString("en-US"));
  if (told(first) === told(second)) return `${told(first)} =`;
  return `${told(first)} → ${told(second)} ${second > first ? "▲" : "▼"}`;
}
