import type { FileSettling, Handler, SettlerTimer, StoredSettler } from "../model/settling.js";
import type { Site } from "../source/site.js";

/** Promises that only a peer's messages settle, and a handler of the peer's end that leaves them as they are. */
export interface AbandonedSettlers {
  readonly stored: StoredSettler;
  /** The handler of the peer's end. */
  readonly handler: Handler;
  /** What a message does with the entries. */
  readonly settles: { readonly name: string; readonly site: Site };
  /** Where messages are listened to that settle entries. */
  readonly messages: readonly Site[];
  /** Where the end of the peer is listened to; of what happens only after an error or in its place, the first. */
  readonly ends: readonly Site[];
}

/** A resolver that stays in its container after a timer has settled its promise, and gets what comes next. */
export interface LeftWaiter {
  readonly stored: StoredSettler;
  readonly timer: SettlerTimer;
  /** Where entries are given what comes. */
  readonly given: Site;
}

/** What a peer tells when it ends, in the order in which a handler ought to do something about it. */
const ENDS = ["error", "exit", "close", "disconnect"];

export function abandonedSettlers(file: FileSettling): readonly AbandonedSettlers[] {
  const found: AbandonedSettlers[] = [];
  for (const stored of file.stored) {
    if (stored.timer || found.some((each) => each.stored.store === stored.store)) continue;
    const isTaken = (index: number): boolean => file.functions[index]?.takes.has(stored.store) ?? false;
    const settling = file.handlers.flatMap(({ event, runs }) => {
      const by = event === "message" && runs !== undefined ? reached(file, runs).find(isTaken) : undefined;
      return by === undefined ? [] : [file.functions[by]!];
    })[0];
    if (!settling) continue;
    const peers = new Set(file.handlers.flatMap(({ event, peer }) => (event === "message" ? [peer] : [])));
    const ends = file.handlers.filter(({ event, peer }) => ENDS.includes(event) && peers.has(peer));
    const known = ends.filter(({ runs }) => runs !== undefined);
    const isSettled = known.some(
      ({ runs }) =>
        file.functions[runs!]?.throws ||
        reached(file, runs!).some((index) => isTaken(index) || file.functions[index]?.exits),
    );
    const handler = ENDS.flatMap((end) => known.filter(({ event }) => event === end))[0];
    if (!handler || isSettled) continue;
    const messages = file.handlers.filter(
      ({ event, runs }) => event === "message" && runs !== undefined && reached(file, runs).some(isTaken),
    );
    found.push({ stored, handler, settles: settling, ...listenings(messages, known) });
  }
  return found;
}

/** What a fix has to touch: nothing where several peers settle entries of one container. */
function listenings(
  messages: readonly Handler[],
  known: readonly Handler[],
): Pick<AbandonedSettlers, "messages" | "ends"> {
  const [peer, ...others] = new Set(messages.map((each) => each.peer));
  const own = others.length > 0 ? [] : known.filter((each) => each.peer === peer);
  const failing = own.filter(({ event }) => event === "error");
  const after = ENDS.slice(1).flatMap((end) => own.filter(({ event }) => event === end));
  return {
    messages: messages.map(({ site }) => site),
    ends: [...failing, ...after.filter(({ event }) => event === after[0]?.event)].map(({ site }) => site),
  };
}

export function leftWaiters(file: FileSettling): readonly LeftWaiter[] {
  return file.stored.flatMap((stored) => {
    const { timer, store } = stored;
    if (timer?.runs === undefined) return [];
    const removes = reached(file, timer.runs).some((index) => {
      const fn = file.functions[index];
      return fn?.drops.has(store) || fn?.takes.has(store);
    });
    const given = file.handovers.find((each) => each.store === store);
    return removes || !given ? [] : [{ stored, timer, given: given.site }];
  });
}

/** The functions that one may run, itself first. */
function reached(file: FileSettling, from: number): readonly number[] {
  const all = new Set([from]);
  for (const each of all) for (const next of file.functions[each]?.calls ?? []) all.add(next);
  return [...all];
}
