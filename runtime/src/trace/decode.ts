/** The one decoder of traces, for files and for what is still being written: a function of bytes, without Node. */
import {
  BATCH_MARK,
  CHUNK_HEADER_BYTES,
  CHUNKS,
  ESCAPED,
  ESCAPED_SHIFT,
  EVENTS,
  FIELD_BITS,
  FILE_HEADER_BYTES,
  LARGEST_WORD,
  MAGIC,
  MOST_DEFINITIONS,
  MOST_PARTIES,
  PAYLOAD_BYTES,
  REASONS,
  TIERS,
  VERSION,
} from "./format.js";
import { DamagedPayload, PayloadReader } from "./payload-reader.js";
import { type Source, TraceProcesses } from "./trace-processes.js";
import { kindOfObject, type TraceDeadlock, type TraceParty, type TraceSink } from "./trace-sink.js";

export { EVENTS, FLAGS, type Tier } from "./format.js";
export * from "./trace-sink.js";

/** What was given is no trace, or none that this version can read. */
export class TraceFormatError extends Error {}

/** Decodes a trace piece by piece, as it arrives. */
export class TraceDecoder {
  readonly #sink: TraceSink;
  readonly #processes: TraceProcesses;
  #rest = new Uint8Array(0);
  #started = false;
  #damaged = false;
  /** The process whose chunks these are, and how many bytes of them are still to come: without end where there are no batches. */
  #source: Source;
  #left = Number.POSITIVE_INFINITY;
  /** A process could not write to the end. */
  #isCut = false;
  /** What comes is left out up to the next batch. */
  #isLost = false;
  /** Threads, objects, places, labels and deadlocks that were told so far: what readers keep. */
  #definitions = 0;

  constructor(sink: TraceSink) {
    this.#sink = sink;
    this.#processes = new TraceProcesses(sink);
    this.#source = this.#processes.first;
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
    if (this.#isCut) return "what a process recorded ends in the middle of a record; all before it was read";
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
    at = this.#decodeChunks(all, at);
    this.#rest = this.#damaged ? new Uint8Array(0) : all.slice(at);
  }

  /** The result is how far that went. */
  #decodeChunks(all: Uint8Array, start: number): number {
    const view = new DataView(all.buffer, all.byteOffset, all.length);
    let at = start;
    for (;;) {
      if (this.#isLost) {
        const next = nextBatch(all, at);
        if (next < 0) return Math.max(at, all.length - BATCH_BYTES);
        this.#isLost = false;
        at = next;
      }
      if (all.length - at < CHUNK_HEADER_BYTES) return at;
      const begin = at + CHUNK_HEADER_BYTES;
      const length = view.getUint32(at + 4, true);
      const end = begin + length;
      const isWhole = end <= all.length;
      // Waiting for what nobody can have written would collect all that follows in memory.
      if (length <= PAYLOAD_BYTES && !isWhole && !this.#isCutOff(all, at)) return at;
      if (isWhole && length <= PAYLOAD_BYTES && this.#decode(view, at, new PayloadReader(all, begin, end))) {
        this.#sink.chunk?.(view.getUint32(at, true), end - at);
        at = end;
      } else {
        if (!this.#giveUp()) return at;
        at++;
      }
    }
  }

  /** What is not whole never will be: another process wrote behind it. */
  #isCutOff(all: Uint8Array, at: number): boolean {
    return this.#processes.areSeveral && nextBatch(all, at + 1) >= 0;
  }

  /** False: nothing more can be read. Otherwise other processes' batches may follow. */
  #giveUp(): boolean {
    // Between batches nobody can say who was writing; it wrote nothing more.
    if (this.#left > 0) this.#source.isCut = true;
    this.#isCut = true;
    this.#isLost = true;
    this.#damaged = !this.#processes.areSeveral || this.#definitions > MOST_DEFINITIONS;
    return !this.#damaged;
  }

  /** False: the chunk is not as it was written. */
  #decode(view: DataView, at: number, payload: PayloadReader): boolean {
    if (payload.checksum() !== view.getUint32(at + 8, true)) return false;
    const type = view.getUint32(at, true);
    try {
      if (type === CHUNKS.batch) return this.#enter(payload);
      this.#left -= CHUNK_HEADER_BYTES + payload.length;
      if (this.#left < 0) return false;
      if (this.#source.isCut) return true;
      if (DEFINING.has(type) && ++this.#definitions > MOST_DEFINITIONS) return false;
      decodeChunk(type, payload, this.#sink, this.#processes, this.#source);
    } catch (error) {
      if (!(error instanceof DamagedPayload)) throw error;
      return false;
    }
    return true;
  }

  #enter(payload: PayloadReader): boolean {
    if (!payload.startsWith(BATCH_MARK)) return false;
    if (this.#left > 0 && this.#left !== Number.POSITIVE_INFINITY) {
      this.#source.isCut = true;
      this.#isCut = true;
    }
    const source = this.#processes.at(payload.word());
    this.#left = payload.varint();
    if (source === undefined) return false;
    this.#source = source;
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
    const pid = view.getUint32(12, true);
    this.#sink.start?.({ startedAt, origin, pid });
    this.#processes.define(this.#source, { pid, parent: 0, began: 0, name: "", tier: "full" });
  }
}

const DEFINING: ReadonlySet<number> = new Set([
  CHUNKS.thread,
  CHUNKS.object,
  CHUNKS.site,
  CHUNKS.label,
  CHUNKS.deadlock,
]);
/** Of the chunk with which a batch begins, at most. */
const BATCH_BYTES = CHUNK_HEADER_BYTES + BATCH_MARK.length + 16;

/** Where the next batch begins, so that there is no doubt; -1: there is none. */
function nextBatch(bytes: Uint8Array, from: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let mark = from; ; mark++) {
    mark = bytes.indexOf(BATCH_MARK.charCodeAt(0), mark);
    if (mark < 0) return -1;
    const at = mark - CHUNK_HEADER_BYTES;
    if (at < from || view.getUint32(at, true) !== CHUNKS.batch) continue;
    const end = mark + view.getUint32(at + 4, true);
    if (end > Math.min(bytes.length, at + BATCH_BYTES)) continue;
    const payload = new PayloadReader(bytes, mark, end);
    if (payload.checksum() === view.getUint32(at + 8, true) && payload.startsWith(BATCH_MARK)) return at;
  }
}

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

function decodeChunk(
  type: number,
  payload: PayloadReader,
  sink: TraceSink,
  processes: TraceProcesses,
  source: Source,
): void {
  const next = (): number => payload.varint();
  const word = (): number => payload.word();
  // Read whoever listens: what is damaged must not depend on that.
  switch (type) {
    case CHUNKS.process: {
      const [number, pid, parent, began, name] = [word(), word(), word(), next(), payload.text()];
      if (number !== source.id || parent >= number) throw new DamagedPayload();
      const tier = (payload.isAtEnd ? undefined : TIERS[word()]) ?? "full";
      processes.define(source, { pid, parent, began, name, tier });
      break;
    }
    case CHUNKS.unrecorded: {
      const time = next();
      sink.unrecorded?.(time);
      break;
    }
    case CHUNKS.thread: {
      const ident = word();
      const [id, began, worker, name] = [source.thread(ident), next(), word(), payload.text()];
      sink.thread?.({ id, ident, process: source.id, began, worker, name });
      break;
    }
    case CHUNKS.threadEnded: {
      const end = { id: source.thread(word()), time: next(), dropped: next() };
      sink.threadEnded?.(end);
      break;
    }
    case CHUNKS.object: {
      const [own, kind, name] = [word(), kindOfObject(next()), payload.text()];
      const room = payload.isAtEnd ? 0 : word();
      const made = payload.isAtEnd ? 0 : source.site(word());
      const shared = payload.isAtEnd ? "" : payload.text();
      const id = shared === "" ? source.object(own) : processes.share(source, own, `${kind} ${shared}`);
      sink.object?.({ id, process: shared === "" ? source.id : 0, kind, name, room, made });
      break;
    }
    case CHUNKS.site: {
      const site = { id: source.site(word()), line: word(), column: word(), file: payload.text() };
      sink.site?.(site);
      break;
    }
    case CHUNKS.label: {
      const label = { id: source.label(word()), text: payload.text() };
      sink.label?.(label);
      break;
    }
    case CHUNKS.events:
      // Of these there are most, so who wants none does not wait for them.
      if (sink.event !== undefined || sink.processEnded !== undefined) {
        decodeEvents(payload, sink, processes, source);
      }
      break;
    case CHUNKS.deadlock: {
      const deadlock = decodeDeadlock(payload, source);
      sink.deadlock?.(deadlock);
      break;
    }
    case CHUNKS.end: {
      const [time, reason] = [next(), REASONS[next()] ?? "exit"];
      processes.end(source, { time, reason, exitCode: next(), dropped: next(), unrecorded: next() });
      break;
    }
    case CHUNKS.drained:
      processes.drained(source, next());
      break;
  }
}

function decodeEvents(payload: PayloadReader, sink: TraceSink, processes: TraceProcesses, source: Source): void {
  const thread = source.thread(payload.word());
  const event = { thread, time: 0, kind: 0, flags: 0, object: 0, site: 0, first: 0, second: 0 };
  const count = payload.varint();
  event.time = payload.varint();
  for (let i = 0; i < count; i++) {
    const head = payload.byte();
    event.kind = head & 15;
    event.time += payload.varint();
    if (event.time > Number.MAX_SAFE_INTEGER) throw new DamagedPayload();
    event.object = source.object(payload.word());
    event.flags = (head & FIELD_BITS.flags) === 0 ? 0 : payload.word();
    event.site = (head & FIELD_BITS.site) === 0 ? 0 : source.site(payload.word());
    event.first = (head & FIELD_BITS.first) === 0 ? 0 : payload.word();
    event.second = (head & FIELD_BITS.second) === 0 ? 0 : payload.word();
    if (event.kind === ESCAPED) {
      const kind = event.flags >> ESCAPED_SHIFT;
      // The others have numbers of their own.
      event.kind = kind > 15 ? kind : UNKNOWN;
      event.flags &= (1 << ESCAPED_SHIFT) - 1;
    }
    if (event.kind === EVENTS.waitBegan || event.kind === EVENTS.threadStarted) {
      event.first = source.thread(event.first);
    } else if (LABELLED.has(event.kind)) event.first = source.label(event.first);
    sink.event?.(event);
    if (event.kind === EVENTS.processEnded) processes.seenToEnd(event.first, event.time, event.second);
  }
}

/** Kinds whose first is a label. */
const LABELLED: ReadonlySet<number> = new Set([EVENTS.spanBegan, EVENTS.marker, EVENTS.heldBy]);
/** No kind. */
const UNKNOWN = LARGEST_WORD;

type Changing<T> = { -readonly [Key in keyof T]: T[Key] };

function decodeDeadlock(payload: PayloadReader, source: Source): TraceDeadlock {
  const time = payload.varint();
  const parties: Changing<TraceParty>[] = [];
  const count = payload.varint();
  if (count > MOST_PARTIES) throw new DamagedPayload();
  for (let rest = count; rest > 0; rest--) {
    parties.push({
      thread: source.thread(payload.word()),
      object: source.object(payload.word()),
      site: source.site(payload.word()),
      owner: source.thread(payload.word()),
      ownerSite: source.site(payload.word()),
      isTask: false,
    });
  }
  if (!payload.isAtEnd) for (const party of parties) party.isTask = payload.word() === 1;
  return { time, parties };
}
