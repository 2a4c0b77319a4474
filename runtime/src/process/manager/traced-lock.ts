/**
 * What a recording tells of a lock of a server: who waits for it, who has it, and of who is not recorded at least who had it
 * when a wait began. Only who is recorded comes here: it asks for the lock first and waits in a second step, so that it
 * knows that it has to wait, and whom to name.
 */
import type { Abort } from "../../abort.js";
import { KINDS, release } from "../../arena.js";
import { type Deadline, deadlineAfter, timeLeft } from "../../deadline.js";
import { ConnectionClosedError, StateError } from "../../errors.js";
import type { Outcome } from "../../mutex.js";
import { createRemoteCell } from "../../remote-cell.js";
import { FLAGS } from "../../trace/format.js";
import { recorder } from "../../trace/hook.js";
import type { Recorder } from "../../trace/recorder.js";
import { waitingElsewhere } from "../../waiting.js";
import { seenFromHere } from "../own-holder.js";
import { type CallOptions, type Remote, remoteOf } from "./remote.js";

const FOR_EVER = Number.POSITIVE_INFINITY;
/** Locks that a thread tells of, all in all: their names stay in memory. */
const MOST = 4096;
let told = 0;

const known = new Map<string, TracedLock>();
const byRemote = new WeakMap<Remote, TracedLock>();

/** What is told of the lock; undefined: nothing. */
export function tracedLock(remote: Remote): TracedLock | undefined {
  if (!recorder?.isOfEvents) return undefined;
  const isReentrant = remote.kind.endsWith("rlock");
  const before = byRemote.get(remote);
  if (before !== undefined) return before;
  const shared = remote.client.shared?.(remote);
  if (shared === undefined) return undefined;
  let lock = known.get(shared.text);
  if (lock === undefined) {
    if (told === MOST) return undefined;
    told++;
    const at = createRemoteCell(isReentrant ? KINDS.rLock : KINDS.lock, shared.name, shared.text);
    lock = new TracedLock(at, isReentrant, () => known.delete(shared.text));
    known.set(shared.text, lock);
  }
  lock.addProxy(remote);
  byRemote.set(remote, lock);
  return lock;
}

/**
 * The thread is about to give the lock away for as long as it waits for a condition. The result is to be called when it has it
 * again; undefined: nothing is told of it.
 */
export function leavesLock(lock: object): (() => void) | undefined {
  const remote = remoteOf(lock);
  return remote && tracedLock(remote)?.leaves();
}

/** This thread has lost the lock with that text before it gave it back. */
export function losesLock(text: string): void {
  known.get(text)?.loses();
}

export class TracedLock {
  readonly #at: number;
  readonly #isReentrant: boolean;
  readonly #gone: () => void;
  #proxies = 0;
  /** How often this thread has it. */
  #depth = 0;
  /** It is a task of this thread that has it. */
  #byTask = false;
  /** It was told that this thread has it no more, though nobody has given it back. */
  #isLost = false;

  constructor(at: number, isReentrant: boolean, gone: () => void) {
    this.#at = at;
    this.#isReentrant = isReentrant;
    this.#gone = gone;
  }

  addProxy(remote: Remote): void {
    this.#proxies++;
    remote.whenClosed(() => {
      this.#proxies--;
      // Who has it has it on, and gives it back by another proxy.
      if (this.#proxies > 0 || this.#depth > 0) return;
      this.#gone();
      release(this.#at);
    });
  }

  /** Takes the lock as the proxy does, and tells of it. */
  take(remote: Remote, deadline: Deadline, options: CallOptions): Outcome {
    const isTimed = deadline !== FOR_EVER;
    const atOnce = remote.call("acquire", firstOf(deadline, false), options) as Outcome;
    if (atOnce !== "timeout" || timeLeft(deadline) === 0) return this.got(remote, atOnce, false, isTimed);
    const outcome = waitingElsewhere(
      this.#at,
      isTimed,
      () => {
        recorder?.heldBy(this.#at, this.#holder(remote, deadline), 0);
        const left = timeLeft(deadline);
        return left === 0 ? "timeout" : (remote.call("acquire", [left, false], options) as Outcome);
      },
      hasCome,
    );
    return this.got(remote, outcome, false, isTimed);
  }

  /** The same without blocking the thread. */
  async takeAsync(remote: Remote, timeout: number, signal: Abort | undefined, options: CallOptions): Promise<Outcome> {
    const isTimed = timeout !== FOR_EVER;
    const deadline = deadlineAfter(timeout);
    const atOnce = (await remote.callAsync("acquire", firstOf(deadline, true), { ...options, signal })) as Outcome;
    if (atOnce !== "timeout" || timeLeft(deadline) === 0) return this.got(remote, atOnce, true, isTimed);
    const recorded: Recorder | undefined = recorder;
    const ended = recorded?.waitsForLock(this.#at, isTimed ? FLAGS.timed : 0);
    const wait = recorded?.asyncWaits ?? 0;
    let outcome: Outcome = "timeout";
    try {
      recorded?.heldBy(this.#at, await this.#holderAsync(remote, deadline, signal), wait);
      const left = timeLeft(deadline);
      if (left === 0) return outcome;
      outcome = (await remote.callAsync("acquire", [left, true], { ...options, signal })) as Outcome;
    } finally {
      if (hasCome(outcome)) this.#has(1, true);
      ended?.(hasCome(outcome));
    }
    return outcome;
  }

  /** This thread asked for the lock, and that came of it at once. */
  got({ client, id }: Remote, outcome: Outcome, byTask: boolean, isTimed: boolean): Outcome {
    if (!hasCome(outcome)) return outcome;
    const counted = this.#isReentrant && !byTask ? this.#depth + 1 : 1;
    // Who has lost a lease, and nothing given back, takes the lock anew.
    const depth = client.timesHeld?.(id) ?? counted;
    this.#has(depth, byTask);
    if (depth === 1) recorder?.acquired(this.#at, byTask, isTimed);
    return outcome;
  }

  /** This thread has it once more. */
  again(): void {
    this.#depth++;
  }

  /** This thread is about to give it back, or to hear that it may not. */
  releases(): void {
    if (this.#proxies === 0 || this.#isLost || (this.#isReentrant && this.#depth === 0)) return;
    if (--this.#depth > 0) return;
    this.#depth = 0;
    recorder?.releases(this.#at);
  }

  /** It could not: it has not got it. */
  hasNot(): void {
    this.#depth = 0;
    this.#isLost = false;
  }

  /** Somebody else may have it from here on. */
  loses(): void {
    if (this.#depth === 0) return;
    this.#depth = 0;
    this.#isLost = true;
    recorder?.releases(this.#at);
  }

  /** This thread is about to give it back, however often it has it. The result is to be called when it has it again. */
  leaves(): () => void {
    const [depth, byTask] = [this.#depth, this.#byTask];
    this.#depth = 0;
    if (depth === 0) return () => {};
    recorder?.releases(this.#at);
    return () => {
      this.#has(depth, byTask);
      recorder?.acquired(this.#at, byTask, false);
    };
  }

  #has(depth: number, byTask: boolean): void {
    this.#depth = depth;
    this.#byTask = byTask;
    this.#isLost = false;
  }

  /** Who holds the lock, as its server was told; empty: nobody by now, or the server does not say. */
  #holder(remote: Remote, deadline: Deadline): string {
    try {
      return holderOf(remote.call("holder", [timeLeft(deadline)]));
    } catch (error) {
      return unanswered(error);
    }
  }

  async #holderAsync(remote: Remote, deadline: Deadline, signal: Abort | undefined): Promise<string> {
    try {
      return holderOf(await remote.callAsync("holder", [timeLeft(deadline)], { signal }));
    } catch (error) {
      return unanswered(error);
    }
  }
}

function hasCome(outcome: Outcome): boolean {
  return outcome !== "timeout";
}

/** Of the acquire that does not wait for others; it is part of a wait, and so has that one's time. */
function firstOf(deadline: Deadline, byTask: boolean): readonly unknown[] {
  const left = timeLeft(deadline);
  return left > 0 ? [0, byTask, left] : [0, byTask];
}

/**
 * A lock is had without an answer, too: from a server that is away, too old for the question, or refuses it. If that is
 * the end, whoever waits for the lock is told.
 */
function unanswered(error: unknown): string {
  if (error instanceof ConnectionClosedError || error instanceof StateError || error instanceof TypeError) return "";
  throw error;
}

function holderOf(answer: unknown): string {
  return (typeof answer === "string" && seenFromHere(answer)) || "";
}
