import type { HeldLock } from "../facts/locksets.js";
import { oncePer } from "../model/once-per.js";
import { contains, isFamily, type Path, pathKey } from "../model/path.js";
import type { AccessSummary, AcquireSummary, PauseSummary, SignalSummary } from "./summary.js";
import type { Execution, Thread } from "./threads.js";

/** A wait without end that no other code of the program can end. */
export interface UnheardWait {
  readonly thread: Thread;
  readonly pause: PauseSummary & { readonly on: Path };
  /** Where the value changes that is waited for, without waking anybody. */
  readonly changes: readonly (SignalSummary | AccessSummary)[];
  /** Where somebody is woken who waits on another element of the same array. */
  readonly misses: readonly SignalSummary[];
}

/** A thread that stops until something is told that only its own event loop would tell. */
export interface SelfWait {
  readonly thread: Thread;
  readonly pause: PauseSummary & { readonly on: Path };
  readonly signal: SignalSummary;
}

/** A wait under a lock for something that needs the lock. */
export interface LockedWait {
  readonly thread: Thread;
  readonly pause: PauseSummary;
  readonly held: HeldLock;
  readonly other: Thread;
  /** Where the other thread takes the lock. */
  readonly need: Pick<AcquireSummary, "site" | "calls">;
  /** Where it would tell what is waited for; undefined where its end is waited for. */
  readonly signal: SignalSummary | undefined;
}

/** What has no end in sight: no timeout, at a time that is known, for something that has a name. */
function* endlessWaits(execution: Execution): Generator<{ thread: Thread; pause: PauseSummary & { on: Path } }> {
  for (const thread of [execution.entry, ...execution.threads]) {
    for (const pause of thread.pauses) {
      const { on } = pause;
      if (on && !pause.timed && !isFamily(on)) yield { thread, pause: { ...pause, on } };
    }
  }
}

/** Whether a signal may be the one that is waited for; an unknown channel may be any. */
function reaches({ on: told }: SignalSummary, on: Path): boolean {
  return !told || contains(told, on) || contains(on, told);
}

/**
 * Waits that nothing in the execution ends.
 * @param isToldElsewhere whether code outside the execution may tell something there
 */
export function findUnheardWaits(execution: Execution, isToldElsewhere: (on: Path) => boolean): UnheardWait[] {
  const threads = [execution.entry, ...execution.threads];
  const found: UnheardWait[] = [];
  for (const { thread, pause } of endlessWaits(execution)) {
    if (pause.for !== "told" || pause.uncertain) continue;
    const { on } = pause;
    if (threads.some(({ signals }) => signals.some((signal) => signal.wakes && reaches(signal, on)))) continue;
    if (isToldElsewhere(on)) continue;
    const stores = threads.flatMap((teller) =>
      teller.signals.filter((signal) => signal.on && reaches(signal, on)).map((change) => ({ teller, change })),
    );
    const writes = threads.flatMap((teller) =>
      teller.accesses
        .filter(({ object, cell, access, atomic }) => {
          if (atomic || access === "read") return false;
          const own = pathKey(object);
          return cell.kind === "index" ? pathKey(on) === `${own}.${cell.index}` : pathKey(on) === own;
        })
        .map((change) => ({ teller, change })),
    );
    const changes = [...stores, ...writes];
    // What was stored before the thread started is not waited for: the wait sees it and goes on.
    const mayComeLate = changes.filter(
      ({ teller, change }) => teller.spawn || !thread.spawn || change.running.includes(thread.id),
    );
    if (changes.length > 0 && mayComeLate.length === 0) continue;
    found.push({ thread, pause, changes: mayComeLate.map(({ change }) => change), misses: missesOf(threads, on) });
  }
  return found;
}

/** Who wakes waiters of another element of the array. */
function missesOf(threads: readonly Thread[], on: Path): readonly SignalSummary[] {
  if (!isElement(on)) return [];
  const array: Path = { ...on, steps: on.steps.slice(0, -1) };
  return threads.flatMap(({ signals }) =>
    signals.filter((signal) => signal.wakes && signal.on && isElement(signal.on) && contains(array, signal.on)),
  );
}

/** Whether it is known which element of an array it is. */
function isElement({ steps }: Path): boolean {
  return /^\d+$/.test(steps.at(-1) ?? "");
}

/** Waits that stop a thread although only its own listeners and timers would end them. */
export const findSelfWaits = oncePer((execution: Execution): readonly SelfWait[] => {
  const threads = [execution.entry, ...execution.threads];
  const found: SelfWait[] = [];
  for (const { thread, pause } of endlessWaits(execution)) {
    if (pause.for !== "told" || !pause.stops || pause.later || pause.uncertain || thread.overlapsItself) continue;
    const signals = threads.flatMap((teller) =>
      teller.signals.filter((each) => each.wakes && reaches(each, pause.on)).map((signal) => ({ teller, signal })),
    );
    const isOwn = signals.every(
      ({ teller, signal }) => teller === thread && signal.on && signal.later && !signal.uncertain,
    );
    const [first] = signals;
    if (first && isOwn) found.push({ thread, pause, signal: first.signal });
  }
  return found;
});

/** Waits under a lock that whoever would end them must take first. */
export const findLockedWaits = oncePer((execution: Execution): readonly LockedWait[] => {
  const found: LockedWait[] = [];
  for (const { thread, pause } of endlessWaits(execution)) {
    if (pause.uncertain || pause.later) continue;
    for (const held of pause.held) {
      // A condition gives its own lock back while it waits.
      if (pathKey(held.lock) === pathKey(pause.on)) continue;
      // A lock that stops threads, held while a promise is awaited, is a defect of its own.
      if (!pause.stops && !held.async) continue;
      const wait =
        pause.for === "ended" ? endedUnder(execution, thread, pause, held) : toldUnder(execution, thread, pause, held);
      if (wait) found.push(wait);
    }
  }
  return found;
});

function endedUnder(
  { threads }: Execution,
  thread: Thread,
  pause: PauseSummary & { on: Path },
  held: HeldLock,
): LockedWait | undefined {
  const key = pathKey(pause.on);
  for (const other of threads) {
    const spawn = other.spawn?.spawn;
    const { handle } = other.spawn ?? {};
    const isAwaited = (handle && pathKey(handle) === key) || (spawn?.owner && pathKey(spawn.owner) === key);
    // Started under the lock it needs, or before: either way it may not have had the lock yet.
    if (!isAwaited || other === thread) continue;
    const need = other.acquires.find((acquire) => takes(acquire, held) && acquire.chosen.length === 0);
    if (need) return { thread, pause, held, other, need, signal: undefined };
  }
  return undefined;
}

function toldUnder(
  { entry, threads }: Execution,
  thread: Thread,
  pause: PauseSummary & { on: Path },
  held: HeldLock,
): LockedWait | undefined {
  const key = pathKey(held.lock);
  let wait: LockedWait | undefined;
  for (const other of [entry, ...threads]) {
    for (const signal of other.signals) {
      if (!signal.wakes || !reaches(signal, pause.on)) continue;
      if (!signal.on || signal.uncertain) return undefined;
      if (other === thread && !thread.overlapsItself) return undefined;
      const outer = signal.held.find(({ lock }) => pathKey(lock) === key);
      if (!outer) return undefined;
      wait ??= { thread, pause, held, other, need: { site: outer.site, calls: signal.calls }, signal };
    }
  }
  return wait;
}

/** Whether the lock is taken without giving up, by a thread that has not got it. */
function takes(acquire: AcquireSummary, held: HeldLock): boolean {
  const key = pathKey(held.lock);
  if (pathKey(acquire.lock) !== key || acquire.patience !== "blocking" || acquire.uncertain || acquire.later)
    return false;
  return !acquire.held.some(({ lock }) => pathKey(lock) === key);
}
