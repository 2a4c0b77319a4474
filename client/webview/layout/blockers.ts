import type { ThreadNow, Wait } from "../../shared/snapshot.js";

/** What keeps a thread: the wait it blocks in, or one of its tasks' that somebody could end. */
export function keptBy(thread: ThreadNow): Wait | undefined {
  return thread.wait ?? thread.asyncWaits.find(({ holder }) => holder !== 0) ?? thread.asyncWaits[0];
}

/**
 * The threads that a thread waits for, directly or through others: from the one that it waits for to the last that
 * waits for nobody, or to the first that comes twice.
 */
export function blockersOf(thread: ThreadNow, find: (id: number) => ThreadNow | undefined): readonly ThreadNow[] {
  const chain: ThreadNow[] = [];
  const seen = new Set<number>();
  for (let at: ThreadNow | undefined = thread; at !== undefined; ) {
    at = find(keptBy(at)?.holder ?? 0);
    if (at === undefined) break;
    chain.push(at);
    if (seen.has(at.id)) break;
    seen.add(at.id);
  }
  return chain;
}

/** Where a chain of blockers leads. */
export type RootCause =
  | { readonly kind: "cycle"; readonly size: number; readonly isIn: boolean; readonly at: ThreadNow }
  | { readonly kind: "thread"; readonly thread: ThreadNow };

/** Undefined if nobody is to blame. */
export function rootCause(thread: ThreadNow, blockers: readonly ThreadNow[]): RootCause | undefined {
  const last = blockers.at(-1);
  if (last === undefined) return undefined;
  const ids = [thread, ...blockers].map(({ id }) => id);
  const first = ids.indexOf(last.id);
  if (first === ids.length - 1) return { kind: "thread", thread: last };
  // The cycle is what lies between the two times that the last one comes.
  const again = ids.lastIndexOf(last.id);
  return { kind: "cycle", size: again - first, isIn: ids.slice(first, again).includes(thread.id), at: last };
}
