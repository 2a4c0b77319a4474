import { type Event, eventsOf, type FunctionView, type Program } from "../program.js";
import { callsGiven } from "../source/calls-given.js";
import { type Site, siteKey } from "../source/site.js";

/** What a section changes for others to see, by the place in the section's own code. */
export interface LeasedWrite {
  /** What is called or assigned, as written. */
  readonly text: string;
  /** In the section itself: the change, or the call that leads to it. */
  readonly place: Site;
  readonly site: Site;
  /** A wait, behind which nobody has looked at the lease. */
  readonly waited: Site | undefined;
  /** Whether whoever is told could refuse a fencing token that is too old. */
  readonly canRefuse: boolean;
}

/** What is done under a lock that is held for a lease, where nobody asks for the fencing token. */
export interface LeasedSection {
  readonly lock: { readonly text: string; readonly site: Site };
  /** In the order of their places, one for each. */
  readonly writes: readonly LeasedWrite[];
  /** Whether somebody is given the signal, and may see to everything. */
  readonly isWatched: boolean;
}

/** So far calls are followed. */
const MAX_CALLS = 8;

/** The sections of leased locks that a function begins. */
export function leasedSections(fn: FunctionView, program: Program): readonly LeasedSection[] {
  const acquires = eventsOf(fn.model, "acquire").filter(({ isLeased }) => isLeased);
  const taken = new Map(acquires.map((acquire) => [siteKey(acquire.site), acquire]));
  return [...taken.values()].flatMap(({ site, text }) => {
    const walk = new Walk(fn, site, program);
    if (isGivenAway(text, fn, program)) walk.isWatched = true;
    const { writes, asksForToken, isWatched } = walk;
    return asksForToken || writes.length === 0 ? [] : [{ lock: { text, site }, writes, isWatched }];
  });
}

/** Whether a function of which nobody can see what it does is given the lock. */
function isGivenAway(lock: string, fn: FunctionView, program: Program): boolean {
  const { file } = fn.model.site;
  const tree = program.bench.tree(file);
  const seen = eventsOf(fn.model, "call").filter(({ callee }) => callee.kind === "function");
  const followed = new Set(seen.map(({ site }) => siteKey(site)));
  const given = tree ? callsGiven(tree, fn.model.site, lock) : [];
  return given.some((call) => !followed.has(siteKey({ file, ...call })));
}

/** Follows a section on all its ways, and into the functions that it calls. */
class Walk {
  asksForToken = false;
  isWatched = false;
  readonly #writes = new Map<string, LeasedWrite>();
  readonly #taken: Site;
  readonly #program: Program;
  /** By function and whether it is called behind a wait: the wait behind which it ends. */
  readonly #followed = new Map<string, Site | undefined>();

  constructor(fn: FunctionView, taken: Site, program: Program) {
    this.#taken = taken;
    this.#program = program;
    const key = siteKey(taken);
    const inside = new Set<number>();
    for (const { index, locks } of fn.events()) {
      for (const { lock, site } of locks.must.values()) {
        if (siteKey(site) !== key) continue;
        inside.add(index);
        this.isWatched ||= fn.handsOn(lock);
      }
    }
    // With an acquire that may fail, the section begins where it is known that it has not.
    const starts = fn.model.nodes.flatMap(({ next }, index) => (inside.has(index) ? [] : next));
    this.#follow(fn, starts, { waited: undefined, calls: 0, place: undefined, inside });
  }

  get writes(): readonly LeasedWrite[] {
    return [...this.#writes.values()].sort((one, other) => one.place.start - other.place.start);
  }

  #follow(
    fn: FunctionView,
    starts: readonly number[],
    from: {
      readonly waited: Site | undefined;
      readonly calls: number;
      /** The call in the section's own code that led here; undefined in that code itself. */
      readonly place: Site | undefined;
      /** What is under the lock; undefined: all. */
      readonly inside?: ReadonlySet<number>;
    },
  ): Site | undefined {
    const { nodes } = fn.model;
    const answered = answeredSoon(fn, this.#program);
    const seen = new Set<string>();
    const pending = starts.map((index) => ({ index, waited: from.waited }));
    let atEnd: Site | undefined;
    for (let at = pending.pop(); at; at = pending.pop()) {
      const key = `${at.index}:${at.waited !== undefined}`;
      if (seen.has(key) || from.inside?.has(at.index) === false) continue;
      seen.add(key);
      const { event, next, onThrow } = nodes[at.index]!;
      if (event.kind === "exit") atEnd ??= at.waited;
      const waited = this.#after(event, at.waited, answered, from);
      pending.push(...next.map((index) => ({ index, waited })), ...onThrow.map((index) => ({ index, waited })));
    }
    return atEnd;
  }

  /** The wait behind which control goes on, if there is one. */
  #after(
    event: Event,
    waited: Site | undefined,
    answered: ReadonlySet<number>,
    { calls, place }: { readonly calls: number; readonly place: Site | undefined },
  ): Site | undefined {
    if (event.kind === "lease-asked") {
      if (event.for === "token") this.asksForToken = true;
      else if (!event.isLook) this.isWatched = true;
      return event.isLook ? undefined : waited;
    }
    if (event.kind === "outside" && event.does === "write") this.#write(event, waited, place ?? event.site);
    if (event.kind === "call" && event.callee.kind === "function" && event.when === "now") {
      for (const { callback } of event.args) this.#enter(callback, waited, calls, place ?? event.site);
      const end = this.#enter(event.callee.id, waited, calls, place ?? event.site);
      const goesOn = !event.awaited && !answered.has(event.site.end);
      return goesOn && this.#program.view(event.callee.id)?.model.isAsync ? waited : end;
    }
    return waited ?? (this.#waits(event, answered) ? event.site : undefined);
  }

  /** Looks into a function that is called; returns the wait behind which it ends. */
  #enter(id: string | undefined, waited: Site | undefined, calls: number, call: Site): Site | undefined {
    const callee = id === undefined ? undefined : this.#program.view(id);
    if (!callee || calls >= MAX_CALLS) return waited;
    const isInside = contains(call, callee.model.site);
    const key = `${callee.model.id}:${waited !== undefined}:${isInside ? "" : siteKey(call)}`;
    if (this.#followed.has(key)) return this.#followed.get(key);
    this.#followed.set(key, waited);
    // The body of a section is the section's own code.
    const place = isInside ? undefined : call;
    const end = this.#follow(callee, [0], { waited, calls: calls + 1, place });
    this.#followed.set(key, end);
    return end;
  }

  #write({ text, site, canRefuse }: Event & { kind: "outside" }, waited: Site | undefined, place: Site): void {
    const key = siteKey(place);
    const known = this.#writes.get(key);
    if (known?.waited === undefined && (waited || !known)) {
      this.#writes.set(key, { text, site, place, waited, canRefuse: canRefuse || known?.canRefuse === true });
    }
  }

  /** Whether it may take long, so that much can happen meanwhile. */
  #waits(event: Event, answered: ReadonlySet<number>): boolean {
    if (event.kind === "await") return !answered.has(event.site.end) && !contains(event.site, this.#taken);
    if (event.kind === "wait") return event.pause?.stops === true && !event.pause.underLock;
    if (event.kind === "join") return event.stops;
    if (event.kind === "acquire") return event.patience !== "try" && !event.async;
    return event.kind === "meet";
  }
}

/** Where the calls end whose promise is there in a moment, or of which it is known what they wait for; and their `await`s. */
function answeredSoon(fn: FunctionView, program: Program): ReadonlySet<number> {
  const ends = new Set<number>();
  const awaits = eventsOf(fn.model, "await");
  const joined = new Set(awaits.flatMap(({ calls }) => calls?.map(({ end }) => end) ?? []));
  for (const { event } of fn.model.nodes) {
    if (event.kind === "outside" && event.isBrief) ends.add(event.site.end);
    if (event.kind !== "call" || event.callee.kind !== "function") continue;
    const isAwaited = event.awaited || joined.has(event.site.end);
    if (isAwaited && program.view(event.callee.id)?.model.isAsync) ends.add(event.site.end);
  }
  for (const { site, calls } of awaits) {
    if (calls?.every(({ end }) => ends.has(end))) ends.add(site.end);
  }
  return ends;
}

function contains(outer: Site, inner: Site): boolean {
  return outer.file === inner.file && outer.start <= inner.start && inner.end <= outer.end;
}
