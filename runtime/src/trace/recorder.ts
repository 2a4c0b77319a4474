/** What a thread writes about itself while a recording runs. It never waits: what finds no room is counted. */
import { host } from "#host";
import { words as cells, GENERATION, KIND, KINDS, MADE_AT } from "../arena.js";
import { now } from "../clock.js";
import { isLockKind, isWanted, ownerOf } from "../owner.js";
import { self } from "../self.js";
import { IDENT } from "../thread-cell.js";
import { EVENTS, FLAGS, SIGNALLED, TIERS } from "./format.js";
import { HeldBack } from "./held-back.js";
import { labelOf } from "./label.js";
import {
  BEGAN,
  DROPPED,
  FIRST,
  GENERATION_OF,
  HELD,
  HELD_MAX,
  HELD_TABLE,
  MOST_EVENTS,
  OBJECT,
  OBJECT_KIND_SHIFT,
  ORIGIN,
  READ,
  RECORD_WORDS,
  RINGS,
  ringOf,
  ringSize,
  SECOND,
  SITE,
  SLOT_IDENT,
  SLOT_LIVE,
  SLOT_STATE,
  SLOT_THREAD,
  SLOT_WORKER,
  slotAt,
  TIER,
  WHAT,
  WRITTEN,
} from "./session.js";
import { siteOfCaller } from "./site-of-caller.js";
import { claimSlot, closeSlot } from "./slot.js";

/**
 * How often the place of an uncontended acquire is looked up, for each lock in each thread: it costs microseconds, of which
 * deep stacks want more. Beyond that, so seldom that it takes one part of so many of the thread's time.
 */
const SITES_PER_LOCK = 8;
const SITE_SHARE = 256;
/** Nanoseconds that no lookup takes, unless the thread lost its core meanwhile. */
const LONG_LOOKUP = 50_000;
const LOCK_CLASSES = 1024;
/** Nanoseconds for which a thread's events are counted, and for which it is recorded sparsely if they are too many. */
const WINDOW = 100e6;
const FULL = TIERS.indexOf("full");
const STATE = TIERS.indexOf("state");
const CONTENDED = TIERS.indexOf("contended");

/** Records this thread. */
export class Recorder {
  readonly #session: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #times: Float64Array;
  readonly #origin: number;
  readonly #slot: number;
  readonly #ring: number;
  readonly #ringSize: number;
  #written = 0;
  /** At least this many were read; looked up anew only when the ring seems full. */
  #read = 0;
  /** Records that found no room since the last one that did. */
  #missing = 0;
  #isClosed = false;
  readonly #hasRing: boolean;
  /** When something was recorded last: that spares a look at the clock. */
  #lastTime = 0;
  #nextSite = 0;
  readonly #sitesTaken = new Uint8Array(LOCK_CLASSES);
  /** The blocking wait this thread is in, or was in just before it got a lock. */
  #waitingFor = 0;
  #waitSite = 0;
  readonly #tier: number;
  /** Events of a window, and how many more there may be in this one, which began then. */
  readonly #mostEvents: number;
  #budget: number;
  #windowBegan = 0;
  /** Every event is recorded at present, and none is held back. */
  #isDense: boolean;
  /** Until when this thread is recorded sparsely, because it does so much; 0: it is not. */
  #sparseUntil = 0;
  /** Events that were left out, and not told so far. */
  #leftOut = 0;
  readonly #heldBack = new HeldBack((at, flags, site, time) => {
    if (this.#hasRoom()) this.#put(EVENTS.acquired | (flags << 8), at, site, 0, 0, time);
  });
  #asyncWaits = 0;
  #spans = 0;

  private constructor(session: SharedArrayBuffer, index: number) {
    this.#session = session;
    this.#words = new Int32Array(session);
    this.#times = new Float64Array(session);
    this.#origin = this.#times[ORIGIN >> 1] ?? 0;
    this.#slot = slotAt(index);
    this.#ring = ringOf(index);
    this.#ringSize = ringSize(index);
    this.#hasRing = index < RINGS;
    this.#tier = this.#words[TIER] ?? 0;
    this.#isDense = this.#tier === FULL;
    this.#mostEvents = Math.max(1, Math.floor((this.#words[MOST_EVENTS] ?? 0) * (WINDOW / 1e9)));
    this.#budget = this.#mostEvents;
    // As good as full.
    if (!this.#hasRing) this.#read = -this.#ringSize;
    this.#words.fill(0, this.#slot + SLOT_THREAD, slotAt(index + 1));
    this.#words[this.#slot + SLOT_THREAD] = self;
    this.#words[this.#slot + SLOT_WORKER] = host.workerId;
    this.#words[this.#slot + SLOT_IDENT] = Atomics.load(cells, self + IDENT);
    this.#times[(this.#slot + BEGAN) >> 1] = now() - this.#origin;
    Atomics.store(this.#words, this.#slot + SLOT_STATE, SLOT_LIVE);
  }

  /** Undefined: as many threads are recorded as can be. */
  static start(session: SharedArrayBuffer): Recorder | undefined {
    const index = claimSlot(new Int32Array(session));
    return index === undefined ? undefined : new Recorder(session, index);
  }

  /** This thread makes the lock, whose kind is not set so far. */
  made(at: number): void {
    cells[at + MADE_AT] = siteOfCaller();
  }

  /** This thread has the lock now. `timed`: it would not have waited for ever. */
  acquired(at: number, byTask: boolean, timed: boolean): void {
    const hasWaited = this.#waitingFor === at && at !== 0 && !byTask;
    const site = hasWaited ? this.#waitSite : this.#siteOf(at);
    this.#waitingFor = 0;
    const flags = (byTask ? FLAGS.async : 0) | (hasWaited ? FLAGS.contended : 0) | (timed ? FLAGS.timed : 0);
    if (this.#isDense) {
      this.#hold(at, site);
      this.#add(EVENTS.acquired | (flags << 8), at, site, 0, 0, this.#look());
      return;
    }
    const outer = this.#words[this.#slot + HELD] === 0 ? 0 : this.#lastHeld();
    this.#hold(at, site);
    if (this.#tier === STATE) return;
    if (!hasWaited && this.#isSparse() && this.#heldBack.take(at, flags, site, this.#look(), outer)) return;
    this.#write(EVENTS.acquired, flags, at, site, 0, 0);
  }

  /** Whoever holds the lock, this thread is about to give it back. */
  releases(at: number): void {
    this.#letGo(at);
    if (this.#isDense) {
      this.#add(EVENTS.released, at, 0, 0, 0, this.#look());
      return;
    }
    if (this.#tier === STATE) return;
    const mayBeShort = this.#isSparse() || !this.#heldBack.isEmpty;
    // Who waits is let go on by this, which is worth a record.
    if (mayBeShort && this.#heldBack.give(at, this.#look(), isWanted(at))) this.#leftOut += 2;
    else this.#write(EVENTS.released, 0, at, 0, 0, 0);
  }

  /** This thread is about to block on the cell. `how` is some of `FLAGS`. The result is the place in the source, a heap block. */
  waits(at: number, how: number): number {
    const site = siteOfCaller();
    this.#waitingFor = at;
    this.#waitSite = site;
    this.#write(EVENTS.waitBegan, how, at, site, waitsForThread(at), 0);
    return site;
  }

  waited(cameAbout: boolean): void {
    this.#write(EVENTS.waitEnded, 0, this.#waitingFor, 0, cameAbout ? 1 : 0, 0);
    if (!cameAbout) this.#waitingFor = 0;
  }

  /** A task of this thread waits for something. `how` is some of `FLAGS`. The result is to be called when that is over. */
  waitsAsync(at: number, how: number, site = siteOfCaller()): (cameAbout: boolean) => void {
    return this.#waitsAsync(at, how, site);
  }

  /** The same for a lock, which the task then has. */
  waitsForLock(at: number, how: number, site = siteOfCaller()): (cameAbout: boolean) => void {
    const waited = this.#waitsAsync(at, how, site);
    return (cameAbout) => {
      waited(cameAbout);
      if (!cameAbout) return;
      this.#hold(at, site);
      this.#write(EVENTS.acquired, FLAGS.async | FLAGS.contended | (how & FLAGS.timed), at, site, 0, 0);
    };
  }

  /** Whether what this thread does comes into the recording, and not only what it holds. */
  get isOfEvents(): boolean {
    return this.#tier !== STATE && this.#hasRing;
  }

  /** The number of the async wait that began last. */
  get asyncWaits(): number {
    return this.#asyncWaits;
  }

  /** Who waits for the lock is told who has it, as in holder.ts, empty for nobody; `wait` is the number of an async wait, else 0. */
  heldBy(at: number, holder: string, wait: number): void {
    if (holder !== "") this.#write(EVENTS.heldBy, 0, at, 0, labelOf(holder), wait);
  }

  /**
   * A condition was notified or an event set, which woke so many; or so many permits, or parties of a barrier, are about to let
   * others go on. `since` is when that began, by the clock: who was woken may have said so before this thread can.
   */
  notified(at: number, count: number, since = now()): void {
    const last = this.#lastTime;
    if (this.#leavesOut()) return;
    this.#write(EVENTS.notified, 0, at, this.#siteOf(at), count, 0, Math.max(last, since - this.#origin));
  }

  /** An event was cleared. `isSeen`: since it was set somebody saw that it is. */
  cleared(at: number, isSeen: boolean): void {
    if (this.#leavesOut()) return;
    this.#write(EVENTS.notified, FLAGS.cleared, at, 0, isSeen ? 1 : 0, 0);
  }

  /** A message of the queue was reported as dealt with. `left` is how many are not; below 0, it was one too many. */
  taskDone(at: number, left: number): void {
    if (this.#leavesOut()) return;
    this.#write(EVENTS.taskDone, 0, at, left < 0 ? siteOfCaller() : this.#siteOf(at), left + 1, 0);
  }

  /** Under the mutex of the queue: so many messages are in it now. */
  level(at: number, count: number): void {
    if (this.#leavesOut()) return;
    this.#write(EVENTS.level, 0, at, 0, count, 0);
  }

  /** A message was sent from that side of the channel, the cell, or came from it; 0 for what is not known. */
  message(at: number, side: number, number: number, isReceived: boolean): void {
    if (this.#leavesOut()) return;
    const site = isReceived ? 0 : this.#siteOf(at);
    this.#write(EVENTS.message, isReceived ? FLAGS.received : 0, at, site, number, side);
  }

  /** This thread begins something called so, a task of a pool, or for 0 anything. The result is to be called when that is over. */
  span(at: number, name: string): () => void {
    this.#spans = (this.#spans + 1) & 0x7fffffff;
    const number = this.#spans;
    this.#write(EVENTS.spanBegan, 0, at, at === 0 ? this.#siteOf(0) : 0, labelOf(name), number);
    return () => this.#write(EVENTS.spanEnded, 0, at, 0, 0, number);
  }

  /** The program says so. */
  marker(name: string): void {
    this.#write(EVENTS.marker, 0, 0, this.#siteOf(0), labelOf(name), 0);
  }

  /** This thread starts another. */
  started(thread: number): void {
    this.#write(EVENTS.threadStarted, 0, thread, 0, Atomics.load(cells, thread + IDENT), 0);
  }

  /** This thread started a process, whatever that runs. */
  processStarted(pid: number): void {
    this.#write(EVENTS.processStarted, 0, 0, siteOfCaller(), pid, 0);
  }

  /** A process that this thread started is over. `signal` is the number of the one that ended it, 0 for none. */
  processEnded(pid: number, exitCode: number, signal: number): void {
    this.#write(EVENTS.processEnded, 0, 0, 0, pid, signal === 0 ? 1 + (exitCode & 0xff) : SIGNALLED + signal);
  }

  /** Says how many events were left out so far, because they were too many or the tier is not for them. */
  tellLeftOut(): void {
    if (this.#leftOut === 0) return;
    const leftOut = this.#leftOut & 0x7fffffff;
    this.#leftOut = 0;
    this.#write(EVENTS.aggregated, 0, 0, 0, 0, leftOut);
  }

  /** Nothing is written after this: the slot may be another thread's soon. */
  close(): void {
    this.tellLeftOut();
    if (!this.#heldBack.isEmpty) this.#heldBack.flush();
    this.#isClosed = true;
    this.#read = (this.#written - this.#ringSize) | 0;
    closeSlot(this.#session, this.#slot);
  }

  #waitsAsync(at: number, how: number, site: number): (cameAbout: boolean) => void {
    this.#asyncWaits = (this.#asyncWaits + 1) & 0x7fffffff;
    const number = this.#asyncWaits;
    this.#write(EVENTS.waitBegan, how | FLAGS.async, at, site, waitsForThread(at), number);
    return (cameAbout) => this.#write(EVENTS.waitEnded, FLAGS.async, at, 0, cameAbout ? 1 : 0, number);
  }

  #siteOf(at: number): number {
    const which = (at >> 5) & (LOCK_CLASSES - 1);
    const taken = this.#sitesTaken[which] ?? 0;
    if (taken < SITES_PER_LOCK) this.#sitesTaken[which] = taken + 1;
    else if (this.#lastTime < this.#nextSite) return 0;
    const began = this.#look();
    const site = siteOfCaller();
    const ended = this.#look();
    this.#nextSite = ended + Math.min(ended - began, LONG_LOOKUP) * SITE_SHARE;
    return site;
  }

  /** Whether only what the tier `contended` has is worth a record now. */
  #isSparse(): boolean {
    if (this.#sparseUntil === 0) return this.#tier !== 0;
    if (this.#look() < this.#sparseUntil) return true;
    this.#sparseUntil = 0;
    this.#budget = this.#mostEvents;
    this.#windowBegan = this.#lastTime;
    // Also where that is nothing: a reader hears when it ended.
    this.#write(EVENTS.aggregated, 0, 0, 0, 0, this.#leftOut);
    this.#leftOut = 0;
    // Whatever was held back went before that.
    this.#isDense = this.#tier === FULL;
    return false;
  }

  /** Of what comes in numbers, and tells of no wait. True: it is not to be recorded. */
  #leavesOut(): boolean {
    if (!this.#isSparse()) return false;
    this.#leftOut++;
    return true;
  }

  /** The time. */
  #look(): number {
    this.#lastTime = now() - this.#origin;
    return this.#lastTime;
  }

  #write(
    kind: number,
    flags: number,
    object: number,
    site: number,
    first: number,
    second: number,
    time = this.#look(),
  ): void {
    if (this.#tier === STATE) return;
    if (!this.#heldBack.isEmpty) this.#heldBack.flush();
    this.#add(kind | (flags << 8), object, site, first, second, time);
  }

  /** Nothing is held back that would have to be recorded first. */
  #add(what: number, object: number, site: number, first: number, second: number, time: number): void {
    if (!this.#hasRoom()) return;
    this.#put(what, object, site, first, second, time);
    if (--this.#budget < 0 && this.#tier !== CONTENDED && this.#sparseUntil === 0) this.#spend();
  }

  /** As many events as there may be in a window: if it is not over yet, this thread is recorded sparsely for as long. */
  #spend(): void {
    this.#budget = this.#mostEvents;
    const isTooMuch = this.#lastTime - this.#windowBegan < WINDOW;
    this.#windowBegan = this.#lastTime;
    if (!isTooMuch) return;
    this.#write(EVENTS.aggregated, 0, 0, 0, WINDOW, 0);
    this.#sparseUntil = this.#lastTime + WINDOW;
    this.#isDense = false;
  }

  #hasRoom(): boolean {
    return ((this.#written - this.#read) | 0) < this.#ringSize || this.#findRoom();
  }

  #put(what: number, object: number, site: number, first: number, second: number, time: number): void {
    const words = this.#words;
    const at = this.#ring + (this.#written & (this.#ringSize - 1)) * RECORD_WORDS;
    this.#lastTime = time;
    this.#times[at >> 1] = time;
    // What the object is, too: it may be gone, or another one, when somebody looks.
    words[at + WHAT] = what | ((cells[object + KIND] ?? 0) << OBJECT_KIND_SHIFT);
    words[at + OBJECT] = object;
    words[at + GENERATION_OF] = cells[object + GENERATION] ?? 0;
    words[at + SITE] = site;
    words[at + FIRST] = first;
    words[at + SECOND] = second;
    this.#written = (this.#written + 1) | 0;
    // Published last: the collector reads records up to here.
    Atomics.store(words, this.#slot + WRITTEN, this.#written);
  }

  /** False: the ring is full, and what was to be written is counted. Room for two is enough, one of them for the gap. */
  #findRoom(): boolean {
    if (this.#isClosed) return false;
    if (!this.#hasRing) {
      Atomics.add(this.#words, this.#slot + DROPPED, 1);
      return false;
    }
    this.#read = Atomics.load(this.#words, this.#slot + READ);
    if (((this.#written - this.#read) | 0) > this.#ringSize - 2) {
      this.#missing++;
      Atomics.add(this.#words, this.#slot + DROPPED, 1);
      return false;
    }
    if (this.#missing > 0) this.#put(EVENTS.gap, 0, 0, this.#missing, 0, this.#look());
    this.#missing = 0;
    return true;
  }

  #lastHeld(): number {
    return this.#words[this.#slot + HELD_TABLE + ((this.#words[this.#slot + HELD] ?? 0) - 1) * 2] ?? 0;
  }

  #hold(at: number, site: number): void {
    const words = this.#words;
    let held = words[this.#slot + HELD] ?? 0;
    if (held === HELD_MAX) {
      // Those that others released are still here.
      this.#keepOwn();
      held = words[this.#slot + HELD] ?? 0;
      if (held === HELD_MAX) return;
    }
    const entry = this.#slot + HELD_TABLE + held * 2;
    words[entry] = at;
    words[entry + 1] = site;
    // Plain stores: the record that follows publishes them, and who reads in between asks the lock who holds it.
    words[this.#slot + HELD] = held + 1;
  }

  #letGo(at: number): void {
    const words = this.#words;
    const held = words[this.#slot + HELD] ?? 0;
    const table = this.#slot + HELD_TABLE;
    let i = held - 1;
    while (i >= 0 && words[table + i * 2] !== at) i--;
    if (i < 0) return;
    if (i < held - 1) words.copyWithin(table + i * 2, table + i * 2 + 2, table + held * 2);
    words[this.#slot + HELD] = held - 1;
  }

  #keepOwn(): void {
    const table = this.#slot + HELD_TABLE;
    for (let i = HELD_MAX - 1; i >= 0; i--) {
      const at = this.#words[table + i * 2] ?? 0;
      if (ownerOf(at) !== self) this.#letGo(at);
    }
  }
}

/** The thread that holds the lock, or that is joined; 0 for none. */
function waitsForThread(at: number): number {
  const kind = cells[at + KIND];
  const thread = isLockKind(kind ?? 0) ? ownerOf(at) : kind === KINDS.thread ? at : 0;
  return at === 0 || thread === 0 ? 0 : Atomics.load(cells, thread + IDENT);
}
