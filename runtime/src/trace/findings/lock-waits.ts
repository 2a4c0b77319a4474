/** Waits for locks that took long, and whose doing that was: one holder's, a queue's, or those that came first each time. */
import { type Found, length } from "./finding.js";
import { MOST, type Onlooker } from "./onlooker.js";
import { Overtaking } from "./overtaking.js";
import type { Hold, PlayedObject, PlayedThread, Wait } from "./played-program.js";

/** Nothing shorter is told of, and nothing that is less than this part of the recording, unless it is long anyway. */
const SHORTEST = 100e6;
const SMALLEST_PART = 0.01;
const LONG = 1e9;
/** How long one waited, and how often others got the lock meanwhile. Who comes first gets a lock that is not fair: tenths of a second are normal. */
const STARVED = 1e9;
const OVERTAKEN = 100;
/** A queue has so many that wait, is there for this part of the time from its beginning to its end, and moves so often. */
const QUEUE = 2;
const QUEUE_PART = 0.5;
const HAND_OVERS = 50;
/** Findings that may be kept: what is told in the end is decided when the length of the recording is known. */
const MOST_KEPT = 10_000;

interface Candidate extends Found {
  readonly lock: PlayedObject;
  /** Nanoseconds of waiting. */
  readonly waited: number;
}

/** How a lock's queue was. */
interface Queue {
  readonly began: number;
  ended: number;
  /** Below 0: there is none at the moment. */
  since: number;
  total: number;
  handOvers: number;
  most: number;
  holder: PlayedThread | undefined;
  /** The places that were seen last. */
  waitSite: number;
  holdSite: number;
}

export class LockWaits implements Onlooker {
  readonly #kept: Candidate[] = [];
  readonly #queues = new Map<PlayedObject, Queue>();
  readonly #overtaking = new Overtaking();

  takes({ lock, site, thread }: Hold): void {
    if (lock.waits.size > 0) this.#overtaking.takes(lock, thread);
    const queue = this.#queues.get(lock);
    if (queue === undefined) return;
    if (site !== 0) queue.holdSite = site;
    if (queue.since >= 0 && queue.holder !== thread) queue.handOvers++;
    queue.holder = thread;
  }

  gives(hold: Hold, time: number): void {
    if (hold.lock.waits.size === 0) return;
    const worst = worstWait(hold, time);
    if (worst === undefined) return;
    const { wait, waited } = worst;
    const { longest, longestEnd, lock, thread } = hold;
    const blocked = longest === undefined ? 0 : longestEnd - Math.max(longest.since, wait.since);
    const isBlocked = longest !== undefined && blocked >= waited / 2;
    // Whoever waits for a lock itself is not the one who holds all up.
    if (waited < SHORTEST || (isBlocked && longest.object?.isLock)) return;
    const waiter = wait.thread;
    const message = `${waiter.label} waited ${length(waited)} for ${lock.label}, which ${thread.label} held all the time`;
    const why = isBlocked ? `, itself waiting ${length(blocked)} ${waitedFor(longest)}` : "";
    const places = [
      { what: `${thread.label} took ${lock.label}`, site: hold.site },
      { what: `${waiter.label} waited for it`, site: wait.site },
    ];
    if (isBlocked) places.push({ what: `${thread.label} waited ${waitedFor(longest)}`, site: longest.site });
    this.#keep({
      ...{ kind: isBlocked ? "blocked-holder" : "long-hold", message: `${message}${why}.`, places },
      ...{ about: `${lock.id}`, weight: waited, lock, waited },
    });
  }

  begins(wait: Wait): void {
    const { object, since, site } = wait;
    if (!object?.isLock) return;
    this.#overtaking.begins(wait, object);
    const waiting = object.waits.size + 1;
    if (waiting < QUEUE) return;
    let queue = this.#queues.get(object);
    if (queue === undefined) {
      queue = {
        began: since,
        ended: since,
        since: -1,
        total: 0,
        handOvers: 0,
        most: 0,
        holder: undefined,
        waitSite: 0,
        holdSite: 0,
      };
      this.#queues.set(object, queue);
    }
    if (queue.since < 0) queue.since = since;
    if (waiting > queue.most) queue.most = waiting;
    if (site !== 0) queue.waitSite = site;
  }

  ends(wait: Wait, time: number): void {
    const { object } = wait;
    if (!object?.isLock) return;
    const queue = this.#queues.get(object);
    if (queue !== undefined && queue.since >= 0 && object.waits.size <= QUEUE) {
      queue.total += time - queue.since;
      queue.ended = time;
      queue.since = -1;
    }
    if (time - wait.since >= STARVED) this.#starved(wait, object, time, this.#overtaking.overtakersOf(wait, object));
  }

  /** What is worth telling of a recording of that length. */
  found(duration: number): readonly Found[] {
    const least = Math.max(SHORTEST, Math.min(LONG, duration * SMALLEST_PART));
    const found: Found[] = this.#kept.filter(({ waited }) => waited >= least);
    for (const [lock, { began, ended, total, handOvers, most, waitSite, holdSite }] of this.#queues) {
      if (total < Math.max(least, (ended - began) * QUEUE_PART) || handOvers < HAND_OVERS) continue;
      // A queue that hardly moves is the doing of those who hold the lock.
      if (total / handOvers > SHORTEST / 10) continue;
      found.push({
        kind: "convoy",
        message:
          `Up to ${most} threads queued for ${lock.label}: for ${length(total)} of ${length(ended - began)} at least ${QUEUE} ` +
          `waited, and it changed hands ${handOvers.toLocaleString("en")} times.`,
        places: [
          { what: "one of them waited", site: waitSite },
          { what: `${lock.label} was taken`, site: holdSite },
        ],
        ...{ about: `${lock.id}`, weight: total },
      });
    }
    return found;
  }

  #starved(
    { thread, since, site }: Wait,
    lock: PlayedObject,
    time: number,
    overtakers: ReadonlyMap<PlayedThread, number>,
  ): void {
    const all = [...overtakers].sort(([, a], [, b]) => b - a);
    const sum = all.reduce((total, [, times]) => total + times, 0);
    const [first] = all;
    if (sum < OVERTAKEN || first === undefined) return;
    const [other, times] = first;
    const often = (number: number): string => number.toLocaleString("en");
    const whom = all.length === 1 ? other.label : `others, most of all ${other.label} (${often(times)})`;
    this.#keep({
      kind: "starvation",
      message: `${thread.label} waited ${length(time - since)} for ${lock.label}, while ${whom} took it ${often(sum)} times.`,
      places: [
        { what: `${thread.label} waited for ${lock.label}`, site },
        { what: `${other.label} took it`, site: other.holds.get(lock)?.knownSite ?? 0 },
      ],
      ...{ about: `${lock.id}`, weight: time - since, lock, waited: time - since },
    });
  }

  #keep(candidate: Candidate): void {
    if (this.#kept.length < MOST_KEPT) this.#kept.push(candidate);
  }
}

/** The wait that the hold held up for longest. */
function worstWait(hold: Hold, time: number): { readonly wait: Wait; readonly waited: number } | undefined {
  let worst: { wait: Wait; waited: number } | undefined;
  let count = 0;
  for (const wait of hold.lock.waits) {
    if (count++ === MOST) break;
    if (wait.thread === hold.thread && !wait.byTask) continue;
    const waited = time - Math.max(wait.since, hold.since);
    if (waited > (worst?.waited ?? 0)) worst = { wait, waited };
  }
  return worst;
}

function waitedFor({ object }: Wait): string {
  if (object === undefined) return "in a sleep";
  return object.kind === "thread" ? `for the end of ${object.label}` : `for ${object.label}`;
}
