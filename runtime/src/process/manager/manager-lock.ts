import { host } from "#host";
import type { Abort } from "../../abort.js";
import { type Deadline, timeLeft } from "../../deadline.js";
import { Lockable } from "../../lockable.js";
import type { Outcome } from "../../mutex.js";
import { recorder } from "../../trace/hook.js";
import { adoptRemote, type CallOptions, defineProxy, type Remote } from "./remote.js";
import { type TracedLock, tracedLock } from "./traced-lock.js";

const isTaken = (outcome: unknown): boolean => outcome !== "timeout";
const ACQUIRE: CallOptions = { isTaken };

/**
 * A lock in a manager, for all its clients: `Lock`'s methods, and its errors. Who waits gets it in order of arrival; any
 * client may release it. If the client that took it ends, the next one has it, with an `AbandonedLockError`.
 * @see Python's `multiprocessing.managers.SyncManager.Lock`, behaviours 95, 98 and 147.
 */
export class ManagerLock extends Lockable {
  readonly #remote: Remote = adoptRemote(this);

  /**
   * Gives the lock back; blocks for the moment it takes to ask.
   * @throws StateError nobody holds it
   * @throws ConnectionClosedError the manager has ended
   */
  override release(): void {
    const traced = this.#traced;
    traced?.releases();
    try {
      this.#remote.call("release");
    } catch (error) {
      traced?.hasNot();
      throw error;
    }
  }

  /** Whether it is held at this moment; blocks for the moment it takes to ask. */
  override locked(): boolean {
    return this.#remote.call("locked") as boolean;
  }

  /** Gives up this proxy. The lock goes when nobody has one any more; who holds it, holds it on. */
  override close(): void {
    this.#remote.close();
  }

  /** For a condition: runs `wait`, during which the lock is others'. @internal */
  whileAway<T>(wait: () => Promise<T>): Promise<T> {
    return wait();
  }

  /** Takes it once more, for the section that has it. @internal */
  protected ask(method: "again"): void {
    this.#remote.call(method);
    this.#traced?.again();
  }

  /** What it is among all objects of all managers. @internal */
  protected get identity(): string {
    return `${this.#remote.client.server} ${this.#remote.id}`;
  }

  protected override take(deadline: Deadline): Outcome {
    const traced = this.#traced;
    if (traced !== undefined) return traced.take(this.#remote, deadline, ACQUIRE);
    return this.#remote.call("acquire", [timeLeft(deadline), false], ACQUIRE) as Outcome;
  }

  protected override tryTake(): Outcome {
    const outcome = this.#remote.call("acquire", [0, false], ACQUIRE) as Outcome;
    return this.#traced?.got(this.#remote, outcome, false, true) ?? outcome;
  }

  protected override async takeAsync(timeout: number, signal: Abort | undefined): Promise<Outcome> {
    const traced = this.#traced;
    if (traced !== undefined) return traced.takeAsync(this.#remote, timeout, signal, ACQUIRE);
    return (await this.#remote.callAsync("acquire", [timeout, true], { signal, isTaken })) as Outcome;
  }

  /** Behind all locks of threads, and in the same order in all processes. */
  protected override rank(): number {
    const { client, id } = this.#remote;
    return 2 ** 52 - Number.parseInt(client.server.slice(0, 5), 16) * 2 ** 32 - id;
  }

  /** What a recording tells of it; undefined: nobody records, or nothing is told. */
  get #traced(): TracedLock | undefined {
    return recorder === undefined ? undefined : tracedLock(this.#remote);
  }
}

/** A body of `withLockAsync` that runs or has run, and those around it. */
interface Section {
  readonly around: Section | undefined;
}

const sections = host.taskStorage<Section>();
/** By the locks' identities: which section of this isolate holds it. */
const holding = new Map<string, Section>();

/**
 * A lock in a manager that its holder, a thread of some process, may take again, and releases as often: `RLock`'s methods,
 * and its errors. Else like `ManagerLock`.
 * @see Python's `multiprocessing.managers.SyncManager.RLock`, behaviours 96 and 147.
 */
export class ManagerRLock extends ManagerLock {
  /**
   * Takes back one acquire; the last one frees the lock. Blocks for the moment it takes to ask.
   * @throws StateError this thread does not hold it
   */
  override release(): void {
    super.release();
  }

  /**
   * Runs `body`, which may be async, while holding the lock; does not block the thread. Inside the body, and in what it
   * calls and awaits, this thread's code takes the lock again without waiting, by any form but `acquireAsync` and
   * `holdAsync`.
   */
  override async withLockAsync<T>(body: () => T | Promise<T>): Promise<T> {
    const { identity } = this;
    if (this.#isInside()) {
      this.ask("again");
      try {
        return await body();
      } finally {
        this.release();
      }
    }
    return super.withLockAsync(async () => {
      const section: Section = { around: sections?.getStore() };
      holding.set(identity, section);
      try {
        return await (sections === undefined ? body() : sections.run(section, body));
      } finally {
        if (holding.get(identity) === section) holding.delete(identity);
      }
    });
  }

  /** Code of the section does not take the lock again meanwhile, and does so again afterwards. @internal */
  override async whileAway<T>(wait: () => Promise<T>): Promise<T> {
    if (!this.#isInside()) return wait();
    const { identity } = this;
    const section = holding.get(identity) as Section;
    holding.delete(identity);
    try {
      return await wait();
    } finally {
      holding.set(identity, section);
    }
  }

  protected override take(deadline: Deadline): Outcome {
    return this.#again() ?? super.take(deadline);
  }

  protected override tryTake(): Outcome {
    return this.#again() ?? super.tryTake();
  }

  #again(): Outcome | undefined {
    if (!this.#isInside()) return undefined;
    this.ask("again");
    return "taken";
  }

  /** Whether the running code belongs to the section that holds the lock. */
  #isInside(): boolean {
    const holder = holding.get(this.identity);
    if (holder === undefined) return false;
    for (let section = sections?.getStore(); section !== undefined; section = section.around) {
      if (section === holder) return true;
    }
    return false;
  }
}

defineProxy(ManagerLock, "lock");
defineProxy(ManagerRLock, "rlock");
