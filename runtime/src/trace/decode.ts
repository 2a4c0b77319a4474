/** The one decoder of traces, for files and for what is still being written: a function of bytes, without Node. */
import {
  CHUNK_HEADER_BYTES,
  CHUNKS,
  checksum,
  FIELD_BITS,
  FILE_HEADER_BYTES,
  LARGEST_WORD,
  LONGEST_TEXT,
  MAGIC,
  MOST_DEFINITIONS,
  MOST_PARTIES,
  PAYLOAD_BYTES,
  REASONS,
  VERSION,
} from "./format.js";

export { EVENTS, FLAGS } from "./format.js";

/** The kinds of objects, by their numbers in the file: those of the runtime's cells. */
const OBJECT_KINDS = {
  0: "",
  1: "thread",
  2: "lock",
  3: "value",
  4: "buffer",
  5: "barrier",
  6: "event",
  7: "queue",
  8: "pool",
  9: "array",
  10: "rlock",
  11: "semaphore",
  12: "condition",
  13: "rwlock",
  14: "once",
  15: "semaphore",
  20: "value",
  21: "array",
  22: "queue",
  23: "queue",
  24: "queue",
  25: "list",
  26: "map",
  27: "memory",
} as const;
type ObjectKind = keyof typeof OBJECT_KINDS;

/** Whether objects of the kind are held, by one thread or, of an `rwlock`, by several that read. */
export function isLock(kind: TraceObject["kind"] | undefined): boolean {
  return kind === "lock" || kind === "rlock" || kind === "rwlock" || kind === "once";
}

/** All times are nanoseconds since the start of the trace. */
export interface TraceStart {
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** Nanoseconds on the monotonic clock that the processes of a host share. */
  readonly origin: number;
  /** The number of the process. */
  readonly pid: number;
}

/** A thread that was there. */
export interface TraceThread {
  /** By which events name it. */
  readonly id: number;
  /** The name it had at first. */
  readonly name: string;
  /** Node's `threadId`: 0 for the main thread. */
  readonly worker: number;
  /** When it was there, on the clock of the trace. */
  readonly began: number;
}

/** A thread is over. */
export interface TraceThreadEnd {
  /** Which thread. */
  readonly id: number;
  /** When. */
  readonly time: number;
  /** Events of it that found no room. */
  readonly dropped: number;
}

/** A shared object that threads did something with. */
export interface TraceObject {
  /** By which events name it. */
  readonly id: number;
  /** What it is; empty where that is not known. */
  readonly kind: (typeof OBJECT_KINDS)[ObjectKind];
  /** Empty for unnamed objects. */
  readonly name: string;
}

/** A place in the source. Line and column count from 1. */
export interface TraceSite {
  /** By which events name it. */
  readonly id: number;
  /** An absolute path or a URL. */
  readonly file: string;
  /** Of the call. */
  readonly line: number;
  /** Of the call. */
  readonly column: number;
}

/** An event. Ids of 0 mean none; what `first` and `second` mean stands at `EVENTS`. */
export interface TraceEvent {
  /** Who did it. */
  readonly thread: number;
  /** When. */
  readonly time: number;
  /** One of `EVENTS`. */
  readonly kind: number;
  /** Some of `FLAGS`. */
  readonly flags: number;
  /** What it was done to. */
  readonly object: number;
  /** Where in the source. */
  readonly site: number;
  /** See `EVENTS`. */
  readonly first: number;
  /** See `EVENTS`. */
  readonly second: number;
}

/** Threads that wait for each other in a circle. */
export interface TraceDeadlock {
  /** When it was seen. */
  readonly time: number;
  /** Each waits for what the next one holds, the last for what the first does. */
  readonly parties: readonly TraceParty[];
}

/** One thread of a deadlock. */
export interface TraceParty {
  /** Who waits. */
  readonly thread: number;
  /** For what. */
  readonly object: number;
  /** Where it waits; 0 if that was not recorded. */
  readonly site: number;
  /** The thread that would have to end the wait. */
  readonly owner: number;
  /** Where that thread took the object; 0 if that was not recorded. */
  readonly ownerSite: number;
}

/** The end of the recording. */
export interface TraceEnd {
  /** When. */
  readonly time: number;
  /** Why the program ended, as far as the recorder saw. */
  readonly reason: (typeof REASONS)[number];
  /** Of the program. */
  readonly exitCode: number;
  /** Events that found no room, of all threads. */
  readonly dropped: number;
  /** Threads for which there was no place in the recorder. */
  readonly unrecorded: number;
}

/** Takes what a trace says, in the order of the file: of each thread in the order of time. */
export interface TraceSink {
  /** The header. */
  start?(start: TraceStart): void;
  /** A thread, before its first event. */
  thread?(thread: TraceThread): void;
  /** A thread is over. */
  threadEnded?(end: TraceThreadEnd): void;
  /** An object, before the first event that names it. */
  object?(object: TraceObject): void;
  /** A place, before the first event that names it. */
  site?(site: TraceSite): void;
  /** The object is used again for the next event: copy what you keep. */
  event?(event: TraceEvent): void;
  /** A deadlock, when it was seen. */
  deadlock?(deadlock: TraceDeadlock): void;
  /** The end of the recording. */
  end?(end: TraceEnd): void;
  /** A record was read, which has so many bytes; after what it says was told. `type` is one of `CHUNKS`, or unknown. */
  chunk?(type: number, bytes: number): void;
  /** All threads' events from before this moment have been told. */
  drained?(time: number): void;
}

/** What was given is no trace, or none that this version can read. */
export class TraceFormatError extends Error {}

/** Decodes a trace piece by piece, as it arrives. */
export class TraceDecoder {
  readonly #sink: TraceSink;
  #rest = new Uint8Array(0);
  #started = false;
  #damaged = false;
  /** Threads, objects, places and deadlocks that were told so far: what readers keep. */
  #definitions = 0;

  constructor(sink: TraceSink) {
    this.#sink = sink;
  }

  /** The header was read. */
  get hasBegun(): boolean {
    return this.#started;
  }

  /** What follows is left out. */
  get isDamaged(): boolean {
    return this.#damaged;
  }

  /** Why not all of what was given could be used; undefined while nothing is missing. */
  get problem(): string | undefined {
    if (this.#definitions > MOST_DEFINITIONS) {
      return `the trace names more threads, objects and places than can be kept (${MOST_DEFINITIONS}); what follows was left out`;
    }
    if (this.#damaged) return "a part of the trace is damaged; what follows it was left out";
    if (!this.#started) return "the trace ends before its first record";
    return this.#rest.length === 0 ? undefined : "the trace ends in the middle of a record; all before it was read";
  }

  /** Decodes all whole chunks of what was given so far. @throws TraceFormatError it does not begin as a trace does */
  push(bytes: Uint8Array): void {
    if (this.#damaged) return;
    const all = this.#rest.length === 0 ? bytes : joined(this.#rest, bytes);
    let at = 0;
    if (!this.#started) {
      checkHeader(all);
      if (all.length < FILE_HEADER_BYTES) {
        this.#rest = all.slice();
        return;
      }
      this.#begin(all);
      at = FILE_HEADER_BYTES;
    }
    const view = new DataView(all.buffer, all.byteOffset, all.length);
    while (all.length - at >= CHUNK_HEADER_BYTES) {
      const start = at + CHUNK_HEADER_BYTES;
      const length = view.getUint32(at + 4, true);
      const end = start + length;
      // Waiting for what nobody can have written would collect all that follows in memory.
      if (length <= PAYLOAD_BYTES && end > all.length) break;
      if (length > PAYLOAD_BYTES || !this.#decode(view, at, new PayloadReader(all, start, end))) {
        this.#damaged = true;
        this.#rest = new Uint8Array(0);
        return;
      }
      this.#sink.chunk?.(view.getUint32(at, true), end - at);
      at = end;
    }
    this.#rest = all.slice(at);
  }

  /** False: the chunk is not as it was written. */
  #decode(view: DataView, at: number, payload: PayloadReader): boolean {
    if (payload.checksum() !== view.getUint32(at + 8, true)) return false;
    const type = view.getUint32(at, true);
    if (DEFINING.has(type) && ++this.#definitions > MOST_DEFINITIONS) return false;
    try {
      decodeChunk(type, payload, this.#sink);
    } catch (error) {
      if (!(error instanceof DamagedPayload)) throw error;
      return false;
    }
    return true;
  }

  #begin(bytes: Uint8Array): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, FILE_HEADER_BYTES);
    const version = view.getUint32(8, true);
    if (version !== VERSION) {
      throw new TraceFormatError(`the trace has version ${version}; this Heddle reads version ${VERSION}`);
    }
    const startedAt = view.getFloat64(16, true);
    const origin = view.getFloat64(24, true);
    if (Number.isNaN(new Date(startedAt).getTime()) || !Number.isFinite(origin)) {
      throw new TraceFormatError("the header of the trace is damaged");
    }
    this.#started = true;
    this.#sink.start?.({ startedAt, origin, pid: view.getUint32(12, true) });
  }
}

const DEFINING: ReadonlySet<number> = new Set([CHUNKS.thread, CHUNKS.object, CHUNKS.site, CHUNKS.deadlock]);

function joined(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(first.length + second.length);
  all.set(first);
  all.set(second, first.length);
  return all;
}

function checkHeader(bytes: Uint8Array): void {
  for (let i = 0; i < Math.min(MAGIC.length, bytes.length); i++) {
    if (bytes[i] !== MAGIC.charCodeAt(i)) throw new TraceFormatError("this is no Heddle trace");
  }
}

/** A payload is not what its type says, although its checksum is right. */
class DamagedPayload extends Error {}

/** Reads the fields of one payload. */
class PayloadReader {
  readonly #bytes: Uint8Array;
  #at: number;
  readonly #end: number;

  constructor(bytes: Uint8Array, at: number, end: number) {
    this.#bytes = bytes;
    this.#at = at;
    this.#end = end;
  }

  checksum(): number {
    return checksum(this.#bytes, this.#at, this.#end);
  }

  byte(): number {
    if (this.#at >= this.#end) throw new DamagedPayload();
    return this.#bytes[this.#at++] ?? 0;
  }

  varint(): number {
    let value = this.byte();
    if (value < 128) return value;
    value -= 128;
    for (let scale = 128; ; scale *= 128) {
      const next = this.byte();
      if (next < 128) {
        value += next * scale;
        if (value > Number.MAX_SAFE_INTEGER) throw new DamagedPayload();
        return value;
      }
      value += (next - 128) * scale;
    }
  }

  /** All numbers but times and sums: what a record in shared memory has room for. */
  word(): number {
    const value = this.byte();
    return value < 128 ? value : this.#longWord(value);
  }

  #longWord(first: number): number {
    let value = first - 128;
    for (let scale = 128; scale <= LARGEST_WORD; scale *= 128) {
      const next = this.byte();
      value += (next & 127) * scale;
      if (value > LARGEST_WORD) break;
      if (next < 128) return value;
    }
    throw new DamagedPayload();
  }

  /** Cut if it is longer than any name or path: it may be shown in many places. */
  text(): string {
    const length = this.varint();
    const start = this.#at;
    if (length > this.#end - start) throw new DamagedPayload();
    this.#at = start + length;
    if (length <= LONGEST_TEXT) return decoder.decode(this.#bytes.subarray(start, this.#at));
    // What is left of the last character is no character.
    return `${decoder.decode(this.#bytes.subarray(start, start + LONGEST_TEXT)).replace(/\ufffd+$/, "")}…`;
  }
}

const decoder = new TextDecoder();

function decodeChunk(type: number, payload: PayloadReader, sink: TraceSink): void {
  const next = (): number => payload.varint();
  const word = (): number => payload.word();
  // Read whoever listens: what is damaged must not depend on that.
  switch (type) {
    case CHUNKS.thread: {
      const thread = { id: word(), began: next(), worker: word(), name: payload.text() };
      sink.thread?.(thread);
      break;
    }
    case CHUNKS.threadEnded: {
      const end = { id: word(), time: next(), dropped: next() };
      sink.threadEnded?.(end);
      break;
    }
    case CHUNKS.object: {
      const object = { id: word(), kind: OBJECT_KINDS[next() as ObjectKind] ?? ("" as const), name: payload.text() };
      sink.object?.(object);
      break;
    }
    case CHUNKS.site: {
      const site = { id: word(), line: word(), column: word(), file: payload.text() };
      sink.site?.(site);
      break;
    }
    case CHUNKS.events:
      // Of these there are most, so who wants none does not wait for them.
      if (sink.event !== undefined) decodeEvents(payload, sink);
      break;
    case CHUNKS.deadlock: {
      const deadlock = decodeDeadlock(payload);
      sink.deadlock?.(deadlock);
      break;
    }
    case CHUNKS.end: {
      const [time, reason] = [next(), REASONS[next()] ?? "exit"];
      const end = { time, reason, exitCode: next(), dropped: next(), unrecorded: next() };
      sink.end?.(end);
      break;
    }
    case CHUNKS.drained: {
      const time = next();
      sink.drained?.(time);
      break;
    }
  }
}

function decodeEvents(payload: PayloadReader, sink: TraceSink): void {
  const event = { thread: payload.word(), time: 0, kind: 0, flags: 0, object: 0, site: 0, first: 0, second: 0 };
  const count = payload.varint();
  event.time = payload.varint();
  for (let i = 0; i < count; i++) {
    const head = payload.byte();
    event.kind = head & 15;
    event.time += payload.varint();
    if (event.time > Number.MAX_SAFE_INTEGER) throw new DamagedPayload();
    event.object = payload.word();
    event.flags = (head & FIELD_BITS.flags) === 0 ? 0 : payload.word();
    event.site = (head & FIELD_BITS.site) === 0 ? 0 : payload.word();
    event.first = (head & FIELD_BITS.first) === 0 ? 0 : payload.word();
    event.second = (head & FIELD_BITS.second) === 0 ? 0 : payload.word();
    sink.event?.(event);
  }
}

function decodeDeadlock(payload: PayloadReader): TraceDeadlock {
  const time = payload.varint();
  const parties: TraceParty[] = [];
  const count = payload.varint();
  if (count > MOST_PARTIES) throw new DamagedPayload();
  for (let rest = count; rest > 0; rest--) {
    parties.push({
      thread: payload.word(),
      object: payload.word(),
      site: payload.word(),
      owner: payload.word(),
      ownerSite: payload.word(),
    });
  }
  return { time, parties };
}
