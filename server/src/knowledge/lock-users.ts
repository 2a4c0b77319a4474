import { calleesOf, type Event, type FunctionView, type Program } from "../program.js";
import type { Site } from "../source/site.js";
import { lockOf } from "./critical-sections.js";

/** A lock, as the engine tells it from others. */
export interface KnownLock {
  readonly key: string;
  /** What the user calls it where it was asked for. */
  readonly text: string;
  /** The place that was asked about, and the function that takes it or gives it back there. */
  readonly site: Site;
  readonly functionId: string;
}

/** A function that takes a lock, or may hold it when it calls another. */
export interface LockUser {
  readonly id: string;
  /** As the user calls it. */
  readonly name: string;
  readonly site: Site;
  /** Where it takes the lock, or calls the function that was asked about. */
  readonly places: readonly Site[];
}

type Acquire = Extract<Event, { kind: "acquire" }>;
type Release = Extract<Event, { kind: "release" }>;

/** The lock that is taken or given back at an offset of a file. */
export function lockAt(program: Program, file: string, offset: number): KnownLock | undefined {
  let found: { event: Acquire | Release; fn: FunctionView } | undefined;
  for (const fn of program.functions) {
    if (fn.model.site.file !== file) continue;
    for (const { node } of fn.events()) {
      const { event } = node;
      if (event.kind !== "acquire" && event.kind !== "release") continue;
      if (!covers(event.site, offset) || (found && size(found.event.site) <= size(event.site))) continue;
      found = { event, fn };
    }
  }
  if (!found) return undefined;
  const { event, fn } = found;
  const place = { site: event.site, functionId: fn.model.id };
  const acquire = event.kind === "acquire" ? event : takenFor(event, fn);
  if (acquire) return { key: lockOf(acquire), text: acquire.text, ...place };
  const { lock } = event;
  return lock && { key: lockOf({ lock, field: undefined, text: lock.text }), text: lock.text, ...place };
}

/** The functions that take a lock, whatever they call it. */
export function acquirersOf(program: Program, lock: string): readonly LockUser[] {
  return program.functions.flatMap((fn) => {
    if (!fn.takesLocks) return [];
    const places = [...fn.events()].flatMap(({ node: { event } }) =>
      event.kind === "acquire" && lockOf(event) === lock ? [event.site] : [],
    );
    return places.length > 0 ? [userOf(fn, places)] : [];
  });
}

/** The functions that call one, and where: by whose hands a lock that it takes is taken. */
export function callersOf(program: Program, id: string): readonly LockUser[] {
  return program.functions.flatMap((fn) => {
    if (!calleesOf(fn.model).includes(id)) return [];
    const places = fn.model.nodes.flatMap(({ event }) =>
      event.kind === "call" && event.callee.kind === "function" && event.callee.id === id ? [event.site] : [],
    );
    return places.length > 0 ? [userOf(fn, places)] : [];
  });
}

/** The functions that may hold a lock while a function waits for it: those of other threads that take it. */
export function holdersAgainst(program: Program, { key, functionId }: KnownLock): readonly LockUser[] {
  const waiting = program.threadsReaching(functionId);
  return acquirersOf(program, key).filter(({ id }) =>
    program
      .threadsReaching(id)
      .some((thread) => thread.overlapsItself || waiting.some((other) => other !== thread) || waiting.length === 0),
  );
}

function takenFor(release: Release, fn: FunctionView): Acquire | undefined {
  const acquires = [...fn.events()].flatMap(({ node: { event } }) => (event.kind === "acquire" ? [event] : []));
  if (release.guard !== undefined) return acquires.find(({ guard }) => guard === release.guard);
  const key = release.lock && lockOf({ field: undefined, lock: release.lock, text: "" });
  return acquires.find(({ lock }) => lock !== undefined && lockOf({ field: undefined, lock, text: "" }) === key);
}

function userOf({ model }: FunctionView, places: readonly Site[]): LockUser {
  return { id: model.id, name: model.name, site: model.site, places };
}

function covers({ start, end }: Site, offset: number): boolean {
  return start <= offset && offset <= end;
}

function size({ start, end }: Site): number {
  return end - start;
}
