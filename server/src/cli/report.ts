import { relative, resolve } from "node:path";
import process from "node:process";
import type { Snapshot } from "../analysis.js";
import type { Finding, Severity } from "../finding.js";
import type { Position, Site } from "../source/site.js";

/** A place as the command line prints it. */
export interface Place {
  /** Relative to the working directory, with `/`. */
  readonly file: string;
  /** 0-based, as in LSP. */
  readonly range: { readonly start: Position; readonly end: Position };
}

export interface ReportedSite extends Place {
  readonly message: string;
  /** The lines of the range, the first of them at least, without line endings. */
  readonly lines: readonly string[];
}

interface ReportedFix {
  readonly title: string;
  readonly edits: readonly (Place & { readonly newText: string })[];
}

/** A finding without anything of the engine behind it. */
export interface Reported extends ReportedSite {
  readonly ruleId: string;
  readonly severity: Severity;
  readonly related: readonly ReportedSite[];
  /** What each thread does, in order. */
  readonly ways: readonly (readonly (Place & { readonly message: string })[])[];
  /** Without those the gate withheld, if it was asked; else all, without their edits. */
  readonly fixes: readonly ReportedFix[];
  readonly fingerprint: string;
}

export interface Stats {
  readonly files: number;
  readonly lines: number;
  readonly functions: number;
  /** How many of the files an earlier run had analysed, with nothing changed since. */
  readonly cachedFiles: number;
  readonly milliseconds: number;
  readonly peakMegabytes: number;
  /** Milliseconds by part of the work, until it began (`start`) and what is left (`rest`) among them. */
  readonly parts: Readonly<Record<string, number>>;
  /** Milliseconds by rule, the slowest first. */
  readonly rules: Readonly<Record<string, number>>;
}

/** What a baseline says of the findings. */
export interface Baseline {
  /** How many findings are in it, and not in the report. */
  readonly known: number;
  /** How many of its entries are found no more. */
  readonly gone: number;
  /** Whether it was written, so that all is known. */
  readonly isNew: boolean;
  /** As it was named. */
  readonly file: string;
}

export interface Report {
  readonly findings: readonly Reported[];
  readonly baseline: Baseline | undefined;
  readonly problems: readonly string[];
  readonly files: number;
  readonly fixed: { readonly fixes: number; readonly files: number };
  readonly stats: Stats | undefined;
}

/** More lines of one site than this say nothing new. */
const linesShown = 4;

/** @param withEdits whether fixes have to pass the gate, which analyses and type-checks the program for each of them. */
export function collect(finding: Finding, snapshot: Snapshot, withEdits: boolean): Reported {
  const fixes = finding.fixes.flatMap((fix): readonly ReportedFix[] => {
    const { title } = fix;
    if (!withEdits) return [{ title, edits: [] }];
    const made = fix.edits()?.map(({ site, newText }) => ({ ...placeOf(site, snapshot), newText }));
    return made === undefined ? [] : [{ title, edits: made }];
  });
  return {
    ...siteOf(finding.message, finding.site, snapshot),
    ruleId: finding.ruleId,
    severity: finding.severity,
    related: finding.related.map(({ message, site }) => siteOf(message, site, snapshot)),
    ways: finding.ways.map((way) => way.map(({ message, site }) => ({ message, ...placeOf(site, snapshot) }))),
    fixes,
    fingerprint: finding.fingerprint,
  };
}

/** Whether a finding is about one of the paths, on either side of its story. No paths: everything is wanted. */
export function touches(finding: Finding, paths: readonly string[]): boolean {
  if (paths.length === 0) return true;
  const roots = paths.map((path) => resolve(path).replaceAll("\\", "/").replace(/\/$/, ""));
  return [finding.site, ...finding.related.map((related) => related.site)].some(({ file }) =>
    roots.some((root) => file === root || file.startsWith(`${root}/`)),
  );
}

/** In the order of the files, and once where projects share files. */
export function sortedOnce(findings: readonly Reported[]): Reported[] {
  const byKey = new Map<string, Reported>();
  for (const finding of findings) {
    const { file, range, ruleId, message } = finding;
    const key = JSON.stringify([file, range, ruleId, message]);
    if (!byKey.has(key)) byKey.set(key, finding);
  }
  return [...byKey.values()].sort(inOrder);
}

function inOrder(a: Reported, b: Reported): number {
  return (
    compare(a.file, b.file) ||
    a.range.start.line - b.range.start.line ||
    a.range.start.character - b.range.start.character ||
    compare(a.ruleId, b.ruleId) ||
    compare(a.message, b.message)
  );
}

/** By code units: `localeCompare` would sort differently on different machines. */
function compare(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

function siteOf(message: string, site: Site, snapshot: Snapshot): ReportedSite {
  const place = placeOf(site, snapshot);
  const { start, end } = place.range;
  const text = snapshot.text(site.file) ?? "";
  const first = snapshot.offset(site.file, { line: start.line, character: 0 });
  const last = Math.min(end.line, start.line + linesShown - 1);
  const lines = firstLines(text, first, last - start.line + 1);
  return { ...place, message, lines };
}

/** Never splits the whole text: it may have hundreds of thousands of lines. */
function firstLines(text: string, offset: number, count: number): string[] {
  const lines: string[] = [];
  const ending = /\r\n|\n|\r|$/g;
  ending.lastIndex = offset;
  for (let start = offset; lines.length < count; start = ending.lastIndex) {
    const match = ending.exec(text);
    if (match === null) break;
    lines.push(text.slice(start, match.index));
    if (match[0] === "") break;
  }
  return lines;
}

function placeOf(site: Site, snapshot: Snapshot): Place {
  return {
    file: shownPath(site.file),
    range: { start: snapshot.position(site.file, site.start), end: snapshot.position(site.file, site.end) },
  };
}

/** Relative to the working directory, except on another drive, where there is no such path. */
export function shownPath(path: string): string {
  return relative(process.cwd(), path).replaceAll("\\", "/") || ".";
}
