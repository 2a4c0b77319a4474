import type { Related } from "../finding.js";
import { type AccessSummary, type Program, pathKey, type ThreadAccess, type UnguardedRead } from "../program.js";
import { decidesChange, mustFitTogether, writesLiteral } from "../source/read-use.js";
import { siteKey } from "../source/site.js";
import { wrapReadsFix } from "./fixes/guard-access.js";
import type { Report, Rule } from "./rule.js";
import { calls, others, start } from "./story.js";

export const rule: Rule = {
  title: "Shared state read without the lock that guards it",
  severity: "warning",
  checkProgram(program, report) {
    const seen = new Set<string>();
    const isNew = ({ access }: ThreadAccess): boolean => {
      const key = `${access.functionId}|${pathKey(access.object)}`;
      const known = seen.has(key);
      seen.add(key);
      return !known;
    };
    const reads = program.unguardedReads;
    for (const each of reads) {
      const change = lateChange(program, each);
      if (change && isNew(each.read)) stateLate(each, change, report);
    }
    for (const { one, two, change } of pairs(program, reads)) {
      if (isNew(one.read)) statePair(program, one, two, change, report);
    }
  },
};

/** The change under the guard that the read decides about although others may have come in between. */
function lateChange(program: Program, { read, changes, guard }: UnguardedRead): AccessSummary | undefined {
  const tree = program.bench.tree(read.access.site.file);
  if (!tree) return undefined;
  return read.thread.accesses.find((change) => {
    if (change.access === "read" || !isSameCell(change, read.access) || !sectionOf(change, guard)) return false;
    const place = placeIn(read.access, change);
    if (!place || !decidesChange(tree, read.access.site, place)) return false;
    if (isReadAgain(read.thread, change, guard)) return false;
    // Where others set a flag that only this thread sets back, what was read stays so.
    const ownTree = program.bench.tree(change.site.file);
    const isSwitch = change.access === "write" && ownTree !== undefined && writesLiteral(ownTree, change.site);
    return !isSwitch || changes.some(({ access }) => siteKey(access.site) === siteKey(change.site));
  });
}

function isSameCell(a: AccessSummary, b: AccessSummary): boolean {
  return pathKey(a.object) === pathKey(b.object) && JSON.stringify(a.cell) === JSON.stringify(b.cell);
}

/** Where the guard was taken under which the access is made: equal for accesses of one section. */
function sectionOf(access: AccessSummary, guard: UnguardedRead["guard"]): AccessSummary["held"][number] | undefined {
  const key = pathKey(guard.held.lock);
  return access.held.find(({ lock }) => pathKey(lock) === key);
}

/** The place in the reading function from which control comes to the change: the change, also in a callback, or a call. */
function placeIn(read: AccessSummary, change: AccessSummary): AccessSummary["site"] | undefined {
  const isSameCall = read.calls.every((site, index) => {
    const own = change.calls[index];
    return own !== undefined && siteKey(own) === siteKey(site);
  });
  const call = change.calls[read.calls.length] ?? change.site;
  if (!isSameCall || call.file !== read.site.file) return undefined;
  const isCallback = change.site.file === call.file && call.start <= change.site.start && change.site.end <= call.end;
  return isCallback ? change.site : call;
}

/** Whether the section asks again before it changes anything. */
function isReadAgain(
  thread: UnguardedRead["read"]["thread"],
  change: AccessSummary,
  guard: UnguardedRead["guard"],
): boolean {
  const section = sectionOf(change, guard);
  return thread.accesses.some((other) => {
    const own = other.access === "read" && isSameCell(other, change) ? sectionOf(other, guard) : undefined;
    if (!own || !section || siteKey(own.site) !== siteKey(section.site)) return false;
    return other.site.file !== change.site.file || other.site.start < change.site.start;
  });
}

interface Pair {
  readonly one: UnguardedRead;
  readonly two: UnguardedRead;
  /** The change of the first one, in a section that changes the second one as well. */
  readonly change: ThreadAccess;
}

/** Reads of one expression, of what other threads change in one section. */
function pairs(program: Program, reads: readonly UnguardedRead[]): readonly Pair[] {
  const byFunction = new Map<string, UnguardedRead[]>();
  for (const each of reads) {
    const { access, thread } = each.read;
    const key = [thread.id, access.functionId, pathKey(each.guard.held.lock), ...access.calls.map(siteKey)].join("|");
    const known = byFunction.get(key);
    if (known) known.push(each);
    else byFunction.set(key, [each]);
  }
  return [...byFunction.values()].flatMap((group) => {
    const ordered = [...group].sort((a, b) => a.read.access.site.start - b.read.access.site.start);
    return ordered.flatMap((one, index) => ordered.slice(index + 1).flatMap((two) => pairOf(program, one, two)));
  });
}

function pairOf(program: Program, one: UnguardedRead, two: UnguardedRead): readonly Pair[] {
  const { access } = one.read;
  if (isSameCell(access, two.read.access) || access.site.file !== two.read.access.site.file) return [];
  const tree = program.bench.tree(access.site.file);
  if (!tree || !mustFitTogether(tree, access.site, two.read.access.site)) return [];
  const sections = new Set(two.changes.map((change) => sectionKey(change, two.guard)));
  const change = one.changes.find((each) => sections.has(sectionKey(each, one.guard)));
  return change ? [{ one, two, change }] : [];
}

function sectionKey({ thread, access }: ThreadAccess, guard: UnguardedRead["guard"]): string | undefined {
  const section = sectionOf(access, guard);
  return section && `${thread.id}|${siteKey(section.site)}`;
}

function stateLate({ read, changes, guard }: UnguardedRead, change: AccessSummary, report: Report): void {
  const { access, thread } = read;
  const name = access.object.text;
  const lock = guard.held.lock.text;
  const other = changes.find((each) => siteKey(each.access.site) !== siteKey(change.site)) ?? changes[0]!;
  const related: Related[] = [
    ...calls(access),
    { message: `what was read decides about this change, under "${lock}"`, site: change.site },
    { message: `another thread changes "${name}" here, under "${lock}"`, site: other.access.site },
    ...calls(other.access),
    ...start(thread),
    ...start(other.thread),
  ];
  report({
    message: `"${name}" is read before "${lock}" is taken, and changed under it by what was read: another thread can change it in between, so that the lock comes too late.`,
    site: access.site,
    related: others(access.site, related),
  });
}

function statePair(
  program: Program,
  one: UnguardedRead,
  two: UnguardedRead,
  change: ThreadAccess,
  report: Report,
): void {
  const { access, thread } = one.read;
  const { lock } = one.guard.held;
  const [first, second] = [access.object.text, two.read.access.object.text];
  const names = first === second ? `Two parts of "${first}"` : `"${first}" and "${second}"`;
  const section = sectionOf(change.access, one.guard);
  report({
    message: `${names} are read together without "${lock.text}", under which another thread changes both: one can be from before the change and the other from after it.`,
    site: access.site,
    related: others(access.site, [
      ...calls(access),
      { message: "read here as well", site: two.read.access.site },
      { message: `another thread changes "${first}" here, under "${lock.text}"`, site: change.access.site },
      ...(section ? [{ message: `"${lock.text}" is taken here`, site: section.site }] : []),
      ...calls(change.access),
      ...start(thread),
      ...start(change.thread),
    ]),
    fixes: (finding) => wrapReadsFix(program, access, two.read.access, lock, finding),
  });
}
