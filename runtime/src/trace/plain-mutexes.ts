/**
 * Mutexes of the package async-mutex, in programs that know nothing of a recorder: who has and who wants them. All that it
 * makes rests on two methods of its semaphores. They stop no thread: tasks wait, and the thread goes on.
 */
import { allocateCell, KIND, KINDS, MUTEX, release, words } from "../arena.js";
import { mine } from "../mutex.js";
import { passOver } from "../place.js";
import { self } from "../self.js";
import { FLAGS } from "./format.js";
import { recorder } from "./hook.js";
import { Agent, followPromises, isResultOf, type MutexWait, MutexWaits, onceSettled } from "./mutex-agents.js";
import { named, replace } from "./replacing.js";
import { siteOfCaller } from "./site-of-caller.js";
import { reportStuck } from "./stuck.js";

/** As the package describes its semaphores. */
interface Semaphore {
  getValue(): number;
  acquire(weight?: number, priority?: number): Promise<unknown>;
  release(weight?: number): void;
  cancel?(): void;
}

/** What the package exports. */
export interface MutexPackage {
  readonly Semaphore?: { readonly prototype: Semaphore };
  readonly Mutex?: { readonly prototype: { acquire(priority?: number): Promise<unknown> } };
}

/** Semaphores that are told apart in a thread at the same time. */
const MOST = 4096;
/** In a mutex's word, beside its owner: a task has it. */
const BY_TASK = 8;
/** How often it is looked who acquires a mutex that is free. */
const LOOKS = 8;

interface Known {
  /** The cell that stands for it; 0 for none. */
  readonly at: number;
  /** It had one permit when it was seen first: then whoever has that keeps all others out. */
  readonly isLock: boolean;
  holder: Agent | undefined;
  looks: number;
  /** Somebody gives up after a while. */
  isTimed: boolean;
}

interface Wait extends MutexWait {
  readonly at: number;
  readonly site: number;
}

const known = new WeakMap<Semaphore, Known>();
const seen = new WeakSet<object>();
const freed = new FinalizationRegistry<number>((at) => {
  count--;
  release(at);
});
let count = 0;
let waits: MutexWaits<Wait> | undefined;
/** The acquire that was asked for last. */
let asked: Agent | undefined;
/** What settles now is rejected. */
let isCancelling = false;

/** Records what this copy of the package does from here on. It may be asked for more than once. */
export function recordMutexes({ Semaphore, Mutex }: MutexPackage): void {
  const semaphores = Semaphore?.prototype;
  if (typeof semaphores?.acquire !== "function" || typeof semaphores.getValue !== "function") return;
  if (seen.has(semaphores)) return;
  seen.add(semaphores);
  passOver(PACKAGES);
  followPromises();
  waits ??= new MutexWaits((cycle) => reportStuck(self, cycle));
  replaceAcquire(semaphores);
  replaceRelease(semaphores);
  if (typeof semaphores.cancel === "function") replaceCancel(semaphores, semaphores.cancel);
  if (typeof Mutex?.prototype.acquire === "function") replaceMutexAcquire(Mutex.prototype);
}

/** Of which no file is the program's own. */
const PACKAGES = /[\\/]node_modules[\\/](?:async-mutex|tslib)[\\/]/;

function replaceAcquire(prototype: Semaphore): void {
  const { acquire } = prototype;
  const recorded: Semaphore["acquire"] = function (this: Semaphore, ...args) {
    const free = this.getValue();
    const lock = recorder === undefined ? undefined : knownOf(this, free);
    const agent = new Agent();
    asked = agent;
    const result = acquire.apply(this, args);
    if (recorder === undefined || lock === undefined) return result;
    isResultOf(result, agent);
    if (this.getValue() < free) {
      if (lock.isLock) got(lock, agent);
      return result;
    }
    lock.isTimed = hasTimeout();
    const site = siteOfCaller();
    const how = lock.isTimed ? FLAGS.timed : 0;
    const over = lock.isLock ? recorder.waitsForLock(lock.at, how, site) : recorder.waitsAsync(lock.at, how, site);
    const wait: Wait = { at: lock.at, site, agent, holder: () => lock.holder };
    if (lock.isLock && !lock.isTimed) waits?.add(wait);
    onceSettled(result, () => {
      waits?.delete(wait);
      if (lock.isLock && !isCancelling) take(lock, agent);
      over(!isCancelling);
    });
    return result;
  };
  replace(prototype, "acquire", named(recorded, acquire));
}

function replaceRelease(prototype: Semaphore): void {
  const { release: give } = prototype;
  const recorded: Semaphore["release"] = function (this: Semaphore, ...args) {
    const lock = known.get(this);
    if (lock?.holder !== undefined) {
      // Before, because the next one in the queue gets it in there.
      recorder?.releases(lock.at);
      lock.holder.holds = false;
      lock.holder = undefined;
      Atomics.store(words, lock.at + MUTEX, 0);
    }
    give.apply(this, args);
  };
  replace(prototype, "release", named(recorded, give));
}

function replaceCancel(prototype: Semaphore, cancel: () => void): void {
  const recorded = function (this: Semaphore): void {
    isCancelling = true;
    try {
      cancel.call(this);
    } finally {
      isCancelling = false;
    }
  };
  replace(prototype, "cancel", named(recorded, cancel));
}

/** Its result is another promise than the one of its semaphore, and what goes on behind it belongs to the same acquire. */
function replaceMutexAcquire(prototype: { acquire(priority?: number): Promise<unknown> }): void {
  const { acquire } = prototype;
  const recorded: typeof acquire = function (this: unknown, ...args) {
    asked = undefined;
    const result = acquire.apply(this as typeof prototype, args);
    if (asked !== undefined) isResultOf(result, asked);
    return result;
  };
  replace(prototype, "acquire", named(recorded, acquire));
}

/** Taken without a wait. */
function got(lock: Known, agent: Agent): void {
  if (lock.looks < LOOKS) {
    lock.looks++;
    lock.isTimed ||= hasTimeout();
  }
  take(lock, agent);
  recorder?.acquired(lock.at, true, lock.isTimed);
}

function take(lock: Known, agent: Agent): void {
  lock.holder = agent;
  agent.holds = true;
  Atomics.store(words, lock.at + MUTEX, mine | BY_TASK);
}

function knownOf(semaphore: Semaphore, free: number): Known {
  let found = known.get(semaphore);
  if (found === undefined) {
    const at = count < MOST ? allocateCell() : 0;
    const isLock = at !== 0 && free === 1;
    if (at !== 0) {
      count++;
      freed.register(semaphore, at);
      Atomics.store(words, at + KIND, isLock ? KINDS.lock : KINDS.semaphore);
    }
    found = { at, isLock, holder: undefined, looks: 0, isTimed: false };
    known.set(semaphore, found);
  }
  return found;
}

/** Whether the package's own `withTimeout` asks: then somebody gives up although the semaphore knows nothing of it. */
function hasTimeout(): boolean {
  const { prepareStackTrace, stackTraceLimit } = Error;
  Error.stackTraceLimit = 16;
  Error.prepareStackTrace = (_, sites) => sites.some(isGivingUp);
  const found = new Error().stack as unknown;
  Error.prepareStackTrace = prepareStackTrace;
  Error.stackTraceLimit = stackTraceLimit;
  return found === true;
}

function isGivingUp(site: NodeJS.CallSite): boolean {
  const file = site.getFileName() ?? "";
  if (!/[\\/]async-mutex[\\/]/.test(file)) return false;
  if (/withTimeout\.[cm]?js$/.test(file)) return true;
  const method = site.getFunctionName() ?? "";
  return /(?:^|\.)acquire$/.test(method) && !/^(?:Semaphore|Mutex)$/.test(site.getTypeName() ?? "");
}
