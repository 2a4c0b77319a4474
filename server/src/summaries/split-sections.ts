import type { HeldLock } from "../facts/locksets.js";
import { oncePer } from "../model/once-per.js";
import { isFamily, pathKey } from "../model/path.js";
import { siteKey } from "../source/site.js";
import type { ThreadAccess } from "./races.js";
import type { AccessSummary } from "./summary.js";
import { type Execution, mayCoincide, type Thread } from "./threads.js";

/** One thread reads under a lock and writes under the same lock, which it had given back in between. */
export interface SplitSection {
  readonly thread: Thread;
  readonly read: AccessSummary;
  readonly change: AccessSummary;
  /** The lock, as it is held for the read and for the change. */
  readonly first: HeldLock;
  readonly second: HeldLock;
  /** The changes by others that fit in between. */
  readonly others: readonly ThreadAccess[];
  /** Whether the thread changes the cell in the first section as well, which others can see from then on. */
  readonly isMarked: boolean;
  /** What else the thread reads in the second section, before the change. */
  readonly rereads: readonly AccessSummary[];
}

/** Every read and change of one cell in two sections of one lock, with a change by another thread that fits in between. */
export const findSplitSections = oncePer((execution: Execution): readonly SplitSection[] => {
  const threads = [execution.entry, ...execution.threads];
  const changes = threads.flatMap((thread) =>
    thread.accesses
      .filter((access) => isCertain(access) && access.access !== "read")
      .map((access) => ({ thread, access })),
  );
  if (changes.length === 0 || execution.threads.length === 0) return [];
  return changes.flatMap(({ thread, access: change }) =>
    thread.accesses.flatMap((read): SplitSection[] => {
      if (read.access !== "read" || !isCertain(read) || !isSameCell(read, change)) return [];
      return change.held.flatMap((second): SplitSection[] => {
        const first = sectionOf(read, second);
        if (!first || siteKey(first.site) === siteKey(second.site)) return [];
        const others = changes.filter((other) => fitsBetween(other, thread, read, change, second));
        if (others.length === 0) return [];
        const isMarked = thread.accesses.some((own) => isMarkIn(own, change, first));
        return [{ thread, read, change, first, second, others, isMarked, rereads: rereadsOf(thread, change, second) }];
      });
    }),
  );
});

function isCertain(access: AccessSummary): boolean {
  return access.held.length > 0 && !access.uncertain && !access.later && !isFamily(access.object);
}

/** Whether both certainly touch the same memory, whatever the thread was given. */
function isSameCell(a: AccessSummary, b: AccessSummary): boolean {
  if (pathKey(a.object) !== pathKey(b.object)) return false;
  if (a.cell.kind === "index" && b.cell.kind === "index") return a.cell.index === b.cell.index;
  if (a.cell.kind === "key" && b.cell.kind === "key") return a.cell.key === b.cell.key && /^["'`\d]/.test(a.cell.key);
  return a.cell.kind === "value" && b.cell.kind === "value";
}

function sectionOf(access: AccessSummary, { lock }: HeldLock): HeldLock | undefined {
  return access.held.find((held) => pathKey(held.lock) === pathKey(lock));
}

function isMarkIn(access: AccessSummary, change: AccessSummary, section: HeldLock): boolean {
  const own = access.access === "write" && isCertain(access) ? sectionOf(access, section) : undefined;
  return own !== undefined && siteKey(own.site) === siteKey(section.site) && isSameCell(access, change);
}

function fitsBetween(
  other: ThreadAccess,
  thread: Thread,
  read: AccessSummary,
  change: AccessSummary,
  section: HeldLock,
): boolean {
  const { access } = other;
  if (!isSameCell(access, change) || !sectionOf(access, section)) return false;
  if (thread === other.thread && access.own !== undefined && access.own === change.own) return false;
  // A lock that is held all the time from the read to the change keeps those out who take it as well.
  const isKeptOut = change.held.some(
    (held) =>
      sectionOf(read, held) && siteKey(sectionOf(read, held)!.site) === siteKey(held.site) && sectionOf(access, held),
  );
  return (
    !isKeptOut && mayCoincide(thread, change, other.thread, access) && mayCoincide(thread, read, other.thread, access)
  );
}

function rereadsOf(thread: Thread, change: AccessSummary, section: HeldLock): readonly AccessSummary[] {
  return thread.accesses.filter((other) => {
    const own = other.access === "write" ? undefined : sectionOf(other, section);
    if (!own || siteKey(own.site) !== siteKey(section.site) || siteKey(other.site) === siteKey(change.site))
      return false;
    return other.site.file !== change.site.file || other.site.start < change.site.start;
  });
}
