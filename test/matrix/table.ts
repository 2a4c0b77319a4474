/** What the probes said in some places, as a table in Markdown. */
import type { Results } from "./probing.js";

export interface Column {
  readonly title: string;
  readonly results: Results;
}

/** What cannot work somewhere, and says so: documented in where-it-runs.md, and no hole. */
const DOCUMENTED = [
  /^BlockingNotAllowedError: /,
  /^StateError: (?:A TaskLocal|withLockAsync of an RLock) needs AsyncLocalStorage/,
  /^SerializationError: A SharedArrayBuffer has not reached this thread/,
];

function isDocumented(result: string): boolean {
  return DOCUMENTED.some((pattern) => pattern.test(result));
}

export function isHole(result: string): boolean {
  return result !== "ok" && !isDocumented(result);
}

/** The table, and the notes to which its cells refer. */
export function markdown(columns: readonly Column[]): string {
  const notes: string[] = [];
  const cell = ({ title, results }: Column, row: string): string => {
    const result = results.get(row);
    if (result === "ok") return "yes";
    if (result === undefined) return "";
    const note = isDocumented(result) ? general(result) : `${title}, ${row}: ${result}`;
    if (!notes.includes(note)) notes.push(note);
    return `${isDocumented(result) ? "error" : "no"} (${notes.indexOf(note) + 1})`;
  };
  const rows = paired([...new Set(columns.flatMap(({ results }) => [...results.keys()]))]);
  return [
    `| | ${columns.map(({ title }) => title).join(" | ")} |`,
    `|---|${columns.map(() => "---").join("|")}|`,
    ...rows.map((row) => `| ${row} | ${columns.map((column) => cell(column, row)).join(" | ")} |`),
    "",
    ...notes.map((note, i) => `${i + 1}. ${note}`),
  ]
    .join("\n")
    .trimEnd();
}

const ASYNC = ", async";

/** The blocking and the async form of a primitive beside each other, in the order of the blocking ones. */
function paired(rows: readonly string[]): readonly string[] {
  const primitives = new Set(
    [...rows.filter((row) => !row.endsWith(ASYNC)), ...rows].map((row) => row.replace(ASYNC, "")),
  );
  return [...primitives].flatMap((name) => [name, `${name}${ASYNC}`]).filter((row) => rows.includes(row));
}

/** Which form it names is another for each row. */
function general(result: string): string {
  return result.replace(/Use .*, or run/, "Use …Async, or run");
}
