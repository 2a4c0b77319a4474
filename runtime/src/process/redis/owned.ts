/**
 * What a thread knows itself of objects in Redis: which locks, permits and items it has. What it can answer from that it
 * does not ask.
 */
import { ConnectionClosedError, StateError } from "../../errors.js";
import { remoteOf } from "../manager/remote.js";
import type { Subject } from "./redis-messages.js";

/** Sends a request that nobody waits for. */
export type Post = (method: string, args: readonly unknown[]) => void;

/** A question in the words of the connections' thread, and what the answer is to be read with. */
export interface Question {
  readonly method: string;
  readonly args: readonly unknown[];
  readonly context?: unknown;
}

/** What a call is answered with at once. */
export interface AtOnce {
  readonly value: unknown;
}

/** An object as this thread has it. */
export class Owned {
  readonly subject: Subject;
  protected readonly post: Post;

  constructor(subject: Subject, post: Post) {
    this.subject = subject;
    this.post = post;
  }

  /** Undefined: Redis is to be asked. */
  before(_method: string, _args: readonly unknown[]): AtOnce | undefined {
    return undefined;
  }

  /** The question in the words of the connections' thread. */
  ask(method: string, args: readonly unknown[]): Question {
    return { method, args };
  }

  /** What the caller gets of the answer. */
  after(_method: string, answer: unknown, _context: unknown): unknown {
    return answer;
  }

  /** The answer came when nobody waited for it any more. */
  late(_method: string, _answer: unknown): void {}

  /** What it has under this ticket, or is about to read that it has, may be somebody else's by now. */
  lost(_ticket: string): void {}

  /** It has nothing under this ticket any more, and will read of none. */
  over(_ticket: string): void {}

  /** Whether it has nothing that is to be given back. */
  get isIdle(): boolean {
    return true;
  }

  /** Has what another one of the same object has, which is known no more. */
  adopt(_other: Owned): void {}

  /** The thread ends. */
  leave(): void {}
}

/** How this thread has a lock. */
interface Tenure {
  readonly ticket: string;
  readonly fence: number;
  /** An async task has it: nobody takes it again then. */
  readonly byTask: boolean;
  /** How often more than once it was taken. */
  depth: number;
  readonly lost: AbortController;
}

/** The answer to an acquire. */
interface Acquired {
  readonly ticket: string;
  readonly fence: number;
  readonly isAbandoned: boolean;
}

function lostError(what: string): ConnectionClosedError {
  return new ConnectionClosedError(what);
}

function lockLost(): ConnectionClosedError {
  return lostError("The lease of the lock was over before it was renewed: somebody else may have it.");
}

export class OwnedLock extends Owned {
  #tenure: Tenure | undefined;
  /** Tickets that were lost before this thread has read that they are its own. */
  readonly #lostBefore = new Set<string>();

  /** How this thread has it. @throws StateError it has not */
  get tenure(): Tenure {
    if (this.#tenure !== undefined) return this.#tenure;
    throw new StateError("This thread does not hold the lock.");
  }

  /** How often this thread has it. */
  get times(): number {
    return this.#tenure === undefined ? 0 : this.#tenure.depth + 1;
  }

  /** It was this thread's, which has not given it back, and is so no more. */
  get isLost(): boolean {
    return this.#tenure?.lost.signal.aborted === true;
  }

  override before(method: string, args: readonly unknown[]): AtOnce | undefined {
    const tenure = this.#tenure;
    if (method === "acquire") return this.#again(args as [number, boolean]);
    if (method === "again") {
      this.tenure.depth++;
      return { value: undefined };
    }
    if (method === "locked") return tenure === undefined || tenure.lost.signal.aborted ? undefined : { value: true };
    if (method !== "release") return undefined;
    if (tenure === undefined) {
      if (this.#isReentrant) throw new StateError("release() of an RLock that this thread does not hold.");
      return undefined;
    }
    if (tenure.depth > 0) tenure.depth--;
    else this.#end(tenure);
    return { value: undefined };
  }

  override ask(method: string, args: readonly unknown[]): Question {
    if (method === "release") return { method: "releaseOthers", args: [] };
    return { method, args, context: args[1] };
  }

  override after(method: string, answer: unknown, byTask: unknown): unknown {
    return method === "acquire" && answer !== "timeout" ? this.take(answer as Acquired, byTask === true, 0) : answer;
  }

  override late(method: string, answer: unknown): void {
    if (method === "acquire" && answer !== "timeout") this.post("release", [(answer as Acquired).ticket]);
  }

  override lost(ticket: string): void {
    const tenure = this.#tenure;
    if (tenure?.ticket === ticket) tenure.lost.abort(lockLost());
    else this.#lostBefore.add(ticket);
  }

  override over(ticket: string): void {
    this.#lostBefore.delete(ticket);
  }

  override get isIdle(): boolean {
    return this.#tenure === undefined;
  }

  override adopt(other: Owned): void {
    if (other === this || !(other instanceof OwnedLock)) return;
    this.#tenure ??= other.#tenure;
    other.#tenure = undefined;
  }

  override leave(): void {
    if (this.#tenure !== undefined) this.post("abandon", [this.#tenure.ticket]);
  }

  /** For a condition: the lock is others' from here on. Returns how it was had. @throws StateError it was not */
  yield(what: string): Tenure {
    const tenure = this.#tenure;
    if (tenure === undefined) throw new StateError(`${what} needs the condition's lock: acquire it first.`);
    this.#tenure = undefined;
    return tenure;
  }

  /** It is this thread's now. */
  take({ ticket, fence, isAbandoned }: Acquired, byTask: boolean, depth: number): "taken" | "abandoned" {
    const lost = new AbortController();
    if (this.#lostBefore.delete(ticket)) lost.abort(lockLost());
    this.#tenure = { ticket, fence, byTask, depth, lost };
    return isAbandoned ? "abandoned" : "taken";
  }

  get #isReentrant(): boolean {
    return this.subject.kind === "leased rlock";
  }

  #again([timeout, byTask]: [number, boolean]): AtOnce | undefined {
    const tenure = this.#tenure;
    if (tenure === undefined || tenure.lost.signal.aborted) return undefined;
    if (this.#isReentrant && !byTask && !tenure.byTask) {
      tenure.depth++;
      return { value: "taken" };
    }
    if (!byTask && tenure.byTask && timeout === Number.POSITIVE_INFINITY) {
      throw new StateError("This wait would never end: an async task of this thread holds the lock.");
    }
    return undefined;
  }

  #end(tenure: Tenure): void {
    this.#tenure = undefined;
    if (tenure.lost.signal.aborted) {
      throw new StateError(
        "The lease of the lock was over before it was released: somebody else may have had it since.",
      );
    }
    this.post("release", [tenure.ticket]);
  }
}

export class OwnedCondition extends Owned {
  readonly lock: OwnedLock;

  constructor(subject: Subject, post: Post, lock: OwnedLock) {
    super(subject, post);
    this.lock = lock;
  }

  override ask(method: string, args: readonly unknown[]): Question {
    if (method === "notify") {
      try {
        return { method, args: [args[0], this.lock.tenure.ticket] };
      } catch {
        throw new StateError("notify() needs the condition's lock: acquire it first.");
      }
    }
    const tenure = this.lock.yield("wait()");
    return { method, args: [args[0], tenure.ticket], context: tenure };
  }

  override after(method: string, answer: unknown, before: unknown): unknown {
    if (method !== "wait") return answer;
    const { depth, byTask } = before as Tenure;
    const { isNotified, tenure } = answer as { readonly isNotified: boolean; readonly tenure: Acquired };
    return [isNotified, this.lock.take(tenure, byTask, depth)];
  }
}

export class OwnedSemaphore extends Owned {
  /** The tickets of this thread's permits, those first that it has for longest. */
  readonly #tickets = new Set<string>();
  /** Tickets that were lost before this thread has read that they are its own. */
  readonly #lostBefore = new Set<string>();
  #lost = new AbortController();

  get lossSignal(): AbortSignal {
    return this.#lost.signal;
  }

  override ask(method: string, args: readonly unknown[]): Question {
    return method === "release" ? { method, args: [args[0], [...this.#tickets]] } : { method, args };
  }

  override after(method: string, answer: unknown): unknown {
    if (method === "release") for (const ticket of answer as string[]) this.#tickets.delete(ticket);
    if (method !== "acquire" || answer === false) return answer;
    if (this.#tickets.size === 0 && this.#lost.signal.aborted) this.#lost = new AbortController();
    const { ticket } = answer as { readonly ticket: string };
    this.#tickets.add(ticket);
    if (this.#lostBefore.delete(ticket)) this.lost(ticket);
    return true;
  }

  override late(method: string, answer: unknown): void {
    if (method === "acquire" && answer !== false)
      this.post("abandon", [(answer as { readonly ticket: string }).ticket]);
  }

  override lost(ticket: string): void {
    if (!this.#tickets.delete(ticket)) {
      this.#lostBefore.add(ticket);
      return;
    }
    this.#lost.abort(lostError("The lease of a permit was over before it was renewed: somebody else may have it."));
  }

  override over(ticket: string): void {
    this.#lostBefore.delete(ticket);
  }

  override get isIdle(): boolean {
    return this.#tickets.size === 0;
  }

  override adopt(other: Owned): void {
    if (other === this || !(other instanceof OwnedSemaphore)) return;
    for (const ticket of other.#tickets) this.#tickets.add(ticket);
    other.#tickets.clear();
  }

  override leave(): void {
    for (const ticket of this.#tickets) this.post("abandon", [ticket]);
  }
}

/** An item on its way to the caller. */
export interface Handed {
  readonly id: Uint8Array;
  readonly value: Uint8Array;
  readonly deliveries: number;
}

export class OwnedQueue extends Owned {
  /** What was taken by `get` and not reported, the oldest first. */
  readonly #inHand: Uint8Array[] = [];

  override before(method: string): AtOnce | undefined {
    if (method !== "taskDone") return undefined;
    const id = this.#inHand.shift();
    if (id === undefined) throw new StateError("taskDone() was called more often than this thread took items.");
    this.post("done", [id]);
    return { value: undefined };
  }

  override ask(method: string, args: readonly unknown[]): Question {
    return { method: method === "receive" ? "get" : method, args };
  }

  override after(method: string, answer: unknown): unknown {
    if (method === "get") {
      const { id, value } = answer as Handed;
      this.#inHand.push(id);
      return value;
    }
    return answer;
  }

  override late(method: string, answer: unknown): void {
    if (method === "get" || method === "receive") this.post("giveBack", [(answer as Handed).id]);
  }

  override get isIdle(): boolean {
    return this.#inHand.length === 0;
  }

  override adopt(other: Owned): void {
    if (other === this || !(other instanceof OwnedQueue)) return;
    this.#inHand.push(...other.#inHand.splice(0));
  }

  finish(id: Uint8Array): void {
    this.post("done", [id]);
  }

  giveBack(id: Uint8Array): void {
    this.post("giveBack", [id]);
  }
}

/** Two copies of an object are never the same. */
function isFindable(value: unknown): boolean {
  const isObject = (typeof value === "object" && value !== null) || typeof value === "function";
  return !isObject || remoteOf(value) !== undefined;
}

export class OwnedList extends Owned {
  override before(method: string, [value]: readonly unknown[]): AtOnce | undefined {
    if (method === "includes") return isFindable(value) ? undefined : { value: false };
    if (method !== "indexOf" && method !== "lastIndexOf") return undefined;
    return isFindable(value) && !Number.isNaN(value) ? undefined : { value: -1 };
  }

  override ask(method: string, args: readonly unknown[]): Question {
    return { method: method === "includes" ? "indexOf" : method, args };
  }

  override after(method: string, answer: unknown): unknown {
    return method === "includes" ? answer !== -1 : answer;
  }
}

export class OwnedBarrier extends Owned {
  override ask(method: string, args: readonly unknown[]): Question {
    if (method !== "wait") return { method, args };
    return { method, args: [args[0] ?? this.subject.timeout ?? Number.POSITIVE_INFINITY] };
  }
}
