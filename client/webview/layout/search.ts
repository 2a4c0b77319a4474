import { type Part, toText } from "./parts.js";

/** What is looked for in the tables. */
export interface Search {
  /** In lower case. A row must have all of them, in whichever column. */
  readonly words: readonly string[];
  /** How long something must have lasted, in nanoseconds; undefined where that does not matter. */
  readonly least: number | undefined;
}

export const EVERYTHING: Search = { words: [], least: undefined };

const UNITS: Readonly<Record<string, number>> = { ns: 1, µs: 1e3, us: 1e3, ms: 1e6, s: 1e9 };

/** Nanoseconds, from `5ms` or `1.5s`; undefined where it is no duration. */
export function parseDuration(text: string): number | undefined {
  const [, number = "", unit = ""] = /^(\d+(?:\.\d+)?)(ns|µs|us|ms|s)$/.exec(text) ?? [];
  return number === "" ? undefined : Number(number) * (UNITS[unit] ?? 1);
}

/** Reads `mutex >5ms`: words, and after `>` a duration. */
export function parseSearch(text: string): Search {
  let least: number | undefined;
  const words: string[] = [];
  for (const word of text.toLowerCase().split(/\s+/)) {
    const [, duration = ""] = /^>=?(.+)$/.exec(word) ?? [];
    const length = parseDuration(duration);
    if (length !== undefined) least = length;
    else if (word !== "") words.push(word);
  }
  return { words, least };
}

export function isEverything({ words, least }: Search): boolean {
  return words.length === 0 && least === undefined;
}

/** A row of a table, as far as it is looked through. */
interface Row {
  readonly cells: readonly { readonly parts: readonly Part[] }[];
  readonly longest?: number | undefined;
}

/** The rows that have what is looked for, in their order. */
export function rowsWith<R extends Row>({ words, least }: Search, rows: readonly R[]): readonly R[] {
  return rows.filter((row) => {
    if (least !== undefined && !(row.longest !== undefined && row.longest >= least)) return false;
    if (words.length === 0) return true;
    const text = row.cells
      .map(({ parts }) => toText(parts))
      .join(" ")
      .toLowerCase();
    return words.every((word) => text.includes(word));
  });
}
