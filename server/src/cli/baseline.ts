import { readFileSync, writeFileSync } from "node:fs";
import { JsonError, type LocatedJson, type LocatedMember, locateJson, placesIn } from "../source/located-json.js";
import { UsageError } from "./arguments.js";
import type { Reported } from "./report.js";

/** A finding that is known, and not yet worth a failure. Rule and file are for people who read the baseline. */
export interface BaselineEntry {
  readonly ruleId: string;
  readonly file: string;
  readonly fingerprint: string;
}

/** Parts the findings into those a baseline knows and new ones; each entry stands for one finding. */
export function compareWithBaseline(findings: readonly Reported[], entries: readonly BaselineEntry[]) {
  const left = new Map<string, number>();
  for (const { fingerprint } of entries) left.set(fingerprint, (left.get(fingerprint) ?? 0) + 1);
  const fresh = findings.filter(({ fingerprint }) => {
    const count = left.get(fingerprint) ?? 0;
    left.set(fingerprint, count - 1);
    return count <= 0;
  });
  const known = findings.length - fresh.length;
  return { fresh, known, gone: entries.length - known };
}

/** Blocks. Throws `UsageError` with file, place and what to do. */
export function readBaseline(file: string): readonly BaselineEntry[] {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason =
      code === "ENOENT" ? `there is no baseline ${file}` : `the baseline ${file} cannot be read (${message})`;
    throw new UsageError(`${reason}; --update-baseline writes one`);
  }
  try {
    return entriesOf(locateJson(text));
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    const what = `${file}:${placesIn(text)(error.at)}: ${error.message}`;
    throw new UsageError(`${what}; repair the baseline or write it anew with --update-baseline`);
  }
}

/** Writes what is found as known. Blocks. Throws `UsageError` where nothing can be written. */
export function writeBaseline(file: string, findings: readonly Reported[]): void {
  const entries = findings.map(({ ruleId, file, fingerprint }): BaselineEntry => ({ ruleId, file, fingerprint }));
  // One entry a line: changes of a baseline are reviewed.
  const lines = entries.map((entry) => `    ${JSON.stringify(entry)}`).join(",\n");
  const text = `{\n  "version": 1,\n  "findings": [${lines === "" ? "" : `\n${lines}\n  `}]\n}\n`;
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new UsageError(`the baseline ${file} cannot be written (${(error as Error).message}); name another file`);
  }
}

function entriesOf(root: LocatedJson): readonly BaselineEntry[] {
  const members = objectOf(root, "The baseline");
  const version = members.get("version");
  if (version?.value !== 1) {
    throw new JsonError('This is no baseline of version 1: "version" is missing or another', version?.at ?? root.at);
  }
  const list = members.get("findings");
  if (list === undefined || !Array.isArray(list.value)) {
    throw new JsonError('"findings" is no list', list?.at ?? root.at);
  }
  return (list.value as readonly LocatedJson[]).map((node) => {
    const entry = objectOf(node, "The entry");
    const text = (name: keyof BaselineEntry): string => {
      const found = entry.get(name);
      if (typeof found?.value === "string") return found.value;
      throw new JsonError(`The entry has no text "${name}"`, found?.at ?? node.at);
    };
    return { ruleId: text("ruleId"), file: text("file"), fingerprint: text("fingerprint") };
  });
}

function objectOf({ at, value }: LocatedJson, what: string): ReadonlyMap<string, LocatedMember> {
  if (value instanceof Map) return value;
  throw new JsonError(`${what} is no object`, at);
}
