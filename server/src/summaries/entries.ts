import { channelKey } from "../facts/order.js";
import type { Argument } from "../model/events.js";
import { pathKey } from "../model/path.js";
import { siteKey } from "../source/site.js";
import { contextKey } from "./context.js";
import {
  type AccessSummary,
  type AcquireSummary,
  type ConfinedSummary,
  type CountSummary,
  type DemandSummary,
  type InvokeSummary,
  MAX_ENTRIES,
  type PauseSummary,
  type SignalSummary,
  type SpawnSummary,
} from "./summary.js";

/** What a function does, collected: of each kind the first ones, each once. */
export class Entries {
  readonly accesses = new Unique<AccessSummary>(accessKey);
  readonly acquires = new Unique<AcquireSummary>(acquireKey);
  readonly spawns = new Unique<SpawnSummary>((s) => `${s.spawn.id}|${s.running.join()}|${argumentsKey(s.args)}`);
  readonly pauses = new Unique<PauseSummary>(keptPerItem((p) => `${p.for}|${channelKey(p.on)}|${contextKey(p)}`));
  readonly signals = new Unique<SignalSummary>(
    keptPerItem((s) => `${s.wakes}|${s.one}|${channelKey(s.on)}|${contextKey(s)}`),
  );
  readonly counts = new Unique<CountSummary>(keptPerItem((c) => `${c.does}|${pathKey(c.on)}|${contextKey(c)}`));
  readonly demands = new Unique<DemandSummary>(
    keptPerItem((d) => `${pathKey(d.lock)}|${d.demand.use}|${contextKey(d)}`),
  );
  readonly confinements = new Unique<ConfinedSummary>(
    (c) => `${siteKey(c.site)}|${c.calls.map(siteKey).join()}|${c.confined}`,
  );
  readonly invokes = new Unique<InvokeSummary>((i) => `${i.parameter}|${contextKey(i)}`);
}

/** One item passes through the summaries of a whole chain of callers; its key is made once. */
function keptPerItem<T extends object>(keyOf: (item: T) => string): (item: T) => string {
  const keys = new WeakMap<T, string>();
  return (item) => {
    const known = keys.get(item);
    if (known !== undefined) return known;
    const key = keyOf(item);
    keys.set(item, key);
    return key;
  };
}

const accessKey = keptPerItem(
  (access: AccessSummary) =>
    `${pathKey(access.object)}|${JSON.stringify(access.cell)}|${access.access}|${contextKey(access)}`,
);

const acquireKey = keptPerItem(
  (acquire: AcquireSummary) =>
    `${pathKey(acquire.lock)}|${acquire.patience}|${acquire.sortedAfter.join()}|${contextKey(acquire)}`,
);

function argumentsKey(args: readonly Argument[]): string {
  return args.map((argument) => (argument.path ? pathKey(argument.path) : "?")).join();
}

/** Keeps the first of every kind, in order, up to `MAX_ENTRIES`. */
class Unique<T> {
  readonly #seen = new Map<string, T>();
  readonly #key: (item: T) => string;

  constructor(key: (item: T) => string) {
    this.#key = key;
  }

  add(item: T): void {
    if (this.#seen.size >= MAX_ENTRIES) return;
    const key = this.#key(item);
    if (!this.#seen.has(key)) this.#seen.set(key, item);
  }

  get items(): readonly T[] {
    return [...this.#seen.values()];
  }
}
