import { type Step, stepsOf } from "../facts/asked.js";
import type { Ask, Fill, Invoke } from "../model/life.js";
import type { FileLives, LifeFunction } from "../model/life-function.js";
import type { Site } from "../source/site.js";

/** Methods that end what they are called on. */
const ENDINGS: ReadonlySet<string> = new Set(["close", "terminate", "kill", "destroy", "end", "disconnect"]);
/** Methods that end the object they belong to for good. */
const CLOSING =
  /^[#_]*(close|destroy|terminate|dispose|stop|shutdown|shutDown|end|disconnect|quit|teardown|tearDown)(All|Async)?$/;
const TIMERS: ReadonlySet<string> = new Set(["setTimeout", "setInterval", "setImmediate"]);
const CONTINUATIONS: ReadonlySet<string> = new Set(["then", "catch", "finally"]);
/** Methods that call what they are given whenever something happens. */
const HEARING = /^(on|once|addListener|prependListener|addEventListener|on[A-Z]\w*)$|(Listener|Handler)$/;
const UNHEARING: ReadonlySet<string> = new Set([
  "off",
  "removeListener",
  "removeAllListeners",
  "removeEventListener",
  "unsubscribe",
]);
/** Methods of containers that change what `has` and `get` say. */
const CHANGING: ReadonlySet<string> = new Set(["add", "set", "delete", "clear"]);
const LOOKING: ReadonlySet<string> = new Set(["has", "get", "includes", "indexOf"]);
const MAX_DEPTH = 6;

/** A function that runs later, and what has it called. */
export interface Later {
  readonly by: "timer" | "event" | "continuation";
  readonly fn: LifeFunction;
  /** The function that asks for it. */
  readonly from: LifeFunction;
  /** The name of the event, as far as it is known. */
  readonly event: string | undefined;
  /** The own fields that the source of the event may be in. */
  readonly fields: readonly string[];
  /** What keeps the timer's handle. */
  readonly keeper: string | undefined;
  readonly isDropped: boolean;
  readonly index: number;
  readonly site: Site;
}

/** One place of a function that runs with others on the way to it. */
export interface Visit {
  readonly fn: LifeFunction;
  readonly step: Step;
  /** All that was asked on the way, outermost first. */
  readonly asked: readonly Ask[];
  /** The calls by which control gets there. */
  readonly calls: readonly Site[];
}

/** What the functions of one file do with owned objects, followed through the calls between them. */
export class Lives {
  readonly functions: FileLives;
  readonly #byId: ReadonlyMap<string, LifeFunction>;
  readonly #byName = new Map<string, LifeFunction[]>();
  readonly #reached = new Map<LifeFunction, ReadonlySet<LifeFunction>>();
  #later: readonly Later[] | undefined;

  constructor(functions: FileLives) {
    this.functions = functions;
    this.#byId = new Map(functions.map((fn) => [fn.id, fn]));
    for (const fn of functions) {
      if (!fn.isMethod) continue;
      const known = this.#byName.get(fn.name);
      if (known) known.push(fn);
      else this.#byName.set(fn.name, [fn]);
    }
  }

  get(id: string): LifeFunction | undefined {
    return this.#byId.get(id);
  }

  /** The methods that end objects of their class for good. */
  get closings(): readonly LifeFunction[] {
    return this.functions.filter(({ isMethod, name }) => isMethod && CLOSING.test(name));
  }

  /** The functions that run later, with what has them called. */
  get later(): readonly Later[] {
    this.#later ??= this.functions.flatMap((fn) => stepsOf(fn).flatMap((step) => this.#laterAt(fn, step)));
    return this.#later;
  }

  #laterAt(from: LifeFunction, { event, index }: Step): readonly Later[] {
    if (event.kind !== "invoke" && event.kind !== "fill") return [];
    const functions = event.callbacks.flatMap((id) => this.#byId.get(id) ?? []);
    const { site } = event;
    if (event.kind === "fill") {
      if (!/^on[a-z]/.test(event.member)) return [];
      const given = event.gives === "value" ? this.#methods(from.home, event.from) : [];
      return [...functions, ...given].map((fn) => ({
        by: "event",
        fn,
        from,
        event: event.member.slice(2),
        fields: event.fields,
        keeper: undefined,
        isDropped: false,
        index,
        site,
      }));
    }
    const by = kindOf(event);
    if (!by) return [];
    return [...functions, ...this.#methods(from.home, event.given)].map((fn) => ({
      by,
      fn,
      from,
      event: by === "event" ? (event.words[0] ?? eventIn(event.name)) : undefined,
      fields: event.fields,
      keeper: event.keeper,
      isDropped: event.isDropped,
      index,
      site,
    }));
  }

  #methods(home: string | undefined, names: readonly string[]): readonly LifeFunction[] {
    return names.flatMap((name) => (this.#byName.get(name) ?? []).filter((fn) => fn.home === home));
  }

  /** The functions that a call certainly runs: the file says which. */
  calledBy(fn: LifeFunction, call: Invoke): readonly LifeFunction[] {
    if (call.target !== undefined) return this.#found(call.target);
    if (call.on === "this") return this.#methods(fn.home, [call.name]);
    if (call.on === "other") {
      const methods = this.#byName.get(call.name) ?? [];
      return methods.length === 1 ? methods : [];
    }
    return [];
  }

  #found(id: string): readonly LifeFunction[] {
    const fn = this.#byId.get(id);
    return fn ? [fn] : [];
  }

  /** All that may run before a function is over, its own code included: methods of the name called, callbacks at once. */
  reached(fn: LifeFunction): ReadonlySet<LifeFunction> {
    const known = this.#reached.get(fn);
    if (known) return known;
    const reached = new Set([fn]);
    for (const each of reached) {
      for (const { event } of stepsOf(each)) {
        if (event.kind !== "invoke") continue;
        const by = kindOf(event);
        const named = event.on === "other" ? this.#possibly(event) : this.calledBy(each, event);
        for (const next of named) reached.add(next);
        if (!by || by === "continuation")
          for (const id of event.callbacks) for (const next of this.#found(id)) reached.add(next);
      }
    }
    this.#reached.set(fn, reached);
    return reached;
  }

  /**
   * The methods of the file that a call on another object may run. What ends something has the same name everywhere;
   * there the class must be called like the object.
   */
  #possibly({ name, text }: Invoke): readonly LifeFunction[] {
    const methods = this.#byName.get(name) ?? [];
    if (!ENDINGS.has(name)) return methods;
    const object = (/(\w+)\W*$/.exec(text)?.[1] ?? "").replace(/^_+/, "").toLowerCase();
    return methods.filter(({ home }) => home?.toLowerCase().endsWith(object));
  }

  /** The steps of all that may run before a function is over. */
  stepsUnder(fn: LifeFunction): readonly Step[] {
    return [...this.reached(fn)].flatMap(stepsOf);
  }

  /** Every place that a function gets to by calls that are certain, timers and continuations included. */
  visits(fn: LifeFunction): readonly Visit[] {
    const visits: Visit[] = [];
    const walk = (
      at: LifeFunction,
      asked: readonly Ask[],
      calls: readonly Site[],
      path: readonly LifeFunction[],
    ): void => {
      for (const step of stepsOf(at)) {
        const here = [...asked, ...step.asked];
        visits.push({ fn: at, step, asked: here, calls });
        if (step.event.kind !== "invoke" || path.length >= MAX_DEPTH) continue;
        const callbacks = kindOf(step.event) === "event" ? [] : step.event.callbacks.flatMap((id) => this.#found(id));
        for (const next of [...this.calledBy(at, step.event), ...callbacks]) {
          if (!path.includes(next)) walk(next, here, [...calls, step.event.site], [...path, next]);
        }
      }
    };
    walk(fn, [], [], [fn]);
    return visits;
  }

  /** The names that an answer depends on, also inside the functions of the file that the condition calls. */
  namesAsked(ask: Ask): ReadonlySet<string> {
    const names = new Set(ask.names);
    const calls = [...ask.calls];
    const seen = new Set<LifeFunction>();
    for (let name = calls.pop(); name !== undefined; name = calls.pop()) {
      for (const fn of this.#byName.get(name) ?? []) {
        if (seen.has(fn)) continue;
        seen.add(fn);
        for (const each of fn.mentions) names.add(each);
        for (const { event } of stepsOf(fn)) if (event.kind === "invoke") calls.push(event.name);
      }
    }
    return names;
  }

  /** Whether the condition calls something that the file does not show. */
  asksUnknown(ask: Ask): boolean {
    return ask.calls.some((name) => !this.#byName.has(name) && !LOOKING.has(name));
  }

  /** What a closing method leaves changed, for those who ask whether it has begun. */
  changesOf(fn: LifeFunction): Changes {
    const fields = new Set<string>();
    const containers = new Set<string>();
    for (const { event } of this.stepsUnder(fn)) {
      if (event.kind === "fill") fields.add(event.member);
      if (event.kind !== "invoke") continue;
      if (CHANGING.has(event.name)) for (const field of event.fields) containers.add(field);
      // An abort is asked for by the signal's own members.
      if (event.name === "abort") for (const name of [...event.fields, "aborted", "signal"]) fields.add(name);
    }
    return { fields, containers };
  }

  /** Whether one of the conditions says that the change has begun. */
  isTold(asked: readonly Ask[], { fields, containers }: Changes): boolean {
    return asked.some((ask) => {
      const names = [...this.namesAsked(ask)];
      if (names.some((name) => fields.has(name))) return true;
      return ask.calls.some((name) => LOOKING.has(name)) && names.some((name) => containers.has(name));
    });
  }
}

export interface Changes {
  readonly fields: ReadonlySet<string>;
  /** Maps and sets that entries are put into or taken out of. */
  readonly containers: ReadonlySet<string>;
}

function kindOf({ name, callbacks, given, on }: Invoke): Later["by"] | undefined {
  if (callbacks.length + given.length === 0) return undefined;
  if (TIMERS.has(name)) return "timer";
  if (CONTINUATIONS.has(name)) return "continuation";
  return on !== "nobody" && HEARING.test(name) && !UNHEARING.has(name) ? "event" : undefined;
}

function eventIn(name: string): string | undefined {
  return /^on[A-Z]/.test(name) ? name.slice(2).toLowerCase() : undefined;
}

/** Whether a call ends the object it is made on. */
export function isEnding(event: Step["event"]): event is Invoke {
  return event.kind === "invoke" && event.on === "other" && ENDINGS.has(event.name);
}

/** Whether a step takes away handlers: of one kind of event, where that is asked for. */
export function isUnhearing(event: Step["event"], heard?: string): event is Invoke | Fill {
  if (event.kind === "invoke") {
    const [word] = event.words;
    return UNHEARING.has(event.name) && (heard === undefined || word === undefined || word === heard);
  }
  if (event.kind !== "fill" || event.gives !== "nothing" || !/^on[a-z]/.test(event.member)) return false;
  return heard === undefined || event.member === `on${heard}`;
}

/** Whether a step stops the timer that a variable or member keeps. */
export function isClearing(event: Step["event"], keeper: string): boolean {
  if (event.kind !== "invoke") return false;
  return /^clear(Timeout|Interval|Immediate)$/.test(event.name) && event.names.includes(keeper);
}
