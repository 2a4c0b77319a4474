import { mayPrecede, type Step, stepsOf } from "../facts/asked.js";
import type { Ask, Fill, Invoke } from "../model/life.js";
import type { FileLives, LifeFunction } from "../model/life-function.js";
import { oncePer } from "../model/once-per.js";
import { type Site, siteKey } from "../source/site.js";
import { type Changes, isClearing, isEnding, isUnhearing, type Later, Lives, type Visit } from "./lives.js";

/**
 * Something of an object still goes on, or begins anew, while one of its methods ends what it works with.
 *
 * - `dropped`: a promise that nobody keeps goes on to use what is closed
 * - `chained`: a chain of work that a field keeps uses what is closed, and is not waited for
 * - `restarting`: the handler of the end makes a replacement
 * - `feeding`: messages of another source are still sent to what has ended
 * - `emptied`: a callback uses a field that is empty by then
 * - `unchecked`: a handler ends what the closing method is ending, and does not ask the flag that others ask
 */
export interface Closing {
  readonly kind: "dropped" | "chained" | "restarting" | "feeding" | "emptied" | "unchecked";
  /** What is closed, kept, used or asked, as the user wrote it. */
  readonly text: string;
  /** The method that closes, or the function that empties the field. */
  readonly closing: Pick<LifeFunction, "name" | "site">;
  /** Where that happens. */
  readonly end: Site;
  /** Where the work begins or the handler is given. */
  readonly begins: Site;
  /** The work or the handler itself, where it does what is wrong. */
  readonly does: Site;
  readonly calls: readonly Site[];
}

/** What has to be made by these to be known: how it ends, and what fails from then on. */
const KINDS: ReadonlyMap<string, { readonly ends: readonly string[]; readonly fails: readonly string[] }> = new Map([
  ["fork", { ends: ["kill", "disconnect"], fails: ["send"] }],
  ["BroadcastChannel", { ends: ["close"], fails: ["postMessage"] }],
  ["createConnection", { ends: ["end", "destroy"], fails: ["write"] }],
  ["createWriteStream", { ends: ["end", "close", "destroy"], fails: ["write"] }],
]);
/** What begins a life of its own and tells of its end. */
const BEARERS: ReadonlySet<string> = new Set([
  "Worker",
  "SharedWorker",
  "WebSocket",
  "EventSource",
  "fork",
  "spawn",
  "createConnection",
]);
const END_EVENTS: ReadonlySet<string> = new Set(["exit", "close", "disconnect", "end"]);
/** So many handlers that ask a flag show that handlers run while it is set. */
const MANY = 2;

/** What goes on while an object is closed, in one file. */
export const closingsOf = oncePer((functions: FileLives): readonly Closing[] => findClosings(new Lives(functions)));

function findClosings(lives: Lives): readonly Closing[] {
  const found = [
    ...lives.closings.flatMap((closing) => [
      ...droppedIn(lives, closing),
      ...chainedIn(lives, closing),
      ...restartingIn(lives, closing),
      ...feedingIn(lives, closing),
      ...uncheckedIn(lives, closing),
    ]),
    ...emptiedIn(lives),
  ];
  const seen = new Set<string>();
  return found.filter(({ kind, does, end }) => {
    const key = siteKey(kind === "chained" || kind === "dropped" ? end : does);
    return !seen.has(key) && seen.add(key);
  });
}

/** The calls in a method's own code that end what a field holds. */
function endsIn(fn: LifeFunction): readonly { readonly event: Invoke; readonly index: number }[] {
  return stepsOf(fn).flatMap((step) => {
    const { event, index } = step;
    return isEnding(event) && event.fields.length > 0 ? [{ event, index }] : [];
  });
}

function waitsBefore(fn: LifeFunction, index: number): readonly number[] {
  return fn.nodes.flatMap(({ event }, at) => (event.kind === "await" && mayPrecede(fn, at, index) ? [at] : []));
}

/** `work().then(() => this.channel.postMessage(…))`: nobody can wait for it, and `close()` does not. */
function droppedIn(lives: Lives, closing: LifeFunction): readonly Closing[] {
  const changes = lives.changesOf(closing);
  return endsIn(closing).flatMap(({ event: end, index }) => {
    if (waitsBefore(closing, index).length > 0) return [];
    return lives.later.flatMap((later): Closing[] => {
      const { by, isDropped, from, fn, site } = later;
      if (by !== "continuation" || !isDropped || from.home !== closing.home || from.isConstructor) return [];
      const use = usesOf(lives, fn, end.fields, changes).find(
        ({ asked, step }) => !lives.isTold(asked, changes) && !step.isCaught,
      );
      if (!use || lives.reached(closing).has(from) || isHeldBack(lives, closing, index, from)) return [];
      return [
        {
          kind: "dropped",
          text: end.text,
          closing,
          end: end.site,
          begins: site,
          does: use.step.event.site,
          calls: use.calls,
        },
      ];
    });
  });
}

/** Whether the end depends on what the function that starts the work notes down. */
function isHeldBack(lives: Lives, closing: LifeFunction, index: number, starter: LifeFunction): boolean {
  const { fields, containers } = lives.changesOf(starter);
  const asked = stepsOf(closing).find((step) => step.index === index)?.asked ?? [];
  return asked.some((ask) => [...lives.namesAsked(ask)].some((name) => fields.has(name) || containers.has(name)));
}

/** Where a function, or what it calls, uses what one of the fields holds. */
function usesOf(
  lives: Lives,
  fn: LifeFunction,
  fields: readonly string[],
  { fields: changed }: Changes,
): readonly Visit[] {
  return lives.visits(fn).filter(({ step: { event } }) => {
    if (event.kind !== "invoke") return false;
    // `this.channel?.send(…)` asks the field itself, which says nothing is there once it was emptied.
    const isAsked = event.isOptional && event.fields.some((field) => changed.has(field));
    return event.fields.some((field) => fields.includes(field)) && !isAsked && !isEnding(event);
  });
}

/** `this.chain = this.chain.then(() => … this.db …)`, and `close()` does not wait for the chain. */
function chainedIn(lives: Lives, closing: LifeFunction): readonly Closing[] {
  const changes = lives.changesOf(closing);
  const waited = new Set(lives.stepsUnder(closing).flatMap(({ event }) => (event.kind === "heed" ? event.names : [])));
  return endsIn(closing).flatMap(({ event: end, index }) => {
    return lives.functions.flatMap((fn) => {
      if (fn.home !== closing.home || fn.isConstructor || isHeldBack(lives, closing, index, fn)) return [];
      return stepsOf(fn).flatMap(({ event: chain }): Closing[] => {
        if (
          chain.kind !== "fill" ||
          !isChain(chain) ||
          waited.has(chain.member) ||
          closing.mentions.has(chain.member)
        ) {
          return [];
        }
        const work = chain.callbacks.flatMap((id) => lives.get(id) ?? []);
        const uses = work.flatMap((each) => usesOf(lives, each, end.fields, changes));
        const use = uses.find(({ asked }) => !lives.isTold(asked, changes));
        if (!use) return [];
        const { event } = use.step;
        return [
          {
            kind: "chained",
            text: chain.member,
            closing,
            end: end.site,
            begins: chain.site,
            does: event.site,
            calls: use.calls,
          },
        ];
      });
    });
  });
}

/** Whether a field is given what comes after what it had. */
function isChain({ isOwn, member, from, callbacks }: Fill): boolean {
  return isOwn && callbacks.length > 0 && from.includes(member) && from.includes("then");
}

/** `worker.on("exit", () => this.start())`, which `close()` brings about by ending the worker. */
function restartingIn(lives: Lives, closing: LifeFunction): readonly Closing[] {
  const steps = lives.stepsUnder(closing);
  const end = steps.find(({ event }) => isEnding(event))?.event;
  // What a class above does is not in the file.
  if (!end || closing.mentions.has("super")) return [];
  const changes = lives.changesOf(closing);
  return lives.later.flatMap((later): Closing[] => {
    const { by, event, fn, from, site } = later;
    if (by !== "event" || from.home !== closing.home || event === undefined || !END_EVENTS.has(event)) return [];
    if (steps.some((step) => isUnhearing(step.event, event))) return [];
    if (lives.reached(closing).has(from) || isEndWithin(lives, fn, closing)) return [];
    const birth = lives
      .visits(fn)
      .find(({ step, asked }) => isBirth(step, lives) && !isKeptOut(lives, fn, asked, changes));
    if (!birth) return [];
    const { event: make } = birth.step;
    const text = make.kind === "make" ? make.what : make.kind === "invoke" ? make.name : "";
    return [
      {
        kind: "restarting",
        text,
        closing,
        end: end.site,
        begins: site,
        does: site,
        calls: [...birth.calls, make.site],
      },
    ];
  });
}

/** Whether the handler itself is what closes: it then has no object to replace. */
function isEndWithin(lives: Lives, handler: LifeFunction, closing: LifeFunction): boolean {
  return lives.reached(handler).has(closing);
}

function isBirth({ event }: Step, lives: Lives): boolean {
  if (event.kind === "make") return BEARERS.has(event.what);
  return (
    event.kind === "invoke" &&
    BEARERS.has(event.name) &&
    event.on !== "this" &&
    !lives.functions.some(({ name }) => name === event.name)
  );
}

/** Whether an answer may tell the handler that this end was meant: one that closing changes, or one nobody can judge. */
function isKeptOut(
  lives: Lives,
  handler: LifeFunction,
  asked: readonly Ask[],
  changes: ReturnType<Lives["changesOf"]>,
): boolean {
  if (lives.isTold(asked, changes)) return true;
  return asked.some((ask) => lives.asksUnknown(ask) || ask.names.some((name) => handler.parameters.includes(name)));
}

/** `port.on("message", m => this.child.send(m))`, where `terminate()` ends the child first. */
function feedingIn(lives: Lives, closing: LifeFunction): readonly Closing[] {
  const changes = lives.changesOf(closing);
  return endsIn(closing).flatMap(({ event: end, index }) => {
    const kind = end.fields
      .flatMap((field) => kindsOf(lives, closing, field))
      .find(({ ends }) => ends.includes(end.name));
    if (!kind) return [];
    return lives.later.flatMap((later): Closing[] => {
      const { by, from, fn, fields, site } = later;
      if (by !== "event" || from.home !== closing.home || fields.length === 0) return [];
      if (fields.some((field) => end.fields.includes(field)) || isStoppedBefore(closing, fields, index)) return [];
      const use = usesOf(lives, fn, end.fields, changes).find(({ step, asked }) => {
        const isFailing = step.event.kind === "invoke" && kind.fails.includes(step.event.name);
        return isFailing && !step.isCaught && !lives.isTold(asked, changes);
      });
      if (!use) return [];
      return [
        {
          kind: "feeding",
          text: end.text,
          closing,
          end: end.site,
          begins: site,
          does: use.step.event.site,
          calls: use.calls,
        },
      ];
    });
  });
}

/** What is known of what a field of the same class is given. */
function kindsOf(
  lives: Lives,
  { home }: LifeFunction,
  field: string,
): readonly { ends: readonly string[]; fails: readonly string[] }[] {
  return lives.functions.flatMap((fn) => {
    if (fn.home !== home) return [];
    return stepsOf(fn).flatMap(({ event }) => {
      const kind =
        event.kind === "fill" &&
        event.isOwn &&
        event.member === field &&
        event.made !== undefined &&
        KINDS.get(event.made);
      return kind ? [kind] : [];
    });
  });
}

/** Whether the source has been ended, or its handlers taken away, on some way to the end. */
function isStoppedBefore(closing: LifeFunction, fields: readonly string[], index: number): boolean {
  return stepsOf(closing).some((step) => {
    const { event } = step;
    if (!isEnding(event) && !isUnhearing(event)) return false;
    return event.fields.some((field) => fields.includes(field)) && mayPrecede(closing, step.index, index);
  });
}

/** A handler ends what the closing method is ending, and asks nothing, while others ask the flag that it sets. */
function uncheckedIn(lives: Lives, closing: LifeFunction): readonly Closing[] {
  const flags = stepsOf(closing).flatMap(({ event }) =>
    event.kind === "fill" && event.isOwn && event.gives === "true" ? [event] : [],
  );
  const swept = [...lives.reached(closing)].filter(
    (fn) => fn !== closing && fn.isMethod && fn.home === closing.home && endsSomething(fn),
  );
  const handlers = lives.later.filter(({ by, from }) => by === "event" && from.home === closing.home);
  return flags.flatMap(({ member, site: end }) => {
    const asking = handlers.filter(({ fn }) => asks(fn, member));
    if (asking.length < MANY) return [];
    return handlers.flatMap(({ fn, site, event: on }): Closing[] => {
      // Who hears that something has ended tidies up behind it, closing or not.
      if (isInside(fn.site, closing.site) || END_EVENTS.has(on ?? "") || on === "error") return [];
      const sweep = lives.visits(fn).find(({ step: { event }, asked }) => {
        if (event.kind !== "invoke" || event.on !== "this") return false;
        const isSwept = swept.some(({ name, mentions }) => name === event.name && !mentions.has(member));
        return isSwept && !asked.some((ask) => lives.namesAsked(ask).has(member));
      });
      if (!sweep) return [];
      const does = sweep.step.event.site;
      return [{ kind: "unchecked", text: member, closing, end, begins: site, does, calls: sweep.calls }];
    });
  });
}

function asks(fn: LifeFunction, member: string): boolean {
  return stepsOf(fn).some(({ event }) => event.kind === "ask" && event.names.includes(member));
}

function endsSomething(fn: LifeFunction): boolean {
  return stepsOf(fn).some(({ event }) => isEnding(event));
}

function isInside(inner: Site, outer: Site): boolean {
  return outer.start <= inner.start && inner.end <= outer.end;
}

/** A timer or the handler of an end uses a field that somebody has emptied by then. */
function emptiedIn(lives: Lives): readonly Closing[] {
  return lives.functions.flatMap((fn) => {
    if (fn.isConstructor) return [];
    const fills = stepsOf(fn).flatMap(({ event }) => (event.kind === "fill" && event.isOwn ? [event] : []));
    return fills.flatMap((fill) => {
      if (fill.gives !== "nothing") return [];
      if (fills.some(({ member, gives }) => member === fill.member && gives !== "nothing")) return [];
      return emptiedBy(lives, fn, fill);
    });
  });
}

function emptiedBy(lives: Lives, emptying: LifeFunction, fill: Fill): readonly Closing[] {
  const changes = lives.changesOf(emptying);
  const callers = lives.functions.filter((fn) => fn !== emptying && callsIt(lives, fn, emptying));
  return lives.later.flatMap((later): Closing[] => {
    const { fn, from, site } = later;
    if (from.home !== emptying.home || fn === emptying || isInside(emptying.site, fn.site)) return [];
    const others = callers.filter((caller) => caller !== fn);
    // What only the callback itself does, it has not done before it runs.
    if (others.length === 0 && (callers.length > 0 || !emptying.isMethod)) return [];
    if (!isStillToCome(lives, later, fill.member, emptying, others)) return [];
    const use = lives.visits(fn).find(({ step: { event, isCaught, filled }, asked }) => {
      if (event.kind !== "reach" || event.field !== fill.member || isCaught || filled.includes(fill.member))
        return false;
      return !lives.isTold(asked, { ...changes, containers: new Set() });
    });
    if (!use || use.fn !== fn || use.step.event.kind !== "reach") return [];
    const { text, site: does } = use.step.event;
    return [{ kind: "emptied", text, closing: emptying, end: fill.site, begins: site, does, calls: use.calls }];
  });
}

function callsIt(lives: Lives, fn: LifeFunction, callee: LifeFunction): boolean {
  return stepsOf(fn).some(({ event }) => event.kind === "invoke" && lives.calledBy(fn, event).includes(callee));
}

/** Whether the callback may run after the field was emptied: nobody has cleared the timer, or taken the handler away. */
function isStillToCome(
  lives: Lives,
  later: Later,
  field: string,
  emptying: LifeFunction,
  callers: readonly LifeFunction[],
): boolean {
  const steps = lives.stepsUnder(emptying);
  if (later.by === "timer") {
    const { keeper } = later;
    if (keeper === undefined) return true;
    const clears = (all: readonly Step[]): boolean => all.some(({ event }) => isClearing(event, keeper));
    return !clears(steps) && (callers.length === 0 || callers.some((caller) => !clears(stepsOf(caller))));
  }
  if (later.by !== "event" || !END_EVENTS.has(later.event ?? "") || !later.fields.includes(field)) return false;
  if (steps.some(({ event }) => isUnhearing(event, later.event))) return false;
  const ending = [...steps, ...callers.flatMap(stepsOf)];
  return ending.some(({ event }) => isEnding(event) && event.fields.includes(field));
}
