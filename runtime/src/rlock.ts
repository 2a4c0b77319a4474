import { host } from "#host";
import type { Abort } from "./abort.js";
import { acquire, acquireAsync, tryAcquire } from "./acquire.js";
import { FIELDS, KINDS, words } from "./arena.js";
import type { Deadline } from "./deadline.js";
import { StateError } from "./errors.js";
import { createLock, type LockOptions, shapeOf } from "./lock.js";
import { Lockable } from "./lockable.js";
import { give, isByTask, isTaken, isTakenBy, type Outcome } from "./mutex.js";
import { self } from "./self.js";
import { adopted, cellNamed, checkOpen, defineKind, join, leaveCell } from "./shared.js";
import { recorder } from "./trace/hook.js";

/** How often more than once its holder has taken the lock. Only the holder looks; whoever takes it first sets it to 0. */
const DEPTH = FIELDS;

/** A body of `withLockAsync` that runs or has run, and those around it. */
interface Section {
  readonly around: Section | undefined;
}

/** Undefined where nothing follows an async task: there `withLockAsync` cannot know who comes again. */
const sections = host.taskStorage<Section>();
/** Which section of this isolate holds a lock. One that is over is not here any more, whatever still carries it. */
const holding = new Map<number, Section>();

/**
 * A lock that its holder may take again, and must release as often. A thread holds it, and no other may release it.
 * In async code only what runs inside the body of `withLockAsync` takes it again; every `acquireAsync` and `holdAsync` is
 * a holder of its own, even on the same thread.
 * @see Python's `threading.RLock`, behaviours 13–17.
 */
export class RLock extends Lockable {
  #at: number;

  /** A new lock; with `name`, the program's lock of that name. */
  constructor(options?: LockOptions) {
    super();
    this.#at = adopted() || cellNamed(options, shapeOf("RLock", options), () => createLock(options, KINDS.rLock));
    join(this, this.#at);
  }

  /** Takes back one acquire; the last one frees the lock. @throws StateError this thread does not hold it */
  override release(): void {
    checkOpen(this.#at);
    if (!isTakenBy(this.#at, self)) throw new StateError("release() of an RLock that this thread does not hold.");
    const depth = words[this.#at + DEPTH] ?? 0;
    if (depth > 0) words[this.#at + DEPTH] = depth - 1;
    else free(this.#at);
  }

  override locked(): boolean {
    return isTaken(this.#at);
  }

  /**
   * Runs `body`, which may be async, while holding the lock; does not block the thread. Inside the body, and in what it
   * calls and awaits, this thread's code takes the lock again without waiting, by any form but `acquireAsync` and
   * `holdAsync`.
   * @throws StateError nothing follows async tasks here: browsers have no AsyncLocalStorage
   */
  override async withLockAsync<T>(body: () => T | Promise<T>): Promise<T> {
    const at = this.#at;
    checkOpen(at);
    if (sections === undefined) {
      throw new StateError(
        "withLockAsync of an RLock needs AsyncLocalStorage, which browsers do not have: use holdAsync, which never " +
          "takes the lock again, or a Lock.",
      );
    }
    if (isTakenBy(at, self) && isInside(at)) return this.#again(body);
    return super.withLockAsync(async () => {
      const section: Section = { around: sections.getStore() };
      holding.set(at, section);
      try {
        return await sections.run(section, body);
      } finally {
        if (holding.get(at) === section) holding.delete(at);
      }
    });
  }

  override close(): void {
    this.#at = leaveCell(this);
  }

  protected override take(deadline: Deadline): Outcome {
    return this.#takeAgain() ?? first(this.#at, acquire(this.#at, deadline));
  }

  protected override tryTake(): Outcome {
    return this.#takeAgain() ?? first(this.#at, tryAcquire(this.#at));
  }

  protected override async takeAsync(timeout: number, signal: Abort | undefined): Promise<Outcome> {
    checkOpen(this.#at);
    return first(this.#at, await acquireAsync(this.#at, timeout, signal));
  }

  protected override rank(): number {
    return this.#at;
  }

  async #again<T>(body: () => T | Promise<T>): Promise<T> {
    deeper(this.#at);
    try {
      return await body();
    } finally {
      this.release();
    }
  }

  #takeAgain(): Outcome | undefined {
    const at = this.#at;
    checkOpen(at);
    if (!isTakenBy(at, self) || (isByTask(at) && !isInside(at))) return undefined;
    deeper(at);
    return "taken";
  }
}

/** Whether the running code belongs to the section that holds the lock. */
function isInside(at: number): boolean {
  const holder = holding.get(at);
  if (holder === undefined) return false;
  for (let section = sections?.getStore(); section !== undefined; section = section.around) {
    if (section === holder) return true;
  }
  return false;
}

function first(at: number, outcome: Outcome): Outcome {
  if (outcome !== "timeout") words[at + DEPTH] = 0;
  return outcome;
}

function deeper(at: number): void {
  words[at + DEPTH] = (words[at + DEPTH] ?? 0) + 1;
}

function free(at: number): void {
  recorder?.releases(at);
  give(at);
}

/** What a holder was, for who lets go of the lock for a while. */
export interface Tenure {
  readonly depth: number;
  readonly section: Section | undefined;
}

/** Frees the lock whatever its depth. Only for its holder. */
export function freeWhole(at: number): Tenure {
  const tenure = { depth: words[at + DEPTH] ?? 0, section: holding.get(at) };
  holding.delete(at);
  free(at);
  return tenure;
}

/** For who has the lock again. */
export function resume(at: number, { depth, section }: Tenure): void {
  words[at + DEPTH] = depth;
  if (section !== undefined) holding.set(at, section);
}

defineKind("rLock", "RLock", () => new RLock());
