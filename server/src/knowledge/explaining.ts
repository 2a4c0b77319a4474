import type { Finding } from "../finding.js";
import {
  type Event,
  type FunctionView,
  guardedObjects,
  type HeldLock,
  type Lockset,
  type Program,
  type Relation,
  relate,
  type Thread,
  type ThreadAccess,
} from "../program.js";
import { type Site, siteKey } from "../source/site.js";

/** Something the engine knows, and where. */
export interface Statement {
  /** One line without a full stop. */
  readonly message: string;
  readonly site: Site | undefined;
  readonly details: readonly Statement[];
}

/** What the engine knows about a place in the source: by this it reports, or does not. */
export interface Explanation {
  /** The functions in which something happens there, as the user calls them. */
  readonly functions: readonly string[];
  /** Who runs them. */
  readonly reached: readonly Statement[];
  /** The locks that are held before it. */
  readonly held: readonly Statement[];
  /** What happens there, each with what other threads do about it. */
  readonly happens: readonly Statement[];
  readonly findings: readonly Finding[];
}

/** More of a kind say no more. */
const MOST = 8;

/** Says what is known about a piece of source: a line, of which `at` is the extent. */
export function explain(program: Program, at: Site, findings: readonly Finding[]): Explanation {
  const here = program.functions.flatMap((fn) => placesIn(fn, at));
  const around = innermost(program.functions, at);
  const functions = [...new Set([...here.map(({ fn }) => fn), ...(around ? [around] : [])])];
  const objects = program.executions.flatMap(guardedObjects);
  return {
    functions: functions.map(({ model }) => model.name),
    reached: once(functions.flatMap((fn) => program.threadsReaching(fn.model.id).map(threadStatement))),
    held: once(functions.flatMap((fn) => heldBefore(fn, at))),
    happens: once(
      here.flatMap(({ event }) => {
        const message = sentenceOf(event);
        if (message === undefined) return [];
        const details = event.kind === "access" ? accessDetails(event.site, objects) : [];
        return [{ message, site: event.site, details }];
      }),
    ),
    findings: findings.filter(({ site }) => overlaps(site, at)),
  };
}

/** What is known of one thing that happens, for who points at it. */
export interface PointExplanation extends Pick<Explanation, "reached" | "held"> {
  readonly happens: Statement;
  /** What a call may wait for. */
  readonly waits: readonly Statement[];
}

/**
 * Says what is known of the innermost thing that happens at an offset. Undefined where nothing is worth a word: what is
 * known only to be a call, or a promise that is awaited while no lock is held.
 */
export function explainPoint(program: Program, file: string, offset: number): PointExplanation | undefined {
  let found: (Place & { readonly message: string; readonly waits: readonly Statement[] }) | undefined;
  const size = ({ start, end }: Site): number => end - start;
  for (const fn of program.functions) {
    const { site: whole } = fn.model;
    if (whole.file !== file || whole.start > offset || whole.end < offset) continue;
    for (const { node, locks } of fn.events()) {
      const { event } = node;
      if (event.kind === "entry" || event.kind === "exit" || !touches(event.site, offset)) continue;
      if (found && size(found.event.site) <= size(event.site)) continue;
      const message = sentenceOf(event);
      const waits = event.kind === "call" ? waitsBehind(fn, event.site) : [];
      if (message === undefined || !isTelling(event, locks, waits)) continue;
      found = { fn, event, locks, message, waits };
    }
  }
  if (!found) return undefined;
  const { fn, event, locks, message, waits } = found;
  const objects = event.kind === "access" ? program.executions.flatMap(guardedObjects) : [];
  const details = event.kind === "access" ? accessDetails(event.site, objects) : [];
  return {
    happens: { message, site: event.site, details },
    reached: once(program.threadsReaching(fn.model.id).map(threadStatement)),
    held: heldStatements(locks),
    waits,
  };
}

function isTelling(event: Event, locks: Lockset, waits: readonly Statement[]): boolean {
  if (event.kind === "call") return waits.length > 0;
  return event.kind !== "await" || locks.must.size > 0;
}

/** What the function that is called may wait for, and where. */
function waitsBehind({ summary }: FunctionView, call: Site): readonly Statement[] {
  const isBehind = ({ calls }: { readonly calls: readonly Site[] }): boolean => {
    const [first] = calls;
    return first !== undefined && siteKey(first) === siteKey(call);
  };
  return once([
    ...summary.acquires
      .filter((each) => each.patience === "blocking" && !each.later && isBehind(each))
      .map(({ lock, site }) => statement(`"${lock.text}", taken here`, site)),
    ...summary.pauses
      .filter((each) => each.stops && !each.later && isBehind(each))
      .map((each) => statement(each.for === "ended" ? "the end of a thread" : "what another thread tells", each.site)),
  ]);
}

function touches({ start, end }: Site, offset: number): boolean {
  return start <= offset && offset <= end;
}

/** The function in which a place is, also where nothing happens there. */
function innermost(functions: readonly FunctionView[], at: Site): FunctionView | undefined {
  const isAround = ({ site }: FunctionView["model"]): boolean =>
    site.file === at.file && site.start < at.end && site.end > at.start;
  const size = ({ model: { site } }: FunctionView): number => site.end - site.start;
  return functions.filter(({ model }) => isAround(model)).sort((a, b) => size(a) - size(b))[0];
}

interface Place {
  readonly fn: FunctionView;
  readonly event: Event;
  readonly locks: Lockset;
}

/** What happens in a function within the extent, in the order of the source. */
function placesIn(fn: FunctionView, at: Site): readonly Place[] {
  if (fn.model.site.file !== at.file) return [];
  return [...fn.events()]
    .filter(({ node: { event } }) => event.kind !== "entry" && event.kind !== "exit" && begins(event.site, at))
    .map(({ node: { event }, locks }) => ({ fn, event, locks }))
    .sort((a, b) => a.event.site.start - b.event.site.start);
}

function begins(site: Site, at: Site): boolean {
  return site.file === at.file && site.start >= at.start && site.start < Math.max(at.end, at.start + 1);
}

function overlaps(site: Site, at: Site): boolean {
  return site.file === at.file && site.start < at.end && site.end > at.start;
}

function threadStatement(thread: Thread): Statement {
  if (!thread.spawn) return statement("the main thread", undefined);
  const { noun, site } = thread.spawn.spawn;
  const several = thread.overlapsItself ? ", several at once" : "";
  return statement(`the ${noun} "${thread.name}"${several}, made here`, site);
}

/** Before what happens there first; nothing is taken or given back before that. */
function heldBefore(fn: FunctionView, at: Site): readonly Statement[] {
  let first: Place | undefined;
  for (const { node, locks } of fn.events()) {
    const { site, kind } = node.event;
    if (kind === "entry" || site.file !== at.file || site.start < at.start) continue;
    if (!first || site.start < first.event.site.start) first = { fn, event: node.event, locks };
  }
  return first ? heldStatements(first.locks) : [];
}

function heldStatements({ must, may, unknown }: Lockset): readonly Statement[] {
  const isCertain = (key: string): boolean => must.has(key);
  return [
    ...[...must.values()].map((held) => statement(`"${held.lock.text}"${modeOf(held)}, taken here`, held.site)),
    ...[...may]
      .filter(([key]) => !isCertain(key))
      .map(([, held]) => statement(`"${held.lock.text}"${modeOf(held)} on some ways only, taken here`, held.site)),
    ...(unknown ? [statement("perhaps a lock that Heddle cannot name", undefined)] : []),
  ];
}

function modeOf({ reads, async }: HeldLock): string {
  return reads ? " for reading" : async ? " by a promise" : "";
}

/** What an event is to others; undefined for what only steers control. */
function sentenceOf(event: Event): string | undefined {
  switch (event.kind) {
    case "access":
      return `${event.access === "read" ? "reads" : event.access === "write" ? "writes" : "updates"} "${event.object.text}"${event.atomic ? " atomically" : ""}`;
    case "acquire":
      return event.lock ? `takes "${event.text}"` : `takes "${event.text}", a lock that Heddle cannot name`;
    case "release":
      return event.by === "scope" ? undefined : `gives back ${event.lock ? `"${event.lock.text}"` : "a lock"}`;
    case "call":
      return callSentence(event);
    case "spawn":
      return `makes a ${event.noun}${event.target.kind === "function" ? ` that runs "${event.target.name}"` : ""}`;
    case "start":
      return `starts "${event.handle.text}"`;
    case "join":
      return event.handle ? `waits for the end of "${event.handle.text}"` : undefined;
    case "wait":
      return `${event.pause ? "waits" : "looks"} for what other threads tell${event.on ? ` on "${event.on.text}"` : ""}`;
    case "notify":
      return `tells other threads${event.on ? ` on "${event.on.text}"` : ""}`;
    case "meet":
      return "waits until all threads have come here";
    case "await":
      return "awaits: other tasks of this thread may run here";
    default:
      return undefined;
  }
}

function callSentence(event: Extract<Event, { kind: "call" }>): string {
  const when = event.when === "now" ? "" : event.when === "later" ? ", later" : ", nobody knows when";
  switch (event.callee.kind) {
    case "function":
      return `calls a function of the program${when}`;
    case "parameter":
      return `calls what it was given${when}`;
    case "kept":
      return `calls what was put into "${event.callee.collection}"${when}`;
    case "unknown":
      return `calls what Heddle does not know${when}`;
  }
}

/** Who guards what is accessed here, and how the other accesses stand to this one. */
function accessDetails(site: Site, objects: ReturnType<typeof guardedObjects>): readonly Statement[] {
  const key = siteKey(site);
  const details = objects.flatMap(({ accesses, guards }) => {
    const own = accesses.filter(({ access }) => siteKey(access.site) === key);
    if (own.length === 0) return [];
    return [
      ...guards.map(({ held, places, of }) =>
        statement(`"${held.lock.text}" is held at ${places} of ${of} places while others run`, undefined),
      ),
      ...own.flatMap((one) => accesses.flatMap((other) => relationStatement(one, other))),
    ];
  });
  const said = once(details);
  if (said.length === 0) return [statement("no other thread that Heddle knows of uses it", undefined)];
  const more = said.length - MOST;
  return more > 0 ? [...said.slice(0, MOST), statement(`and ${more} more of the kind`, undefined)] : said;
}

function relationStatement(one: ThreadAccess, other: ThreadAccess): readonly Statement[] {
  // What one thread does by itself comes one after the other.
  if (one.thread === other.thread && !one.thread.overlapsItself) return [];
  const { access, thread } = other;
  const who = thread.spawn ? `"${thread.name}"` : "the main thread";
  const isSame = one === other;
  const does = isSame
    ? `another ${who} does the same here`
    : `${who} ${access.access === "read" ? "reads" : "changes"} it here`;
  const both = one.access.access === "read" && access.access === "read";
  const why = both
    ? "which is no conflict: both read"
    : reasonOf(relate(one, other), one.access.atomic && access.atomic);
  return [statement(`${does}, ${why}`, access.site)];
}

function reasonOf(relation: Relation, areAtomic: boolean): string {
  switch (relation.kind) {
    case "conflict":
      return areAtomic ? "which is no conflict: both are atomic" : "at the same time and without a common lock";
    case "locked":
      return `never at the same time: both hold "${relation.by.lock.text}"`;
    case "own":
      return "each in memory of its own";
    case "cells":
      return "perhaps in other memory";
    case "uncertain":
      return "under conditions that Heddle cannot tell";
    case "apart":
      return `never at the same time: ${apart[relation.by]}`;
  }
}

const apart = {
  told: "one waits for what the other tells",
  barrier: "a barrier stands between them",
  lifetime: "one thread has ended, or not begun",
};

function statement(message: string, site: Site | undefined): Statement {
  return { message, site, details: [] };
}

function once(statements: readonly Statement[]): readonly Statement[] {
  const seen = new Set<string>();
  return statements.filter(({ message, site }) => {
    const key = `${message}|${site ? siteKey(site) : ""}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
