/** Locks and conditions in a manager's server. Clients that wait are served in the order of arrival. */
import { StateError } from "../../errors.js";
import type { Outcome } from "../../mutex.js";
import { timerOf } from "../broker-queue.js";
import { type Abandonable, type Call, LATER, type Methods, Served, type ServedClient } from "./served.js";

/** Who has a lock, and as what. */
interface Tenure {
  readonly client: ServedClient;
  /** An async task of the client has it, and not its thread: nobody takes it again then. */
  readonly byTask: boolean;
  /** How often more than once it was taken. */
  depth: number;
}

interface Waiting {
  readonly tenure: Tenure;
  readonly grant: (outcome: Outcome) => void;
}

export class ServedLock extends Served implements Abandonable {
  override readonly kind: string;
  override readonly methods: Methods<ServedLock> = LOCK_METHODS;
  readonly #isReentrant: boolean;
  #tenure: Tenure | undefined;
  #isAbandoned = false;
  readonly #waiting = new Set<Waiting>();

  constructor(isReentrant: boolean) {
    super();
    this.#isReentrant = isReentrant;
    this.kind = isReentrant ? "rlock" : "lock";
  }

  get isHeld(): boolean {
    return this.#tenure !== undefined;
  }

  /** Who has it, as its client has described itself; empty: nobody, or nobody knows. */
  get holder(): string {
    return this.#tenure?.client.holder ?? "";
  }

  acquire(call: Call): unknown {
    const [timeout, byTask] = call.args as [number, boolean];
    const { client } = call;
    if (this.#tenure === undefined) return this.#give({ client, byTask, depth: 0 });
    const isOwn = this.#tenure.client === client;
    if (isOwn && this.#isReentrant && !byTask && !this.#tenure.byTask) {
      this.#tenure.depth++;
      return "taken";
    }
    if (isOwn && !byTask && this.#tenure.byTask && timeout === Number.POSITIVE_INFINITY) {
      throw new StateError("This wait would never end: an async task of this thread holds the lock.");
    }
    if (!(timeout > 0)) return "timeout";
    const giveUp = this.#wait({ client, byTask, depth: 0 }, (outcome) => {
      clearTimeout(timer);
      call.answer(outcome);
    });
    const timer = timerOf(timeout, () => {
      giveUp();
      call.answer("timeout");
    });
    call.whenGivenUp(() => {
      clearTimeout(timer);
      giveUp();
      return undefined;
    });
    return LATER;
  }

  /** Once more, for the task that has it. */
  again(call: Call): void {
    this.#owned(call.client).depth++;
  }

  release(call: Call): void {
    const tenure = this.#isReentrant ? this.#owned(call.client) : this.#tenure;
    if (tenure === undefined) throw new StateError("release() of a lock that nobody holds.");
    if (tenure.depth > 0) tenure.depth--;
    else this.#free();
  }

  /** For a condition: gives the lock away, however often it was taken. @throws StateError the client does not hold it */
  leave(client: ServedClient, what: string): Tenure {
    const tenure = this.#tenure;
    if (tenure?.client !== client) throw new StateError(`${what} needs the condition's lock: acquire it first.`);
    this.#free();
    return tenure;
  }

  /** For a condition: @throws StateError the client does not hold it */
  check(client: ServedClient, what: string): void {
    if (this.#tenure?.client === client) return;
    throw new StateError(`${what} needs the condition's lock: acquire it first.`);
  }

  /** For a condition: takes the lock as it was had before. The result gives the wait up. */
  retake(tenure: Tenure, grant: (outcome: Outcome) => void): () => void {
    if (this.#tenure !== undefined) return this.#wait(tenure, grant);
    grant(this.#give(tenure));
    return () => {};
  }

  abandon(client: ServedClient): void {
    if (this.#tenure?.client !== client) return;
    this.#isAbandoned = true;
    this.#free();
  }

  #owned(client: ServedClient): Tenure {
    if (this.#tenure?.client === client) return this.#tenure;
    throw new StateError("release() of an RLock that this thread does not hold.");
  }

  #give(tenure: Tenure): Outcome {
    this.#tenure = tenure;
    tenure.client.held.add(this);
    const outcome = this.#isAbandoned ? "abandoned" : "taken";
    this.#isAbandoned = false;
    return outcome;
  }

  #free(): void {
    this.#tenure?.client.held.delete(this);
    this.#tenure = undefined;
    const [next] = this.#waiting;
    if (next === undefined) return;
    this.#waiting.delete(next);
    next.grant(this.#give(next.tenure));
  }

  /** The result gives the wait up. */
  #wait(tenure: Tenure, grant: (outcome: Outcome) => void): () => void {
    const waiting: Waiting = { tenure, grant };
    this.#waiting.add(waiting);
    return () => void this.#waiting.delete(waiting);
  }
}

const LOCK_METHODS: Methods<ServedLock> = {
  acquire: (lock, call) => lock.acquire(call),
  again: (lock, call) => lock.again(call),
  release: (lock, call) => lock.release(call),
  locked: (lock) => lock.isHeld,
  holder: (lock) => lock.holder,
};

/** Whether a wait ended because somebody notified, and how the lock came back. */
export type WaitOutcome = readonly [isNotified: boolean, lock: Outcome];

export class ServedCondition extends Served {
  override readonly kind = "condition";
  override readonly methods: Methods<ServedCondition> = CONDITION_METHODS;
  readonly lock: ServedLock;
  readonly #waiting = new Set<(isNotified: boolean) => void>();

  constructor(lock: ServedLock) {
    super();
    this.lock = lock;
  }

  wait(call: Call): unknown {
    const [timeout] = call.args as [number];
    const tenure = this.lock.leave(call.client, "wait()");
    let giveUp: () => void = () => void this.#waiting.delete(wake);
    const wake = (isNotified: boolean): void => {
      clearTimeout(timer);
      this.#waiting.delete(wake);
      giveUp = this.lock.retake(tenure, (lock) => call.answer([isNotified, lock] satisfies WaitOutcome));
    };
    const timer = timerOf(timeout, () => wake(false));
    this.#waiting.add(wake);
    call.whenGivenUp((why) => {
      clearTimeout(timer);
      // Whoever waits no more has the lock again before it goes on.
      if (why === "cancelled" && this.#waiting.has(wake)) wake(false);
      if (why === "left") giveUp();
      return "answers";
    });
    return LATER;
  }

  notify(call: Call): void {
    const [count] = call.args as [number];
    this.lock.check(call.client, "notify()");
    for (const wake of [...this.#waiting].slice(0, count)) wake(true);
  }
}

const CONDITION_METHODS: Methods<ServedCondition> = {
  lock: ({ lock }) => lock,
  wait: (condition, call) => condition.wait(call),
  notify: (condition, call) => condition.notify(call),
};
