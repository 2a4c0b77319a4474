import { visible } from "./frame.js";
import type { Style } from "./pretty.js";

/** Columns of a cell: a name may have thousands, and the others are as wide. */
const widest = 100;

/** The first column is what the rows are about. */
export function table(
  style: Style,
  title: string,
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const all = [[title, ...head], ...rows.map((row) => row.map(cellOf))];
  // Not by Math.max(...): a trace may have more rows than a call takes arguments.
  const widths = [title, ...head].map((_, column) =>
    all.reduce((widest, row) => Math.max(widest, row[column]?.length ?? 0), 0),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) =>
        column === 0
          ? cell.padEnd(widths[column] ?? 0)
          : column === widths.length - 1
            ? cell
            : cell.padStart(widths[column] ?? 0),
      )
      .join("  ")
      .trimEnd();
  const [first = [], ...others] = all;
  return [style.strong(line(first)), ...others.map(line)].join("\n");
}

function cellOf(text: string): string {
  const shown = visible(text);
  return shown.length <= widest ? shown : `${shown.slice(0, widest - 1).replace(/[\ud800-\udbff]$/, "")}…`;
}

export function milliseconds(nanoseconds: number): number {
  return Math.round(nanoseconds / 1000) / 1000;
}

/** With the unit in which it is easy to read. */
export function time(nanoseconds: number): string {
  if (nanoseconds >= 1e9) return `${(nanoseconds / 1e9).toFixed(2)} s`;
  if (nanoseconds >= 1e6) return `${(nanoseconds / 1e6).toFixed(1)} ms`;
  return `${(nanoseconds / 1e3).toFixed(1)} µs`;
}

export function count(value: number): string {
  return value.toLocaleString("en");
}

export function counted(value: number, what: string): string {
  return `${count(value)} ${what}${value === 1 ? "" : what.endsWith("s") ? "es" : "s"}`;
}
