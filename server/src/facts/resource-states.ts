import type { Event } from "../model/events.js";
import type { Node } from "../model/function-model.js";
import { oncePer } from "../model/once-per.js";
import type { Done, Resource } from "../model/resource.js";
import type { ResourceFunction } from "../model/resource-function.js";
import type { Site } from "../source/site.js";
import { type Dataflow, solve } from "./dataflow.js";

/** What a function does to a resource that does not fit what it did to it before. */
export type LifeFault =
  /** A thread that nobody starts. */
  | { readonly kind: "unstarted"; readonly resource: Resource; readonly exit: Site }
  /** Nobody ends it, or waits for its end. */
  | { readonly kind: "unended"; readonly resource: Resource; readonly started: Site; readonly exit: Site }
  /** It goes on behind one way out, and is ended on others. */
  | {
      readonly kind: "left";
      readonly resource: Resource;
      readonly by: "return" | "throw";
      readonly exit: Site;
      readonly ends: readonly Site[];
      readonly method: string;
    }
  /** A method is called at a time at which it can do nothing but throw, or not what it says. */
  | {
      readonly kind: "untimely";
      readonly resource: Resource;
      readonly why: "started-twice" | "not-started" | "not-closed" | "closed" | "runs-here";
      readonly method: string;
      readonly site: Site;
      /** What made it too late or too early. */
      readonly because: readonly Site[];
    };

/** What an object may be: a set of these. */
const NOTHING = 1;
const MADE = 2;
const LIVE = 4;
const CLOSED = 8;
const ENDED = 16;
/** Somebody else has it, and minds it. */
const GONE = 32;

/** By resource, what it may be. */
type States = readonly number[];

const found = new WeakMap<ResourceFunction, readonly LifeFault[]>();

/** The faults of one function, in the order of its resources; found once, as the function lasts as long as its text. */
export function lifeFaultsOf(fn: ResourceFunction): readonly LifeFault[] {
  const faults = found.get(fn) ?? findFaults(fn);
  found.set(fn, faults);
  return faults;
}

function findFaults(fn: ResourceFunction): readonly LifeFault[] {
  const { nodes, resources } = fn;
  const before = solve(nodes, flowOf(resources));
  return resources.flatMap((resource) => {
    const stateAt = (index: number): number => before[index]?.[resource.id] ?? 0;
    const untimely = untimelyIn(fn, resource, stateAt);
    if (untimely.length > 0) return untimely;
    const leak = leakIn(fn, resource, stateAt);
    return leak ? [leak] : [];
  });
}

function flowOf(resources: readonly Resource[]): Dataflow<States> {
  const byId = new Map(resources.map((resource) => [resource.id, resource]));
  const size = Math.max(0, ...resources.map(({ id }) => id + 1));
  return {
    entry: new Array<number>(size).fill(NOTHING),
    after(event, states) {
      if (!isAboutOne(event)) return states;
      const resource = byId.get(event.resource);
      if (!resource) return states;
      const next = [...states];
      next[resource.id] = after(event, states[resource.id] ?? NOTHING, resource);
      if (event.kind === "moved" && event.to !== undefined) next[event.to] = states[resource.id] ?? NOTHING;
      return next;
    },
    join: (a, b) => a.map((state, index) => state | (b[index] ?? 0)),
    equals: (a, b) => a.every((state, index) => state === b[index]),
  };
}

type AboutOne = Extract<Event, { readonly resource: number }>;

function isAboutOne(event: Event): event is AboutOne {
  return event.kind === "made" || event.kind === "done" || event.kind === "moved" || event.kind === "absent";
}

function after(event: AboutOne, state: number, { startsNow }: Resource): number {
  switch (event.kind) {
    case "made":
      return startsNow ? LIVE : MADE;
    case "moved":
      return GONE;
    case "absent":
      return NOTHING;
    case "done":
      return mapped(state, (one) => afterDeed(event.deed, one));
  }
}

function afterDeed(deed: Done["deed"], state: number): number {
  if (state === GONE || state === NOTHING) return state;
  switch (deed) {
    case "start":
      return state === MADE ? LIVE : state;
    case "close":
      return state === LIVE ? CLOSED : state;
    case "end":
      return ENDED;
    case "wait":
      return state === LIVE || state === CLOSED ? ENDED : state;
    case "run":
    case "task":
    case "use":
      return state;
  }
}

function mapped(state: number, one: (state: number) => number): number {
  let result = 0;
  for (let bit = NOTHING; bit <= GONE; bit *= 2) if (state & bit) result |= one(bit);
  return result;
}

/** Whether an object is certainly one of these, and the place is reached. */
function isSurely(state: number, allowed: number): boolean {
  return state !== 0 && (state & ~allowed) === 0;
}

function untimelyIn(
  fn: ResourceFunction,
  resource: Resource,
  stateAt: (index: number) => number,
): readonly LifeFault[] {
  const { nodes } = fn;
  const deeds = nodes.flatMap(({ event }, index) =>
    event.kind === "done" && event.resource === resource.id ? [{ event, index, state: stateAt(index) }] : [],
  );
  const merged = new Set([
    resource.id,
    ...nodes.flatMap(({ event }) => (event.kind === "moved" && event.to === resource.id ? [event.resource] : [])),
  ]);
  const places = (...kinds: readonly Done["deed"][]): readonly Site[] =>
    nodes.flatMap(({ event }) =>
      event.kind === "done" && merged.has(event.resource) && kinds.includes(event.deed) ? [event.site] : [],
    );
  const isStarted = places("start").length > 0;
  const seen = new Set<number>();
  return deeds.flatMap(
    ({ event: { deed, method, site, isElement, isGuarded }, index, state }): readonly LifeFault[] => {
      // An error that is handled right here may be what is wanted.
      if (seen.has(site.start) || (isGuarded && deed !== "run")) return [];
      const fault = (why: Extract<LifeFault, { kind: "untimely" }>["why"], because: readonly Site[]): LifeFault[] => {
        seen.add(site.start);
        return [{ kind: "untimely", resource, why, method, site, because: earlier(because, site) }];
      };
      if (deed === "run") {
        return isStarted || !isSurely(state, MADE) || isGivenAwayBehind(fn, index, resource)
          ? []
          : fault("runs-here", []);
      }
      if (deed === "start") {
        if (isSurely(state, LIVE | ENDED)) return fault("started-twice", places("start"));
        return !isElement && repeatsWithoutAnother(fn, index, resource) ? fault("started-twice", []) : [];
      }
      if (deed === "wait") {
        if (isSurely(state, MADE)) return fault("not-started", []);
        return resource.noun === "pool" && isSurely(state, LIVE) ? fault("not-closed", []) : [];
      }
      if (deed === "task" && isSurely(state, CLOSED | ENDED)) return fault("closed", places("close", "end"));
      return [];
    },
  );
}

/** Whether somebody gets the object, or what it holds, behind a call: the call here may be meant. */
function isGivenAwayBehind(fn: ResourceFunction, from: number, { id }: Resource): boolean {
  return [...reachedFrom(successorsOf(fn), from, () => false)].some((index) => {
    const { event } = fn.nodes[index]!;
    return event.kind === "moved" && event.resource === id && event.to === undefined;
  });
}

function earlier(sites: readonly Site[], than: Site): readonly Site[] {
  return sites.filter(({ start }) => start < than.start).slice(-1);
}

/** Where more loops than these are around a start, nothing is said. */
const MOST_LOOPS = 16;

/** Whether every further turn of a loop starts the same thread again. */
function repeatsWithoutAnother(fn: ResourceFunction, start: number, { id, isList }: Resource): boolean {
  if (isList) return false;
  const { nodes } = fn;
  const renews = (index: number): boolean => {
    const { event } = nodes[index]!;
    return isAboutOne(event) && event.resource === id && event.kind !== "done";
  };
  const onward = successorsOf(fn);
  const behind = reachedFrom(onward, start, renews);
  if (!behind.has(start)) return false;
  const around = reachedFrom(predecessorsOf(fn), start, (index) => !behind.has(index));
  const loops = [...around].filter((index) => nodes[index]!.event.kind === "loop");
  if (loops.length > MOST_LOOPS) return false;
  return loops.some((head) => !reachedFrom(onward, head, (index) => index === start).has(head));
}

type Edges = readonly (readonly number[])[];

/** Where control goes without an exception. */
const successorsOf = oncePer(({ nodes }: ResourceFunction): Edges => nodes.map(({ next }) => next));

/** Where control comes from without an exception. */
const predecessorsOf = oncePer(({ nodes }: ResourceFunction): Edges => {
  const edges: number[][] = nodes.map(() => []);
  for (const [index, { next }] of nodes.entries()) for (const to of next) edges[to]?.push(index);
  return edges;
});

/** The nodes that control may come to after `from` by these edges, not beyond those that stop it. */
function reachedFrom(edges: Edges, from: number, stops: (index: number) => boolean): ReadonlySet<number> {
  const reached = new Set<number>();
  const queue = [from];
  for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
    for (const next of edges[at] ?? []) {
      if (reached.has(next) || stops(next)) continue;
      reached.add(next);
      queue.push(next);
    }
  }
  return reached;
}

function leakIn(fn: ResourceFunction, resource: Resource, stateAt: (index: number) => number): LifeFault | undefined {
  const { nodes, isEntry } = fn;
  const about = nodes.flatMap(({ event }) => (isAboutOne(event) && concerns(event, resource) ? [event] : []));
  const isGiven = about.some((event) => event.kind === "moved" && event.to === resource.id);
  if (about.some((event) => event.kind === "moved" && event.resource === resource.id)) return undefined;
  const exit = lastExit(nodes);
  if (!exit || (!isGiven && !about.some(({ kind }) => kind === "made"))) return undefined;
  const deeds = about.flatMap((event) => (event.kind === "done" ? [event] : []));
  const isMissing = (...kinds: readonly Done["deed"][]): boolean => !deeds.some(({ deed }) => kinds.includes(deed));
  if (!resource.startsNow && !isGiven && isMissing("start", "run")) {
    // Who asks for its name only may want an object, and no thread.
    return isMissing("use") ? { kind: "unstarted", resource, exit } : undefined;
  }
  if (isEntry && resource.endsWithProgram) return undefined;
  const ends = deeds.filter(({ deed }) => deed === "end" || deed === "wait" || deed === "close");
  if (ends.length === 0)
    return isLeftRunning(fn, resource)
      ? { kind: "unended", resource, started: startOf(resource, deeds), exit }
      : undefined;
  const calls = ends.filter(({ method }) => method !== "once");
  const [end] = calls;
  if (!end || mayEndByItself(fn, resource, calls)) return undefined;
  const sites = unique(calls.map(({ site }) => site));
  const base = { kind: "left", resource, ends: sites, method: end.method } as const;
  for (const [index, { event }] of nodes.entries()) {
    if (event.kind !== "exit" || event.how !== "normal" || stateAt(index) !== LIVE) continue;
    return { ...base, by: "return", exit: event.site };
  }
  if (isEntry) return undefined;
  const thrown = throwerOf(fn, resource, stateAt);
  return thrown && { ...base, by: "throw", exit: thrown };
}

/** Whether a worker has answered, and is ended in some cases only: what it does behind its answer, its own file says. */
function mayEndByItself({ nodes }: ResourceFunction, { id, noun }: Resource, ends: readonly Done[]): boolean {
  if (noun !== "worker" || !ends.every(({ isOnOneWay }) => isOnOneWay)) return false;
  return nodes.some(({ event }) => event.kind === "suspended" && event.on.includes(id));
}

function unique(sites: readonly Site[]): readonly Site[] {
  const seen = new Set<number>();
  return sites.filter(({ start }) => !seen.has(start) && seen.add(start));
}

function concerns(event: AboutOne, { id }: Resource): boolean {
  return event.resource === id || (event.kind === "moved" && event.to === id);
}

function startOf({ site }: Resource, deeds: readonly Done[]): Site {
  return deeds.find(({ deed }) => deed === "start")?.site ?? site;
}

/** Where the function ends, if it ever does. */
function lastExit(nodes: readonly Node[]): Site | undefined {
  return nodes.flatMap(({ event }) => (event.kind === "exit" && event.how === "normal" ? [event.site] : [])).at(-1);
}

/** Of what nobody ends: whether it is a pool, or a thread of which the function hears nothing more. */
function isLeftRunning(fn: ResourceFunction, { noun, id, endsItself }: Resource): boolean {
  if (noun === "pool") return true;
  if (noun !== "thread" || endsItself) return false;
  const { nodes } = fn;
  const starts = nodes.flatMap(({ event }, index) =>
    event.kind === "done" && event.resource === id && event.deed === "start" ? [index] : [],
  );
  return starts.every((start) => {
    const behind = reachedFrom(successorsOf(fn), start, () => false);
    const isHeard = [...behind].some((index) => nodes[index]!.event.kind === "suspended");
    return !isHeard && [...behind].some((index) => nodes[index]!.event.kind === "exit");
  });
}

/** The first place whose exception leaves the function while the resource is certainly alive. */
function throwerOf(
  { nodes }: ResourceFunction,
  resource: Resource,
  stateAt: (index: number) => number,
): Site | undefined {
  for (const [index, { event, onThrow }] of nodes.entries()) {
    if (stateAt(index) !== LIVE || !isThrower(event, resource)) continue;
    if (onThrow.some((to) => leavesAlive(nodes, to, resource))) return event.site;
  }
  return undefined;
}

/** Whether an exception is to be expected: not of what waits for the end of the resource, or for what it sends. */
function isThrower(event: Event, { id, noun }: Resource): boolean {
  if (event.kind === "rethrow") return event.isThrow;
  if (event.kind === "done") return event.resource === id && event.deed === "task";
  return event.kind === "suspended" && (noun === "pool" || !event.on.includes(id));
}

/** Whether an exception that arrives here leaves the function without anybody having ended the resource. */
function leavesAlive(nodes: readonly Node[], from: number, { id }: Resource): boolean {
  const seen = new Set([from]);
  const queue = [from];
  for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
    const { event, next, onThrow } = nodes[at]!;
    if (event.kind === "exit") {
      if (event.how === "throw") return true;
      continue;
    }
    if (event.kind === "done" && event.resource === id && event.deed !== "use" && event.deed !== "task") continue;
    // The end of a cleanup passes on what was thrown.
    const isPassedOn = event.kind === "rethrow" && next.length === 0;
    for (const to of isPassedOn ? onThrow : next) {
      if (seen.has(to)) continue;
      seen.add(to);
      queue.push(to);
    }
  }
  return false;
}
