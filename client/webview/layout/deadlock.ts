import { nameOf, waitsFor } from "../../shared/names.js";
import type { Deadlock, DeadlockParty } from "../../shared/snapshot.js";
import { formatMoment } from "./duration.js";
import { at, name, type Part, text, thread } from "./parts.js";
import type { Words } from "./words.js";

/** `Deadlock`, or `Deadlock until 3.214 s` where somebody went on after all. */
export function deadlockTitle({ until }: Deadlock): string {
  return until === undefined ? "Deadlock" : `Deadlock until ${formatMoment(until)}`;
}

/** For each party a sentence: `MyThread1 holds mutexA deadlock.ts:18 and waits for mutexB deadlock.ts:21`. */
export function deadlockSentences({ parties }: Deadlock, words: Words): readonly (readonly Part[])[] {
  return parties.map((party, index) => [
    ...(party.isTask === true ? [text("a task of ")] : []),
    thread(words.threadName(party.thread), party.thread),
    ...holdsOf(parties.at(index - 1)),
    ...verbAndName(party),
    ...at(party.place),
  ]);
}

/** What a party has is what the one before it wants, unless that one waits for the thread itself to end. */
function holdsOf(waiter: DeadlockParty | undefined): readonly Part[] {
  if (waiter === undefined || waiter.waitsFor.kind === "thread") return [text(" ")];
  return [text(" holds "), name(nameOf(waiter.waitsFor)), ...at(waiter.ownerPlace), text(" and ")];
}

function verbAndName({ waitsFor: object }: DeadlockParty): readonly Part[] {
  const called = nameOf(object);
  return [text(waitsFor(object).slice(0, -called.length)), name(called)];
}
