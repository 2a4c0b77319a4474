/** Whether edits may be offered: what is found, and what the compiler objects to, before and after them. */
import { posix } from "node:path";
import { editedLines } from "./edited-lines.js";
import type { Edit, Finding } from "./finding.js";
import { rules } from "./rules/index.js";
import type { Compiled } from "./source/compilation.js";
import type { Position } from "./source/site.js";
import { ts } from "./source/syntax.js";

/** What is known of a program at one moment, as far as edits are judged by it. */
interface Moment {
  findings(): readonly Finding[];
  text(file: string): string | undefined;
  position(file: string, offset: number): Position;
  offset(file: string, position: Position): number;
}

/** What can be compared between two moments, whatever has moved in between. Computed when it is asked. */
export class Answers {
  readonly moment: Moment;
  readonly #compiled: Compiled;
  readonly #directory: string;
  readonly #errors = new Map<string, readonly string[]>();

  /** @param directory to which files are named */
  constructor(moment: Moment, compiled: Compiled, directory: string) {
    this.moment = moment;
    this.#compiled = compiled;
    this.#directory = directory;
  }

  /** What stays the same of a finding when lines move, and when a fix elsewhere changes what its message says. */
  defect({ ruleId, site }: Pick<Finding, "ruleId" | "site">): string {
    const where = posix.relative(this.#directory, site.file);
    const text = this.moment.text(site.file)?.slice(site.start, site.end).replace(/\s+/g, " ");
    return `${ruleId}|${where}|${text}`;
  }

  /** How often each is found. */
  defects(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const finding of this.moment.findings()) {
      const key = this.defect(finding);
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    return counts;
  }

  /** What the compiler objects to in a file, without places: an edit moves them. */
  errors(file: string): readonly string[] {
    const known = this.#errors.get(file);
    if (known) return known;
    const whole = this.#compiled.whole();
    const tree = whole.getSourceFile(file);
    const diagnostics = tree ? [...whole.getSyntacticDiagnostics(tree), ...whole.getSemanticDiagnostics(tree)] : [];
    const errors = diagnostics.map(
      ({ code, messageText }) => `${code} ${ts.flattenDiagnosticMessageText(messageText, "\n")}`,
    );
    this.#errors.set(file, errors);
    return errors;
  }

  /** The lines on which something is found, by number and file, with their texts: what is moved has the same text. */
  faultyLines(): ReadonlyMap<string, string> {
    const { moment } = this;
    const lines = new Map<string, string>();
    for (const { ruleId, site } of moment.findings()) {
      if (isOfSuppressions(ruleId)) continue;
      const { line } = moment.position(site.file, site.start);
      const start = moment.offset(site.file, { line, character: 0 });
      const text = /^[^\r\n]*/.exec(moment.text(site.file)?.slice(start) ?? "")?.[0].trim();
      lines.set(`${line}|${site.file}`, `${site.file}|${text}`);
    }
    return lines;
  }
}

/** Whether the edited program type-checks as before, lacks the finding and has no new one. */
export function accepts(before: Answers, after: Answers, edits: readonly Edit[], finding: Finding): boolean {
  const [old, fresh] = [before.defects(), after.defects()];
  const own = before.defect(finding);
  const isGone = (fresh.get(own) ?? 0) < (old.get(own) ?? 0);
  if (!isGone || [...fresh].some(([key, count]) => count > (old.get(key) ?? 0) && !isOfSuppressions(ruleOf(key)))) {
    return false;
  }
  return !breaksTypes(before, after, edits);
}

/**
 * Whether the edited program type-checks as before, and nothing is found at places where nothing was. On a line with a
 * finding another rule may speak afterwards: an annotation makes of a race a broken promise.
 */
export function keepsSound(before: Answers, after: Answers, edits: readonly Edit[]): boolean {
  const lines = before.faultyLines();
  const known = new Set([...lines.keys()].flatMap((line) => editedLines(line, edits, before.moment, after.moment)));
  const fresh = [...after.faultyLines()].filter(([line]) => !known.has(line)).map(([, text]) => text);
  return !hasMore(fresh, [...lines.values()]) && !breaksTypes(before, after, edits);
}

function breaksTypes(before: Answers, after: Answers, edits: readonly Edit[]): boolean {
  const files = new Set(edits.map(({ site }) => site.file));
  try {
    return [...files].some((file) => hasMore(after.errors(file), before.errors(file)));
  } catch (error) {
    // Types can depend on each other deeper than the compiler's recursion can follow: then nobody knows.
    if (error instanceof RangeError) return true;
    throw error;
  }
}

function ruleOf(defect: string): string {
  return defect.slice(0, defect.indexOf("|"));
}

/** That a comment is of no use any more is no objection to a fix, but what it was written for. */
function isOfSuppressions(ruleId: string): boolean {
  return rules.get(ruleId)?.checkSuppressions !== undefined;
}

/** Whether some message comes up more often than before. */
function hasMore(after: readonly string[], before: readonly string[]): boolean {
  const counts = new Map<string, number>();
  for (const message of before) counts.set(message, (counts.get(message) ?? 0) + 1);
  for (const message of after) {
    const left = (counts.get(message) ?? 0) - 1;
    if (left < 0) return true;
    counts.set(message, left);
  }
  return false;
}
