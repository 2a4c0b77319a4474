/** What is said about something wrong that a recorded program did. */
import type { TraceSite } from "../decode.js";
import { seenRules } from "./seen-rules.js";

/**
 * What went wrong: `lock-order`, locks were taken in both orders or in a ring; `long-hold`, others waited long for a lock,
 * all the time for the same holder; `blocked-holder`, and that one waited for something else meanwhile; `convoy`, threads
 * queue for a lock that goes from hand to hand; `starvation`, a thread waited long for a lock that others got again and
 * again; `blocked-main`, a task could have had its lock, but its thread was blocked; `lost-wake-up`, an event was set and
 * cleared before its waiter waited, and nobody is left who could set it again; `unheard-wait`, nobody notified those who
 * wait, and nobody is left who could; `unfinished-items`, who joins a queue waits for items that nobody will report as done
 * any more; `excess-task-done`, more items of a queue were reported as done than were put.
 */
export type FindingKind =
  | "lock-order"
  | "lost-wake-up"
  | "unheard-wait"
  | "unfinished-items"
  | "excess-task-done"
  | "long-hold"
  | "blocked-holder"
  | "convoy"
  | "starvation"
  | "blocked-main";

/** By kind, the rule that finds the same in the source, where there is one. */
export const RULES: Readonly<Record<FindingKind, string | undefined>> = {
  "lock-order": seenRules.lockCycle,
  "lost-wake-up": undefined,
  "unheard-wait": seenRules.unheardWait,
  "unfinished-items": seenRules.unfinishedItems,
  "excess-task-done": undefined,
  "long-hold": undefined,
  "blocked-holder": seenRules.blockedHolder,
  convoy: undefined,
  starvation: undefined,
  "blocked-main": seenRules.blockedMain,
};

/** Something that went wrong, or that only luck kept from it. */
export interface TraceFinding {
  /** What went wrong. */
  readonly kind: FindingKind;
  /** The rule that finds the same in the source. */
  readonly rule: string | undefined;
  /** A sentence or two. Names of the program stand in it as they are. */
  readonly message: string;
  /** The place that matters most first, then the other sides. */
  readonly places: readonly FindingPlace[];
  /** How often it was seen with the same places; the message is about the worst of them. */
  readonly times: number;
}

/** One side of a finding. */
export interface FindingPlace {
  /** What happened there. */
  readonly what: string;
  /** Undefined: it was not recorded. */
  readonly site: TraceSite | undefined;
}

/** What one of the analyses found: places by their ids. */
export interface Found {
  readonly kind: FindingKind;
  readonly message: string;
  readonly places: readonly { readonly what: string; readonly site: number }[];
  /** What it is about where places are not known. */
  readonly about: string;
  /** Of findings with the same places, the one with most is told. */
  readonly weight: number;
}

/** Nanoseconds for people. */
export function length(nanoseconds: number): string {
  if (nanoseconds >= 1e9) return `${(nanoseconds / 1e9).toFixed(2)} s`;
  return `${Math.round(nanoseconds / 1e6)} ms`;
}
