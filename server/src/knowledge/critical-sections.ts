import { type Event, type FunctionView, type HeldLock, type Path, pathKey } from "../program.js";
import { type Site, siteKey } from "../source/site.js";

/** A stretch of a function in which it holds a lock. */
export interface CriticalSection {
  /** Equal for sections of one lock, as far as the engine knows. */
  readonly lock: string;
  /** What the user calls the lock. */
  readonly text: string;
  /** Together with others that read. */
  readonly reads: boolean;
  /** By a promise: the thread goes on, and other tasks of it may run. */
  readonly async: boolean;
  /** Where it is taken: by an acquire, or by a call of what takes it. */
  readonly taken: Site;
  /** Where it is given back, in the order of the source; none where that is somebody else's business. */
  readonly ends: readonly Site[];
  /** Whether the code says at the end what it gives back, and does not just leave a block. */
  readonly namesEnd: boolean;
}

type Acquire = Extract<Event, { kind: "acquire" }>;
type Release = Extract<Event, { kind: "release" }>;

/** Where the block ends in which a place is. */
export type BlockEnd = (site: Site) => Site | undefined;

/** The critical sections of a function, in the order of the source. */
export function criticalSections(fn: FunctionView, blockEnd: BlockEnd): readonly CriticalSection[] {
  const acquires = new Map<string, Acquire>();
  const guards = new Map<string, Acquire>();
  const sections = new Map<string, { held: HeldLock; ends: Map<string, Site>; namesEnd: boolean }>();
  for (const { node } of fn.events()) {
    if (node.event.kind !== "acquire") continue;
    acquires.set(siteKey(node.event.site), node.event);
    if (node.event.guard !== undefined) guards.set(node.event.guard, node.event);
  }
  for (const { node, locks } of fn.events()) {
    const { event } = node;
    for (const held of [...locks.must.values(), ...locks.may.values()]) {
      const key = siteKey(held.site);
      if (held.by !== "caller" && !sections.has(key)) sections.set(key, { held, ends: new Map(), namesEnd: false });
    }
    if (event.kind !== "release") continue;
    const lock = event.lock ?? (event.guard === undefined ? undefined : guards.get(event.guard)?.lock);
    const held = lock && (locks.must.get(pathKey(lock)) ?? locks.may.get(pathKey(lock)));
    const section = held && sections.get(siteKey(held.site));
    const end = section && endOf(event, blockEnd);
    if (!end) continue;
    section.ends.set(siteKey(end), end);
    section.namesEnd ||= event.by === "call";
  }
  return [...sections.values()]
    .map(({ held, ends, namesEnd }) => {
      const acquire = acquires.get(siteKey(held.site));
      const { reads, async, site } = held;
      const lock = acquire ? lockOf(acquire) : pathKey(held.lock);
      return { lock, text: held.lock.text, reads, async, taken: site, ends: ordered(ends), namesEnd };
    })
    .sort((a, b) => a.taken.start - b.taken.start);
}

/** What makes two acquires ones of the same lock: the field, whosever object has it, or the path. */
export function lockOf({
  field,
  lock,
  text,
}: {
  field: string | undefined;
  lock: Path | undefined;
  text: string;
}): string {
  return field ?? (lock ? pathKey(lock) : text);
}

/** A scope gives back where its block ends, a section where its call does. */
function endOf({ by, guard, site }: Release, blockEnd: BlockEnd): Site | undefined {
  if (by === "call") return site;
  return guard === undefined ? { ...site, start: site.end - 1 } : blockEnd(site);
}

function ordered(ends: ReadonlyMap<string, Site>): readonly Site[] {
  return [...ends.values()].sort((a, b) => a.start - b.start);
}
