/** Reads the rings and writes chunks: defines what events refer to before they do, and packs the events. */
import { words as cells, GENERATION, KIND, KINDS, MADE_AT } from "../arena.js";
import { roomOf } from "../channel-cell.js";
import { now } from "../clock.js";
import { workerOf } from "../message-channel.js";
import { eachName } from "../names.js";
import { poolSize, poolTitle } from "../pool-cell.js";
import { remoteName, remoteShared, standsFor } from "../remote-cell.js";
import { readText } from "../text.js";
import { IDENT, NAME } from "../thread-cell.js";
import { ChunkWriter } from "./chunk-writer.js";
import type { Deadlock } from "./deadlock-watch.js";
import { CHUNKS, ESCAPED, ESCAPED_SHIFT, EVENTS, FIELD_BITS } from "./format.js";
import {
  BEGAN,
  DROPPED,
  ENDED_AT,
  FIRST,
  GENERATION_OF,
  HELD,
  HELD_TABLE,
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
  SLOT_CLOSED,
  SLOT_FREE,
  SLOT_IDENT,
  SLOT_LIVE,
  SLOT_STATE,
  SLOT_THREAD,
  SLOT_WORKER,
  slotAt,
  UNRECORDED,
  WHAT,
  WRITTEN,
} from "./session.js";
import { slotsUsed } from "./slot.js";
import { type Place, sourcePlace } from "./source-place.js";

/** Events of a chunk, at most: what a damaged file loses, and how much of a ring is given back at once. */
const CHUNK_EVENTS = 4096;
/** Bytes of an event, at most. */
const EVENT_BYTES = 40;
/** Nanoseconds after which a reader is told that the recorder is alive although nothing happens. */
const MARK_EVERY = 500e6;
/** The same between two looks at all names. */
const NAMES_EVERY = 100e6;
/** The same between two gaps of a thread of which nothing is recorded. */
const GAP_EVERY = 100e6;

interface KnownObject {
  readonly id: number;
  readonly generation: number;
}

export class Spool {
  readonly #words: Int32Array;
  readonly #times: Float64Array;
  readonly #withEvents: boolean;
  /** Definitions go to the file before the events that were packed in the same round. */
  readonly #definitions = new ChunkWriter();
  readonly #events = new ChunkWriter();
  readonly #objects = new Map<number, KnownObject>();
  #objectCount = 0;
  /** By heap block: every thread has its own for the same place. */
  readonly #sites = new Map<number, number>();
  readonly #siteIds = new Map<string, number>();
  /** By heap block, and by text. */
  readonly #labels = new Map<number, number>();
  readonly #labelIds = new Map<string, number>();
  /** What each slot's thread was called when it was last written down. */
  readonly #slotNames: (string | undefined)[] = [];
  /** The heap block that it was read from. Another name may come to stand in it, so it is read again now and then. */
  readonly #slotNameBlocks: number[] = [];
  #nextNames = 0;
  readonly #names = new Map<number, string>();
  #newestName = 0;
  #droppedBefore = 0;
  /** Of slots without rings: what was told to be missing, and when more may be told. */
  readonly #droppedOf: number[] = [];
  readonly #nextGap: number[] = [];
  #nextMark = 0;

  constructor(session: SharedArrayBuffer, withEvents: boolean) {
    this.#words = new Int32Array(session);
    this.#times = new Float64Array(session);
    this.#withEvents = withEvents;
  }

  /** Reads all rings. The result is how many records there were. */
  drain(): number {
    let drained = 0;
    const time = now();
    if (time >= this.#nextNames) {
      this.#nextNames = time + NAMES_EVERY;
      this.#slotNameBlocks.length = 0;
    }
    for (let index = 0; index < slotsUsed(this.#words); index++) {
      const slot = slotAt(index);
      // Read before the ring: who closed it writes no more.
      const state = Atomics.load(this.#words, slot + SLOT_STATE);
      if (state !== SLOT_LIVE && state !== SLOT_CLOSED) continue;
      this.#define(index, slot);
      drained += this.#drainRing(index, slot);
      if (state === SLOT_CLOSED) this.#free(index, slot);
    }
    return drained;
  }

  /** After `drain`, with a moment before it: says that all from before that moment is written. */
  drainedUpTo(time: number): void {
    if (this.#definitions.length + this.#events.length === 0 && time < this.#nextMark) return;
    this.#nextMark = time + MARK_EVERY;
    this.#events.chunk(CHUNKS.drained, whole(time));
  }

  /** Hands over the chunks made since the last time. The result is valid until the next call of any method. */
  take(): Uint8Array {
    const definitions = this.#definitions.take();
    const events = this.#events.take();
    if (definitions.length === 0) return events;
    if (events.length === 0) return definitions;
    const both = new Uint8Array(definitions.length + events.length);
    both.set(definitions);
    both.set(events, definitions.length);
    return both;
  }

  deadlock(parties: Deadlock, time: number): void {
    const fields = parties.flatMap(({ thread, object, site, owner }) => [
      identOf(thread),
      this.#objectId(object, cells[object + GENERATION] ?? 0),
      this.#siteId(site),
      identOf(owner),
      this.#siteId(this.takenAt(owner, object)),
    ]);
    const tasks = parties.map(({ isTask }) => (isTask === true ? 1 : 0));
    const ofTasks = tasks.some((flag) => flag === 1) ? tasks : [];
    this.#events.chunk(CHUNKS.deadlock, whole(time), parties.length, ...fields, ...ofTasks);
  }

  end(time: number, reason: number, exitCode: number): void {
    let dropped = this.#droppedBefore;
    for (let index = 0; index < slotsUsed(this.#words); index++) {
      const state = Atomics.load(this.#words, slotAt(index) + SLOT_STATE);
      if (state === SLOT_LIVE) dropped += Atomics.load(this.#words, slotAt(index) + DROPPED) >>> 0;
    }
    const unrecorded = Atomics.load(this.#words, UNRECORDED);
    this.#events.chunk(CHUNKS.end, whole(time), reason, exitCode & 0xff, dropped, unrecorded);
  }

  /** Where the thread took the lock that it holds, a heap block; 0 if that was not recorded. */
  takenAt(thread: number, lock: number): number {
    for (let index = 0; index < slotsUsed(this.#words); index++) {
      const slot = slotAt(index);
      if (this.#words[slot + SLOT_THREAD] !== thread) continue;
      if (Atomics.load(this.#words, slot + SLOT_STATE) !== SLOT_LIVE) continue;
      for (let i = Atomics.load(this.#words, slot + HELD) - 1; i >= 0; i--) {
        const entry = slot + HELD_TABLE + i * 2;
        if (this.#words[entry] === lock) return this.#words[entry + 1] ?? 0;
      }
    }
    return 0;
  }

  /** The place of a heap block with `file:line:column`. */
  place(block: number): Place | undefined {
    return block === 0 ? undefined : sourcePlace(readText(block));
  }

  threadName(thread: number): string {
    const block = Atomics.load(cells, thread + NAME);
    // Named by what loads Heddle, which a program need not do; the first thread is the main one.
    if (block === 0) return identOf(thread) === 1 ? "MainThread" : `Worker ${this.#workerOf(thread)}`;
    const name = readText(block);
    // The block is given back only after the name was exchanged.
    return Atomics.load(cells, thread + NAME) === block ? name : this.threadName(thread);
  }

  /** Node's `threadId` of a recorded thread. */
  #workerOf(thread: number): number {
    for (let index = 0; index < slotsUsed(this.#words); index++) {
      if (this.#words[slotAt(index) + SLOT_THREAD] === thread) return this.#words[slotAt(index) + SLOT_WORKER] ?? 0;
    }
    return 0;
  }

  /** What an object is called in sentences. */
  objectLabel(at: number): string {
    const name = this.#nameOf(at);
    return name === "" ? `lock ${this.#objectId(at, cells[at + GENERATION] ?? 0)}` : name;
  }

  #define(index: number, slot: number): void {
    const thread = this.#words[slot + SLOT_THREAD] ?? 0;
    const block = Atomics.load(cells, thread + NAME);
    // To read a thousand names at every look would keep a core busy.
    if (this.#slotNames[index] !== undefined && this.#slotNameBlocks[index] === block) return;
    this.#slotNameBlocks[index] = block;
    const name = this.threadName(thread);
    if (name === this.#slotNames[index]) return;
    this.#slotNames[index] = name;
    const began = whole(this.#times[(slot + BEGAN) >> 1] ?? 0);
    const id = this.#words[slot + SLOT_IDENT] ?? 0;
    this.#definitions.chunk(CHUNKS.thread, id, began, this.#words[slot + SLOT_WORKER] ?? 0, name);
  }

  #free(index: number, slot: number): void {
    const dropped = Atomics.load(this.#words, slot + DROPPED) >>> 0;
    this.#droppedBefore += dropped;
    const ended = whole(this.#times[(slot + ENDED_AT) >> 1] ?? 0);
    this.#events.chunk(CHUNKS.threadEnded, this.#words[slot + SLOT_IDENT] ?? 0, ended, dropped);
    this.#slotNames[index] = undefined;
    this.#droppedOf[index] = 0;
    Atomics.store(this.#words, slot + SLOT_STATE, SLOT_FREE);
  }

  #drainRing(index: number, slot: number): number {
    if (index >= RINGS) return this.#tellDropped(index, slot);
    const written = Atomics.load(this.#words, slot + WRITTEN);
    const read = Atomics.load(this.#words, slot + READ);
    const count = (written - read) | 0;
    for (let done = 0; done < count; done += CHUNK_EVENTS) {
      const size = Math.min(CHUNK_EVENTS, count - done);
      if (this.#withEvents) this.#pack(index, (read + done) | 0, size, this.#words[slot + SLOT_IDENT] ?? 0);
      // Given back at once: a thread that writes a lot needs it.
      Atomics.store(this.#words, slot + READ, (read + done + size) | 0);
    }
    return count;
  }

  /** Of a thread without a ring nothing is known since the last time, if it did anything. */
  #tellDropped(index: number, slot: number): number {
    const dropped = Atomics.load(this.#words, slot + DROPPED) >>> 0;
    const missing = dropped - (this.#droppedOf[index] ?? 0);
    const time = whole(now() - (this.#times[ORIGIN >> 1] ?? 0));
    if (missing <= 0 || !this.#withEvents || time < (this.#nextGap[index] ?? 0)) return 0;
    this.#droppedOf[index] = dropped;
    this.#nextGap[index] = time + GAP_EVERY;
    const out = this.#events;
    out.begin(CHUNKS.events);
    out.reserve(24 + EVENT_BYTES);
    for (const number of [this.#words[slot + SLOT_IDENT] ?? 0, 1, time]) out.varint(number);
    out.byte(EVENTS.gap | FIELD_BITS.first);
    for (const number of [0, 0, missing]) out.varint(number);
    out.end();
    return 0;
  }

  #pack(index: number, from: number, count: number, thread: number): void {
    const words = this.#words;
    const out = this.#events;
    const ring = ringOf(index);
    const inRing = ringSize(index) - 1;
    let last = whole(this.#times[(ring + (from & inRing) * RECORD_WORDS) >> 1] ?? 0);
    out.begin(CHUNKS.events);
    out.reserve(24 + count * EVENT_BYTES);
    out.varint(thread);
    out.varint(count);
    out.varint(last);
    for (let i = 0; i < count; i++) {
      const at = ring + ((from + i) & inRing) * RECORD_WORDS;
      const time = Math.max(last, whole(this.#times[at >> 1] ?? 0));
      const what = words[at + WHAT] ?? 0;
      const kind = what & 255;
      const isEscaped = kind > 15;
      const given = (what >> 8) & 255;
      const flags = isEscaped ? given | (kind << ESCAPED_SHIFT) : given;
      const object = words[at + OBJECT] ?? 0;
      const block = words[at + SITE] ?? 0;
      const hasLabel = kind === EVENTS.spanBegan || kind === EVENTS.marker || kind === EVENTS.heldBy;
      const first = hasLabel ? this.#labelId(words[at + FIRST] ?? 0) : (words[at + FIRST] ?? 0);
      const second = words[at + SECOND] ?? 0;
      out.byte(
        (isEscaped ? ESCAPED : kind) |
          (flags === 0 ? 0 : FIELD_BITS.flags) |
          (block === 0 ? 0 : FIELD_BITS.site) |
          (first === 0 ? 0 : FIELD_BITS.first) |
          (second === 0 ? 0 : FIELD_BITS.second),
      );
      out.varint(time - last);
      last = time;
      const generation = words[at + GENERATION_OF] ?? 0;
      out.varint(object === 0 ? 0 : this.#objectId(object, generation, what >>> OBJECT_KIND_SHIFT));
      if (flags !== 0) out.varint(flags);
      if (block !== 0) out.varint(this.#siteId(block));
      if (first !== 0) out.varint(first);
      if (second !== 0) out.varint(second);
    }
    out.end();
  }

  #objectId(at: number, generation: number, kind = Atomics.load(cells, at + KIND)): number {
    const known = this.#objects.get(at);
    if (known?.generation === generation) return known.id;
    const id = ++this.#objectCount;
    this.#objects.set(at, { id, generation });
    const room = kind === KINDS.pool ? poolSize(at) : isChannel(kind) ? roomOf(at) : 0;
    const block = kind === KINDS.lock || kind === KINDS.rLock ? (cells[at + MADE_AT] ?? 0) : 0;
    const worker = kind === KINDS.channel ? workerOf(at) : 0;
    // A cell that was freed is as it was until it is another object's; only what it refers to is gone at once.
    const isThere = Atomics.load(cells, at + GENERATION) === generation;
    const isAsItWas = isThere || wasOnlyFreed(at, generation);
    if (kind === KINDS.remote) return this.#defineRemote(id, at, isAsItWas);
    const made = isAsItWas ? this.#siteId(block) : 0;
    const more = made > 0 ? [room, made] : room > 0 && isAsItWas ? [room] : [];
    const title = isThere ? this.#titleOf(at, kind) : worker !== 0 && isAsItWas ? titleOfLine(worker) : "";
    this.#definitions.chunk(CHUNKS.object, id, kind, title, ...more);
    return id;
  }

  #defineRemote(id: number, at: number, isAsItWas: boolean): number {
    const text = (block: number): string => (isAsItWas && block !== 0 ? readText(block) : "");
    const more = isAsItWas ? [0, 0, text(remoteShared(at))] : [];
    this.#definitions.chunk(CHUNKS.object, id, isAsItWas ? standsFor(at) : 0, text(remoteName(at)), ...more);
    return id;
  }

  #titleOf(at: number, kind: number): string {
    if (kind === KINDS.thread) return this.threadName(at);
    const worker = kind === KINDS.channel ? workerOf(at) : 0;
    if (worker !== 0) return titleOfLine(worker);
    const title = kind === KINDS.pool ? poolTitle(at) : 0;
    return title === 0 ? this.#nameOf(at) : readText(title);
  }

  #labelId(block: number): number {
    if (block === 0) return 0;
    const known = this.#labels.get(block);
    if (known !== undefined) return known;
    const text = readText(block);
    let id = this.#labelIds.get(text);
    if (id === undefined) {
      id = this.#labelIds.size + 1;
      this.#labelIds.set(text, id);
      this.#definitions.chunk(CHUNKS.label, id, text);
    }
    this.#labels.set(block, id);
    return id;
  }

  #siteId(block: number): number {
    if (block === 0) return 0;
    let id = this.#sites.get(block);
    if (id === undefined) {
      id = this.#defineSite(this.place(block));
      this.#sites.set(block, id);
    }
    return id;
  }

  #defineSite(place: Place | undefined): number {
    if (place === undefined) return 0;
    const { file, line, column } = place;
    const key = `${file}:${line}:${column}`;
    const known = this.#siteIds.get(key);
    if (known !== undefined) return known;
    const id = this.#siteIds.size + 1;
    this.#siteIds.set(key, id);
    this.#definitions.chunk(CHUNKS.site, id, line, column, file);
    return id;
  }

  #nameOf(at: number): string {
    this.#newestName = eachName((cell, name) => this.#names.set(cell, name), this.#newestName);
    return this.#names.get(at) ?? "";
  }
}

/** The cell is nobody's, and was that object's until then. */
function wasOnlyFreed(at: number, generation: number): boolean {
  const isFree = Atomics.load(cells, at + KIND) === 0;
  return isFree && Atomics.load(cells, at + GENERATION) === generation + 1;
}

function titleOfLine(worker: number): string {
  return `messages of Worker ${worker}`;
}

function isChannel(kind: number): boolean {
  return kind === KINDS.queue || kind === KINDS.lifoQueue || kind === KINDS.priorityQueue || kind === KINDS.simpleQueue;
}

function identOf(thread: number): number {
  return Atomics.load(cells, thread + IDENT);
}

/** Times are written as whole nanoseconds, from 0 up. */
function whole(nanoseconds: number): number {
  return Math.max(0, Math.round(nanoseconds));
}
