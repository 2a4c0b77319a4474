import type { Event } from "../model/events.js";
import type { Node } from "../model/function-model.js";
import { type Carry, LOCAL, type Put, type Says, type State } from "../model/state.js";
import type { TaskModel } from "../model/task.js";
import { type Site, siteKey } from "../source/site.js";
import { type Dataflow, solve } from "./dataflow.js";

/**
 * State is written by what was known of it before the function waited. Everything else could run in the gap, so what
 * was known may no longer be so.
 */
export interface StaleWrite {
  /** `update`: the old value goes into the new one; `check`: whether to write was decided by it. */
  readonly by: "update" | "check";
  readonly says: Says;
  readonly state: State;
  /** Where it was read, or tested. */
  readonly seen: Site;
  /** Where the function waits in between. */
  readonly gap: Site;
  /** Whether the function does not wait there but leaves the work for later. */
  readonly isLeft: boolean;
  readonly put: Put;
}

/** State that a function sets before it waits and sets back behind, but not where the wait ends in an exception. */
export interface Unrestored {
  readonly state: State;
  readonly set: Put;
  readonly gap: Site;
  readonly restored: Site;
}

/** State that a function sets, whatever was there, before it waits for what others do about it. */
export interface Note {
  readonly put: Put;
  readonly gap: Site;
}

/** A call of another function of the file, and whether others are kept out while it runs. */
export interface RunFact {
  readonly task: string;
  readonly isGuarded: boolean;
}

/** What is known of one task. */
export interface TaskFacts {
  readonly model: TaskModel;
  readonly staleWrites: readonly StaleWrite[];
  readonly unrestored: readonly Unrestored[];
  readonly notes: readonly Note[];
  readonly runs: readonly RunFact[];
  /** The keys of the state that it tests. */
  readonly tested: ReadonlySet<string>;
  /** The keys of the state that it reads. */
  readonly looked: ReadonlySet<string>;
}

/** State that was looked at, and where the function has waited since. */
interface Seen {
  readonly state: State;
  readonly says: Says;
  readonly site: Site;
  readonly gap: Site | undefined;
  /** Whether only what somebody made of it is at hand. */
  readonly isAnswer?: boolean;
}

/** What is known before an event. Never changed in place. */
interface Known {
  /** By value, what state is in it. */
  readonly values: ReadonlyMap<string, readonly Seen[]>;
  /** What control has come to depend on, on every way here. */
  readonly tests: ReadonlyMap<string, Seen>;
  /** State that was tested and then set without a wait in between: whoever comes next sees that somebody is here. */
  readonly claims: ReadonlySet<string>;
  /** State that was set and not set back on some way here, with the first wait since. */
  readonly armed: ReadonlyMap<string, Armed>;
  /** Whether a lock may keep others out. */
  readonly isGuarded: boolean;
}

interface Armed {
  readonly put: Put;
  readonly gap: Site | undefined;
}

const NOTHING: Known = { values: new Map(), tests: new Map(), claims: new Set(), armed: new Map(), isGuarded: false };

const known = new WeakMap<TaskModel, TaskFacts>();

/** The same model has the same facts. */
export function taskFacts(model: TaskModel): TaskFacts {
  const facts = known.get(model) ?? computeFacts(model);
  known.set(model, facts);
  return facts;
}

function computeFacts(model: TaskModel): TaskFacts {
  const armed = new Map(model.handed.map((put) => [put.state.key, { put, gap: undefined }]));
  const before = solve(model.nodes, { ...forgetting(model.nodes), entry: { ...NOTHING, armed } });
  const staleWrites: StaleWrite[] = [];
  const notes: Note[] = [];
  const runs: RunFact[] = [];
  const tested = new Set<string>();
  for (const [index, { event }] of model.nodes.entries()) {
    const state = before[index];
    if (!state) continue;
    if (event.kind === "run") {
      runs.push({ task: event.task, isGuarded: state.isGuarded || state.claims.size > 0 });
    } else if (event.kind === "decide") {
      for (const seen of seenIn(event.from, state)) tested.add(seen.state.key);
    } else if (event.kind === "put") {
      const stale = staleBy(event, state);
      if (stale) staleWrites.push(stale);
      notes.push(...notesOf(event, model.nodes, index, state));
    } else if (event.kind === "leave" && !isClaimed(model.nodes, index, state)) {
      for (const put of event.puts) staleWrites.push(...leftStale(put, event.site, state));
    }
  }
  const looked = new Set(model.nodes.flatMap(({ event }) => (event.kind === "look" ? [event.state.key] : [])));
  return { model, staleWrites, notes, runs, looked, tested, unrestored: unrestoredIn(model.nodes, before) };
}

/** What the write rests on that may no longer be so; nothing where others were kept out meanwhile. */
function staleBy(put: Put, state: Known): StaleWrite | undefined {
  if (state.isGuarded || state.claims.size > 0) return undefined;
  const check = [...state.tests.values()].find((test) => test.gap && test.state.key === put.state.key);
  // Where something was there before, and what was made of it replaces it, that matters more than the question.
  const made = check && check.says !== "present" ? [] : seenIn(put.from, state);
  const isAnew = made.some((seen) => !seen.gap && seen.state.key === put.state.key);
  const used = made.find((seen) => seen.gap && isWithin(seen.state.key, put.state.key));
  if (used?.gap && !isAnew && put.gives !== "nothing") {
    return { by: "update", says: "other", state: put.state, seen: used.site, gap: used.gap, isLeft: false, put };
  }
  if (!check?.gap) return undefined;
  return { by: "check", says: check.says, state: check.state, seen: check.site, gap: check.gap, isLeft: false, put };
}

function notesOf(put: Put, nodes: readonly Node[], from: number, known: Known): readonly Note[] {
  const { key, captured, taken, container } = put.state;
  if (put.gives !== "value" || captured || taken || container !== undefined) return [];
  if (known.isGuarded || known.claims.size > 0) return [];
  if ([...known.tests.values()].some(({ state }) => overlap(state.key, key))) return [];
  // Who looks at what is there first does not leave its own note on top unseen: `this.request?.abort()`.
  if (nodes.some(({ event }, at) => event.kind === "look" && event.state.key === key && reachesAtOnce(nodes, at, from)))
    return [];
  const gap = nextGap(nodes, from, key);
  return gap ? [{ put, gap }] : [];
}

/** The first wait behind a place, on a way on which the state is not set again. */
function nextGap(nodes: readonly Node[], from: number, key: string): Site | undefined {
  const passed = new Set<number>();
  const queue = [...(nodes[from]?.next ?? [])];
  for (let at = queue.shift(); at !== undefined; at = queue.shift()) {
    const node = nodes[at];
    if (!node || passed.has(at)) continue;
    passed.add(at);
    if (node.event.kind === "await") return node.event.site;
    if (node.event.kind !== "put" || node.event.state.key !== key) queue.push(...node.next);
  }
  return undefined;
}

/** Whether control comes from one place to another on some way without a wait. */
function reachesAtOnce(nodes: readonly Node[], from: number, to: number): boolean {
  const passed = new Set<number>();
  const queue = [...(nodes[from]?.next ?? [])];
  for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
    if (at === to) return true;
    const node = nodes[at];
    if (!node || passed.has(at) || node.event.kind === "await") continue;
    passed.add(at);
    queue.push(...node.next);
  }
  return false;
}

/** Whether the function, before anybody else can run, sets something that it tested. */
function isClaimed(nodes: readonly Node[], from: number, { tests }: Known): boolean {
  const passed = new Set<number>();
  const queue = [...(nodes[from]?.next ?? [])];
  for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
    const node = nodes[at];
    if (!node || passed.has(at) || node.event.kind === "await") continue;
    passed.add(at);
    const { event } = node;
    if (event.kind === "put" && event.gives !== "nothing") {
      if ([...tests.values()].some(({ state }) => overlap(state.key, event.state.key))) return true;
    }
    queue.push(...node.next);
  }
  return false;
}

/** What is tested now and written later: the test is as old then as one before an await. */
function leftStale(put: Put, gap: Site, known: Known): readonly StaleWrite[] {
  if (known.isGuarded || known.claims.size > 0) return [];
  const test = [...known.tests.values()].find(({ state }) => state.key === put.state.key);
  return test ? [{ by: "check", says: test.says, state: test.state, seen: test.site, gap, isLeft: true, put }] : [];
}

function unrestoredIn(nodes: readonly Node[], before: readonly (Known | undefined)[]): readonly Unrestored[] {
  const thrown = nodes.findIndex(({ event }) => event.kind === "exit" && event.how === "throw");
  const found: Unrestored[] = [];
  for (const [key, { put, gap }] of before[thrown]?.armed ?? []) {
    if (!gap) continue;
    const remains = nodes.some(
      ({ event }, index) => event.kind === "exit" && event.how === "normal" && before[index]?.armed.has(key),
    );
    const restoring = nodes.find(({ event }) => event.kind === "put" && event.state.key === key && disarms(event, put));
    if (!remains && restoring) found.push({ state: put.state, set: put, gap, restored: restoring.event.site });
  }
  return found;
}

function disarms(put: Put, armed: Put): boolean {
  return armed.gives === "raise" ? put.gives === "lower" : put.gives === "nothing";
}

function seenIn(values: readonly string[], { values: known }: Known): readonly Seen[] {
  const [only] = values;
  if (only !== undefined && values.length === 1) return known.get(only) ?? [];
  return values.flatMap((value) => known.get(value) ?? []);
}

const gaps: Dataflow<Known> = {
  entry: NOTHING,
  after,
  afterThrow: (event, before) => (event.kind === "await" ? after(event, before) : before),
  join,
  equals,
};

/** So few values that it is not worth to look which of them are used. */
const FEW = 8;

/**
 * The analysis without the values that no expression behind uses. Nodes are in the order of the source, and whatever is
 * no variable is used right behind; kept, it would make long functions take quadratic time.
 */
function forgetting(nodes: readonly Node[]): Dataflow<Known> {
  const places = new Map<Event, number>();
  const lastUses = new Map<string, number>();
  for (const [index, { event }] of nodes.entries()) {
    places.set(event, index);
    if (event.kind === "carry" || event.kind === "decide" || event.kind === "put") {
      for (const value of event.from) lastUses.set(value, index);
    }
  }
  const forget = (event: Event, known: Known): Known => {
    const place = places.get(event);
    if (place === undefined || known.values.size < FEW) return known;
    const isUsed = (value: string): boolean => value.startsWith(LOCAL) || (lastUses.get(value) ?? -1) > place;
    if ([...known.values.keys()].every(isUsed)) return known;
    return { ...known, values: new Map([...known.values].filter(([value]) => isUsed(value))) };
  };
  return {
    ...gaps,
    after: (event, before) => forget(event, after(event, before)),
    afterThrow: (event, before) => (event.kind === "await" ? forget(event, after(event, before)) : before),
  };
}

function after(event: Event, before: Known): Known {
  switch (event.kind) {
    case "look": {
      const seen: Seen = { state: event.state, says: "other", site: event.site, gap: undefined };
      return { ...before, values: new Map(before.values).set(event.value, [seen]) };
    }
    case "carry":
      return { ...before, values: new Map(before.values).set(event.value, carried(event, before)) };
    case "await":
      return wait(event.site, before);
    case "decide":
      return decide(
        seenIn(event.from, before).filter(({ isAnswer }) => !isAnswer),
        event.says,
        before,
      );
    case "put":
      return put(event, before);
    case "guard":
      return before.isGuarded ? before : { ...before, isGuarded: true };
    default:
      return before;
  }
}

function carried({ from, isAnswer }: Carry, before: Known): readonly Seen[] {
  const seen = seenIn(from, before);
  return isAnswer ? seen.map((each) => ({ ...each, isAnswer })) : seen;
}

function wait(site: Site, before: Known): Known {
  const pause = (seen: Seen): Seen => (seen.gap ? seen : { ...seen, gap: site });
  return {
    ...before,
    values: eachValue(before.values, (seen) => (seen.every(({ gap }) => gap) ? seen : seen.map(pause))),
    tests: new Map([...before.tests].map(([key, seen]) => [key, pause(seen)])),
    armed: new Map([...before.armed].map(([key, armed]) => [key, { ...armed, gap: armed.gap ?? site }])),
  };
}

function decide(seen: readonly Seen[], says: Says, before: Known): Known {
  if (isRecheck(seen)) return { ...before, tests: new Map(), values: new Map() };
  const tests = new Map(before.tests);
  for (const { state, site, gap } of seen) {
    if (gap && [...tests.values()].some((test) => test.state.key === state.key && !test.gap)) continue;
    for (const other of ["absent", "present", "other"]) tests.delete(`${state.key}|${other}`);
    tests.set(`${state.key}|${says}`, { state, says, site, gap });
  }
  if (says !== "absent") return { ...before, tests };
  // What is not there goes into nothing.
  const gone = new Set(seen.map(seenKey));
  const values = eachValue(before.values, (known) => without(known, (each) => gone.has(seenKey(each))));
  return { ...before, tests, values };
}

/** What was seen before a wait is compared with what is there now: if nothing came in between, all that was known holds. */
function isRecheck(seen: readonly Seen[]): boolean {
  return seen.some(({ gap, state }) => gap && seen.some((now) => !now.gap && now.state.key === state.key));
}

function put(event: Put, before: Known): Known {
  const { key } = event.state;
  const touches = (state: State): boolean => overlap(state.key, key);
  const wasFresh = [...before.tests.values()].some((test) => touches(test.state) && !test.gap);
  const claims = new Set(before.claims);
  const armed = new Map(before.armed);
  if (event.gives === "nothing" || event.gives === "lower") {
    claims.delete(key);
    armed.delete(key);
  } else {
    if (wasFresh) claims.add(key);
    if (event.gives === "constant" || event.gives === "raise") armed.set(key, { put: event, gap: undefined });
    else armed.delete(key);
  }
  const tests = new Map([...before.tests].filter(([, test]) => !touches(test.state)));
  const values = eachValue(before.values, (seen) => without(seen, ({ state }) => touches(state)));
  return { ...before, tests, values, claims, armed };
}

/** What each value holds, changed; values that hold nothing any more are left out. */
function eachValue(
  values: Known["values"],
  change: (seen: readonly Seen[]) => readonly Seen[],
): ReadonlyMap<string, readonly Seen[]> {
  const changed = new Map<string, readonly Seen[]>();
  for (const [value, seen] of values) {
    const now = change(seen);
    if (now.length > 0) changed.set(value, now);
  }
  return changed;
}

/** The same list where nothing is taken out of it, so that joining two ways need not compare. */
function without(seen: readonly Seen[], isGone: (each: Seen) => boolean): readonly Seen[] {
  return seen.some(isGone) ? seen.filter((each) => !isGone(each)) : seen;
}

/** Whether one key names the other's object, or a part of it. */
function overlap(a: string, b: string): boolean {
  return a === b || isPart(a, b) || isPart(b, a);
}

/** Whether what is read goes when the other is written: it is the same, or a member of it. */
function isWithin(read: string, written: string): boolean {
  return read === written || isPart(read, written);
}

function isPart(part: string, whole: string): boolean {
  return part.startsWith(whole) && /^[.[]/.test(part.slice(whole.length));
}

function join(a: Known, b: Known): Known {
  if (a === b) return a;
  const tests = new Map<string, Seen>();
  for (const [key, seen] of a.tests) {
    const other = b.tests.get(key);
    if (other) tests.set(key, seen.gap ? seen : other);
  }
  const values = new Map(a.values);
  for (const [value, seen] of b.values) {
    const known = values.get(value);
    if (known !== seen) values.set(value, union(known, seen));
  }
  const armed = new Map(a.armed);
  for (const [key, other] of b.armed) if (!armed.get(key)?.gap) armed.set(key, other);
  return {
    values,
    tests,
    claims: new Set([...a.claims].filter((key) => b.claims.has(key))),
    armed,
    isGuarded: a.isGuarded || b.isGuarded,
  };
}

function union(a: readonly Seen[] | undefined, b: readonly Seen[]): readonly Seen[] {
  if (!a || a.length === 0) return b;
  if (b.every((seen) => a.includes(seen))) return a;
  const found = new Map(a.map((seen) => [seenKey(seen), seen]));
  for (const seen of b) if (!found.get(seenKey(seen))?.gap) found.set(seenKey(seen), seen);
  return [...found.values()];
}

function seenKey({ state, site, isAnswer }: Seen): string {
  return `${state.key}|${siteKey(site)}${isAnswer ? "|answer" : ""}`;
}

function equals(a: Known, b: Known): boolean {
  return (
    a === b ||
    (a.isGuarded === b.isGuarded &&
      a.claims.size === b.claims.size &&
      sameEntries(a.tests, b.tests, sameSeen) &&
      sameEntries(
        a.values,
        b.values,
        (x, y) => x === y || (x.length === y.length && x.every((seen, i) => sameSeen(seen, y[i]!))),
      ) &&
      sameEntries(a.armed, b.armed, (x, y) => x.put === y.put && x.gap === y.gap))
  );
}

function sameSeen(a: Seen, b: Seen): boolean {
  return (
    a === b ||
    (a.gap === b.gap && a.isAnswer === b.isAnswer && a.state.key === b.state.key && a.site.start === b.site.start)
  );
}

function sameEntries<Value>(
  a: ReadonlyMap<string, Value>,
  b: ReadonlyMap<string, Value>,
  isSame: (a: Value, b: Value) => boolean,
): boolean {
  if (a.size !== b.size) return false;
  for (const [key, value] of a) {
    const other = b.get(key);
    if (other === undefined || !isSame(value, other)) return false;
  }
  return true;
}
