/** Waiting for what others do: ask, wait for a word, ask again. */
import { inTime, Late, pauseFor } from "../engine/deadlines.js";
import { type Call, Cancelled } from "../engine/engine-thread.js";
import type { Session } from "./session.js";

/** How something is waited for. Asking twice is as good as once. */
export interface Wait<T> {
  /** By which others find who waits. */
  readonly ticket: string;
  /** Undefined: not yet. */
  ask(deadline: number): Promise<T | undefined>;
  /** Waits no more. What it returns has come about meanwhile. */
  leave(deadline: number): Promise<T | undefined>;
  /** Undoes what came about for nobody; without it, that counts, although the call was cancelled. */
  undo?(outcome: T): Promise<void>;
  /** Milliseconds after which to look without a word. */
  patience?(): number;
}

/** Without a word: one may be lost with a connection. */
const LOOK_AFTER = 1000;
/** Milliseconds to leave a server alone that does not answer. */
const LONG = 60_000;
/** Milliseconds that the end of a timeout may be put off by a server that does not answer. */
const SHORT = 500;

/**
 * What came about within so many milliseconds, 0 for a look. Undefined: nothing. `first`: the look begins a wait of so many
 * milliseconds, and so waits as long for a server that does not answer. @throws Cancelled @throws ConnectionClosedError
 */
export async function waitFor<T>(
  session: Session,
  call: Call,
  timeout: number,
  wait: Wait<T>,
  first?: number,
): Promise<T | undefined> {
  const end = performance.now() + (first ?? timeout);
  const isTimed = timeout > 0 || first !== undefined;
  const abandon = async (): Promise<void> => {
    try {
      const outcome = await wait.leave(performance.now() + LONG);
      if (outcome !== undefined) await wait.undo?.(outcome);
    } catch {
      // The server is away: what this client has there ends with its lease.
    }
  };
  /** The time is up, or the server does not answer: what has come about nevertheless. */
  const leave = async (): Promise<T | undefined> => {
    try {
      const until = performance.now() + SHORT;
      return await inTime(wait.leave(until), until);
    } catch (error) {
      if (!(error instanceof Late)) throw error;
      void abandon();
      return undefined;
    }
  };
  const cancel = async (): Promise<T> => {
    const outcome = await leave();
    if (outcome !== undefined && wait.undo === undefined) return outcome;
    if (outcome !== undefined) await wait.undo?.(outcome);
    throw new Cancelled();
  };
  // Who waits for long asks often, and each time would leave something at a signal that may never come.
  let tellCancelled = (): void => {};
  call.cancelled.addEventListener("abort", () => tellCancelled(), { once: true });
  for (;;) {
    const word = session.listen(wait.ticket);
    const cancelled = new Promise<void>((resolve) => {
      tellCancelled = resolve;
      if (call.cancelled.aborted) resolve();
    });
    try {
      const deadline = isTimed ? end : session.soon();
      const asked = inTime(wait.ask(deadline), deadline);
      let outcome: T | undefined;
      try {
        outcome = await Promise.race([asked, cancelled.then(() => Promise.reject(new Cancelled()))]);
      } catch (error) {
        if (error instanceof Late && isTimed) return await leave();
        if (error instanceof Cancelled) return await cancel();
        if (error instanceof Late) void abandon();
        throw error;
      }
      if (outcome !== undefined || timeout <= 0) return outcome;
      const left = end - performance.now();
      const pause = Math.min(left, wait.patience?.() ?? LOOK_AFTER);
      if (left > 0) await Promise.race([word.heard, pauseFor(pause), cancelled]);
      if (call.cancelled.aborted) return await cancel();
      if (end - performance.now() < 1) return await leave(); // timers are early at times
    } finally {
      word.stop();
    }
  }
}
