/**
 * What a recording tells of a lock of a server: who waits for it, who has it, and of who is not recorded at least who had it
 * when a wait began. Only who is recorded comes here: it asks for the lock first and waits in a second step, so that it
 * knows that it has to wait, and whom to name.
 */
import type { Abort } from "../../abort.js";
import { KINDS, release } from "../../arena.js";
import { type Deadline, timeLeft } from "../../deadline.js";
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
  if (recorder === undefined) return undefined;
  const isReentrant = remote.kind.endsWith("rlock");
  const before = byRemote.get(remote);
  if (before !== undefined) return before;
  const { client, id } = remote;
  const shared = client.shared?.(id);
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

export class TracedLock {
  readonly #at: number;
  readonly #isReentrant: boolean;
  readonly #gone: () => void;
  #proxies = 0;
  /** How often this thread has it. */
  #depth = 0;

  constructor(at: number, isReentrant: boolean, gone: () => void) {
    this.#at = at;
    this.#isReentrant = isReentrant;
    this.#gone = gone;
  }

  addProxy(remote: Remote): void {
    this.#proxies++;
    remote.whenClosed(() => {
      if (--this.#proxies > 0) return;
      this.#gone();
      release(this.#at);
    });
  }

  /** Takes the lock as the proxy does, and tells of it. */
  take(remote: Remote, deadline: Deadline, options: CallOptions): Outcome {
    const isTimed = deadline !== FOR_EVER;
    const atOnce = remote.call("acquire", [0, false], options) as Outcome;
    if (atOnce !== "timeout" || timeLeft(deadline) === 0) return this.got(atOnce, false, isTimed);
    const outcome = waitingElsewhere(
      this.#at,
      isTimed,
      () => {
        recorder?.heldBy(this.#at, holderOf(remote.call("holder")), 0);
        return remote.call("acquire", [timeLeft(deadline), false], options) as Outcome;
      },
      hasCome,
    );
    return this.got(outcome, false, isTimed);
  }

  /** The same without blocking the thread. */
  async takeAsync(remote: Remote, timeout: number, signal: Abort | undefined, options: CallOptions): Promise<Outcome> {
    const isTimed = timeout !== FOR_EVER;
    const atOnce = (await remote.callAsync("acquire", [0, true], { ...options, signal })) as Outcome;
    if (atOnce !== "timeout" || !(timeout > 0)) return this.got(atOnce, true, isTimed);
    const recorded: Recorder | undefined = recorder;
    const ended = recorded?.waitsForLock(this.#at, isTimed ? FLAGS.timed : 0);
    const wait = recorded?.asyncWaits ?? 0;
    let outcome: Outcome = "timeout";
    try {
      recorded?.heldBy(this.#at, holderOf(await remote.callAsync("holder", [], { signal })), wait);
      outcome = (await remote.callAsync("acquire", [timeout, true], { ...options, signal })) as Outcome;
    } finally {
      if (hasCome(outcome)) this.#depth = 1;
      ended?.(hasCome(outcome));
    }
    return outcome;
  }

  /** This thread asked for the lock, and that came of it at once. */
  got(outcome: Outcome, byTask: boolean, isTimed: boolean): Outcome {
    if (!hasCome(outcome)) return outcome;
    if (this.#isReentrant && this.#depth > 0 && !byTask) this.#depth++;
    else {
      this.#depth = 1;
      recorder?.acquired(this.#at, byTask, isTimed);
    }
    return outcome;
  }

  /** This thread has it once more. */
  again(): void {
    this.#depth++;
  }

  /** This thread is about to give it back, or to hear that it may not. */
  releases(): void {
    if (this.#proxies === 0 || (this.#isReentrant && this.#depth === 0)) return;
    if (--this.#depth > 0) return;
    this.#depth = 0;
    recorder?.releases(this.#at);
  }

  /** It could not: it has not got it. */
  hasNot(): void {
    this.#depth = 0;
  }

  /** This thread is about to give it back, however often it has it. The result is to be called when it has it again. */
  leaves(): () => void {
    const depth = this.#depth;
    this.#depth = 0;
    if (depth === 0) return () => {};
    recorder?.releases(this.#at);
    return () => {
      this.#depth = depth;
      recorder?.acquired(this.#at, false, false);
    };
  }
}

function hasCome(outcome: Outcome): boolean {
  return outcome !== "timeout";
}

/** Who holds the lock, as its server was told; empty: nobody by now. */
function holderOf(answer: unknown): string {
  return (typeof answer === "string" && seenFromHere(answer)) || "";
}
