import type { Event } from "../model/events.js";
import type { Reuse, Transfer } from "../model/transfer.js";
import type { FileTransfers, TransferFunction } from "../model/transfer-function.js";
import { type Site, siteKey } from "../source/site.js";
import { type Dataflow, solve } from "./dataflow.js";

/** Something is used that a message has taken along before. */
export interface UseAfterTransfer {
  /** What was used, as written. */
  readonly text: string;
  readonly how: Reuse["how"];
  readonly used: Site;
  /** What the message took along, and where. */
  readonly taken: Transfer;
}

/** By name: the message that took along what it held, and what had to be so that control came there. */
interface Known {
  readonly gone: ReadonlyMap<string, Taken>;
  readonly assumed: Conditions;
}

type Conditions = ReadonlyMap<string, boolean>;

interface Taken {
  readonly transfer: Transfer;
  readonly under: Conditions;
}

const found = new WeakMap<FileTransfers, readonly UseAfterTransfer[]>();

/** What the functions of one file use too late. The same functions have the same answer. */
export function usesAfterTransferOf(functions: FileTransfers): readonly UseAfterTransfer[] {
  const uses = found.get(functions) ?? functions.flatMap(usesIn);
  found.set(functions, uses);
  return uses;
}

function usesIn(fn: TransferFunction): readonly UseAfterTransfer[] {
  const before = solve(fn.nodes, flow(fn.open));
  const seen = new Set<string>();
  return fn.nodes.flatMap(({ event }, index): UseAfterTransfer[] => {
    const taken = event.kind === "reuse" ? before[index]?.gone.get(event.key)?.transfer : undefined;
    if (event.kind !== "reuse" || !taken) return [];
    // Once is enough: who mends the first use mends them all.
    const key = `${siteKey(taken.site)} ${event.key} ${event.how === "transfer"}`;
    if (seen.has(key)) return [];
    seen.add(key);
    return [{ text: event.text, how: event.how, used: event.site, taken }];
  });
}

/** `open`: the names into which others may put something while the function waits. */
function flow(open: ReadonlySet<string>): Dataflow<Known> {
  return {
    entry: { gone: new Map(), assumed: new Map() },
    after(event, before) {
      if (event.kind === "assume") return assuming(event, before);
      if (event.kind === "transfer") {
        const gone = new Map(before.gone);
        for (const key of event.keys) gone.set(key, { transfer: event, under: before.assumed });
        return { ...before, gone };
      }
      if (event.kind !== "renew" || before.gone.size === 0) return before;
      const { keys } = event;
      const isRenewed = (key: string): boolean =>
        keys ? keys.some((each) => key === each || key.startsWith(`${each}.`)) : isOpen(key, open);
      return { ...before, gone: new Map([...before.gone].filter(([key]) => !isRenewed(key))) };
    },
    join,
    equals: (a, b) => a === b || (sameConditions(a.assumed, b.assumed) && sameTaken(a.gone, b.gone)),
  };
}

function isOpen(key: string, open: ReadonlySet<string>): boolean {
  return open.has(key) || key.startsWith("this");
}

/** A way on which a condition has another outcome than where something was taken along does not come from there. */
function assuming(event: Event & { kind: "assume" }, { gone, assumed }: Known): Known {
  const { condition, value } = event;
  const left = [...gone].filter(([, { under }]) => under.get(condition) !== !value);
  return { gone: new Map(left), assumed: new Map(assumed).set(condition, value) };
}

function join(a: Known, b: Known): Known {
  const gone = new Map(a.gone);
  for (const [key, taken] of b.gone) {
    const other = gone.get(key);
    gone.set(key, other ? { transfer: other.transfer, under: common(other.under, taken.under) } : taken);
  }
  return { gone, assumed: common(a.assumed, b.assumed) };
}

function common(a: Conditions, b: Conditions): Conditions {
  return a === b ? a : new Map([...a].filter(([condition, value]) => b.get(condition) === value));
}

function sameTaken(a: Known["gone"], b: Known["gone"]): boolean {
  if (a.size !== b.size) return false;
  return [...a].every(([key, { transfer, under }]) => {
    const other = b.get(key);
    return other?.transfer === transfer && sameConditions(under, other.under);
  });
}

function sameConditions(a: Conditions, b: Conditions): boolean {
  return a === b || (a.size === b.size && [...a].every(([condition, value]) => b.get(condition) === value));
}
