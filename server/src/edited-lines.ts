import type { Edit } from "./finding.js";
import type { Position } from "./source/site.js";

/** What knows the lines of a program's files. */
interface Lined {
  position(file: string, offset: number): Position;
  offset(file: string, position: Position): number;
}

/**
 * Where a line is after edits: more than one where more came in its place.
 *
 * @param key number and file, as the answer has them: `12|/a.ts`
 */
export function editedLines(key: string, edits: readonly Edit[], before: Lined, after: Lined): readonly string[] {
  const [number = ""] = key.split("|", 1);
  const file = key.slice(number.length + 1);
  const start = before.offset(file, { line: Number(number), character: 0 });
  const end = before.offset(file, { line: Number(number) + 1, character: 0 });
  let from = start;
  let to = Math.max(start, end - 1);
  for (const { site, newText } of edits) {
    if (site.file !== file || site.start >= end) continue;
    const more = newText.length - (site.end - site.start);
    if (site.end <= start) from += more;
    to += more;
  }
  const first = after.position(file, from).line;
  const last = after.position(file, Math.max(from, to)).line;
  return Array.from({ length: last - first + 1 }, (_, index) => `${first + index}|${file}`);
}
