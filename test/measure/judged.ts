/**
 * The verdicts of people who read the code, in `judged.md`: a table of findings in the repositories, and one of those
 * near the known bugs. Both are read by column, so that the pages can be read as they are.
 */
import { readFileSync } from "node:fs";
import { repositoryRoot } from "../support/repository.js";

const VERDICTS = ["true", "false", "unclear"] as const;
export type Verdict = (typeof VERDICTS)[number];

/** Where a finding stands: `repository or bug id`, `rule`, `file:line` (1-based). */
export function placeOf(where: string, rule: string, file: string, line: number): string {
  return `${where} | ${rule} | ${file}:${line}`;
}

/** @throws {TypeError} naming the row that cannot be read */
export function readVerdicts(): ReadonlyMap<string, Verdict> {
  const verdicts = new Map<string, Verdict>();
  const page = readFileSync(new URL("test/measure/judged.md", repositoryRoot), "utf8");
  for (const [i, line] of page.split("\n").entries()) {
    const cells = line.split("|").map((cell) => cell.trim().replaceAll("`", ""));
    if (!line.startsWith("|") || line.startsWith("|-") || cells[4] === "verdict") continue;
    const [, where = "", rule = "", place = "", verdict = "", why = ""] = cells;
    const known = VERDICTS.find((one) => one === verdict);
    if (!known || why === "" || !/:\d+$/.test(place)) {
      throw new TypeError(`test/measure/judged.md:${i + 1}: a row needs a place, true, false or unclear, and why`);
    }
    verdicts.set(`${where} | ${rule} | ${place}`, known);
  }
  return verdicts;
}
