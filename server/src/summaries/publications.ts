import type { Cell } from "../model/events.js";
import { oncePer } from "../model/once-per.js";
import { isFamily, pathKey } from "../model/path.js";
import { siteKey } from "../source/site.js";
import type { AccessSummary, Context, PauseSummary } from "./summary.js";
import { type Execution, mayCoincide, type Thread } from "./threads.js";

/** One function writes a word and something else, and another thread reads first the word and then the other thing. */
export interface Publication {
  readonly writer: Thread;
  readonly flag: AccessSummary;
  readonly payload: AccessSummary;
  readonly reader: Thread;
  /** Where the reader looks at the word, or waits for it. */
  readonly look: AccessSummary | PauseSummary;
  readonly use: AccessSummary;
  /** Whether the reader comes to the use only after it has heard on the word, by an atomic operation. */
  readonly isHeard: boolean;
}

/** More writes in one function are a table that is filled, and no flag. */
const MAX_WRITES = 40;

/** Pairs of accesses by which one thread may tell another that something is there. Their order is not looked at. */
export const findPublications = oncePer((execution: Execution): readonly Publication[] => {
  if (execution.threads.length === 0) return [];
  const threads = [execution.entry, ...execution.threads];
  const activations = threads.map((thread) => ({ thread, groups: groupsOf(thread) }));
  const found: Publication[] = [];
  for (const { thread: writer, groups } of activations) {
    for (const group of groups) {
      const writes = group.filter(({ access }) => access !== "read");
      if (writes.length < 2 || writes.length > MAX_WRITES) continue;
      for (const flag of writes.filter(isWord)) {
        for (const payload of writes) {
          if (mayBeSame(flag, payload)) continue;
          for (const { thread: reader, groups: others } of activations) {
            found.push(...readsOf(writer, flag, payload, reader, others));
          }
        }
      }
    }
  }
  return found;
});

/** The certain accesses of each activation of a function. */
function groupsOf(thread: Thread): readonly (readonly AccessSummary[])[] {
  const groups = new Map<string, AccessSummary[]>();
  for (const access of thread.accesses) {
    if (access.uncertain || access.later || isFamily(access.object) || access.holder.kind === "container") continue;
    const key = [access.functionId, ...access.calls.map(siteKey)].join("|");
    const group = groups.get(key);
    if (group) group.push(access);
    else groups.set(key, [access]);
  }
  return [...groups.values()];
}

/** Whether it is one word that the source names. */
function isWord({ cell }: AccessSummary): boolean {
  return cell.kind === "index" || cell.kind === "value";
}

function* readsOf(
  writer: Thread,
  flag: AccessSummary,
  payload: AccessSummary,
  reader: Thread,
  groups: readonly (readonly AccessSummary[])[],
): Generator<Publication> {
  for (const group of groups) {
    const look = group.find((access) => isSame(access, flag) && access.access !== "write") ?? waitFor(reader, flag);
    if (!look) continue;
    for (const use of group) {
      if (use.access === "write" || !isSame(use, payload) || sharesLock(use, payload) || sharesLock(look, flag))
        continue;
      if (!overlaps(writer, payload, reader, use) || !overlaps(writer, flag, reader, look)) continue;
      if (isAwaitedItself(reader, payload, use)) continue;
      const isHeard = use.waited.some((on) => on !== undefined && pathKey(on) === channelOf(flag));
      if (isToldOtherwise(writer, flag, use) || (!isHeard && !("access" in look))) continue;
      yield { writer, flag, payload, reader, look, use, isHeard };
    }
  }
}

function waitFor({ pauses }: Thread, flag: AccessSummary): PauseSummary | undefined {
  return pauses.find(({ on, uncertain, later }) => on && !uncertain && !later && pathKey(on) === channelOf(flag));
}

/** Whether both may happen at one time, whatever the threads tell each other. */
function overlaps(a: Thread, at: Context, b: Thread, bt: Context): boolean {
  return mayCoincide(a, { ...at, waited: [] }, b, { ...bt, waited: [] });
}

/** Whether what is written is a flag of its own, for which the reader waits where it does not find it set. */
function isAwaitedItself(reader: Thread, payload: AccessSummary, use: AccessSummary): boolean {
  return payload.atomic && use.atomic && waitFor(reader, payload) !== undefined;
}

/** Whether the writer also tells the reader by something else than the flag. */
function isToldOtherwise({ signals }: Thread, flag: AccessSummary, { waited }: Context): boolean {
  const own = channelOf(flag);
  return waited.some((on) => {
    if (!on) return true;
    const key = pathKey(on);
    return key !== own && signals.some((signal) => !signal.on || pathKey(signal.on) === key);
  });
}

function channelOf({ object, cell }: AccessSummary): string {
  return cell.kind === "index" ? `${pathKey(object)}.${cell.index}` : pathKey(object);
}

function sharesLock(a: Context, b: Context): boolean {
  return a.held.some((one) => b.held.some((two) => pathKey(one.lock) === pathKey(two.lock)));
}

/** Whether both certainly touch the same memory. */
function isSame(a: AccessSummary, b: AccessSummary): boolean {
  return pathKey(a.object) === pathKey(b.object) && isSameCell(a.cell, b.cell);
}

function isSameCell(a: Cell, b: Cell): boolean {
  if (a.kind === "index" && b.kind === "index") return a.index === b.index;
  if (a.kind === "value" || b.kind === "value") return a.kind === b.kind;
  return a.kind !== "unknown" && b.kind !== "unknown";
}

function mayBeSame(a: AccessSummary, b: AccessSummary): boolean {
  if (pathKey(a.object) !== pathKey(b.object)) return false;
  return a.cell.kind !== "index" || b.cell.kind !== "index" || a.cell.index === b.cell.index;
}
