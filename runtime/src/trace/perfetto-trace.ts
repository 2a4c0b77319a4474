import type { TraceProcess, TraceStart } from "./decode.js";
import { Protobuf } from "./protobuf.js";
import type { Details, Opening, Place, Track, TrackWriter } from "./track-writer.js";

/** Numbers of fields, of Perfetto's `.proto` files; indented are those of the message that the field holds. */
const PACKET = 1;
const CLOCK_SNAPSHOT = 6;
const CLOCKS = 1;
const CLOCK_ID = 1;
const CLOCK_TIMESTAMP = 2;
const TIMESTAMP = 8;
const SEQUENCE_ID = 10;
const TRACK_EVENT = 11;
const EVENT = {
  categoryIds: 3,
  annotations: 4,
  type: 9,
  nameId: 10,
  track: 11,
  counterValue: 30,
  sourceLocationId: 34,
  flows: 47,
  terminatingFlows: 48,
} as const;
const ANNOTATION = { nameId: 1, bool: 2, uint: 3, text: 6 } as const;
const INTERNED_DATA = 12;
const INTERNED = { categories: 1, eventNames: 2, annotationNames: 3, sourceLocations: 4 } as const;
const LOCATION = { iid: 1, file: 2, line: 4 } as const;
const SEQUENCE_FLAGS = 13;
const TRACK_DESCRIPTOR = 60;
const DESCRIPTOR = { uuid: 1, name: 2, process: 3, thread: 4, parent: 5, counter: 8 } as const;
const PROCESS = { pid: 1, name: 6 } as const;
const THREAD = { pid: 1, tid: 2, name: 5 } as const;
const COUNTER_UNIT = 3;
const FIRST_PACKET = 87;

const TYPES = { begin: 1, end: 2, instant: 3, counter: 4 } as const;
const REALTIME = 1;
const BOOTTIME = 6;
const UNIT_COUNT = 2;
const STATE_CLEARED = 1;
const NEEDS_STATE = 2;
/** Milliseconds since 1970 that are a 64-bit number of nanoseconds. */
const LATEST = 2 ** 63 / 1e6;
/** All packets come from one writer. */
const SEQUENCE = 1;
/** Of the program; tracks come behind it, and behind those the processes that it started. */
const PROCESS_UUID = 1;
const FURTHER_PROCESSES = 2 ** 40;

/** Names that events refer to by number. Numbers count from 1. */
class Interned<Value> {
  readonly #ids = new Map<Value, number>();

  /** The number, and whether it is new. */
  id(value: Value): readonly [id: number, isNew: boolean] {
    const known = this.#ids.get(value);
    if (known !== undefined) return [known, false];
    this.#ids.set(value, this.#ids.size + 1);
    return [this.#ids.size, true];
  }
}

/**
 * Writes tracks in the format of Perfetto, a sequence of packets as protocol buffers: a thread's activity is its track, what
 * it holds and its tasks are children of that, the rest belongs to the process.
 */
export class PerfettoTrace implements TrackWriter {
  readonly #out = new Protobuf();
  /** What the packet refers to for the first time; it goes into the same packet. */
  readonly #interned = new Protobuf();
  readonly #names = new Interned<string>();
  readonly #categories = new Interned<string>();
  readonly #keys = new Interned<string>();
  readonly #places = new Interned<Place>();
  /** The uuid of each thread's own track, by the thread's id. */
  readonly #threads = new Map<number, number>();
  /** The uuid of each process, by its number. */
  readonly #processes = new Map<number, number>();

  /** Bytes that wait to be taken. */
  get length(): number {
    return this.#out.length;
  }

  /** Hands over what was written since the last time. */
  take(): Uint8Array {
    return this.#out.take();
  }

  start({ startedAt }: TraceStart): void {
    const out = this.#out;
    const snapshot = out.begin(PACKET);
    out.number(SEQUENCE_ID, SEQUENCE);
    out.number(SEQUENCE_FLAGS, STATE_CLEARED);
    out.number(FIRST_PACKET, 1);
    const clocks = out.begin(CLOCK_SNAPSHOT);
    this.#clock(BOOTTIME, 0n);
    if (startedAt >= 0 && startedAt < LATEST) this.#clock(REALTIME, BigInt(Math.round(startedAt)) * 1_000_000n);
    out.end(clocks);
    out.end(snapshot);
  }

  process({ id, pid }: TraceProcess): void {
    const out = this.#out;
    const uuid = id === 1 ? PROCESS_UUID : FURTHER_PROCESSES + id;
    this.#processes.set(pid, uuid);
    this.#describe(uuid, undefined, () => {
      const process = out.begin(DESCRIPTOR.process);
      out.number(PROCESS.pid, pidOf(pid));
      out.text(PROCESS.name, `process ${pid}`);
      out.end(process);
    });
  }

  track({ id, kind, pid, thread, name }: Track): void {
    const out = this.#out;
    const uuid = uuidOf(id);
    const process = this.#processes.get(pid) ?? PROCESS_UUID;
    if (kind === "activity") {
      this.#threads.set(thread, uuid);
      this.#describe(uuid, process, () => {
        const descriptor = out.begin(DESCRIPTOR.thread);
        out.number(THREAD.pid, pidOf(pid));
        out.number(THREAD.tid, thread % 2 ** 31);
        out.text(THREAD.name, name);
        out.end(descriptor);
      });
      return;
    }
    this.#describe(uuid, this.#threads.get(thread) ?? process, () => {
      out.text(DESCRIPTOR.name, name);
      if (kind !== "count") return;
      const counter = out.begin(DESCRIPTOR.counter);
      out.number(COUNTER_UNIT, UNIT_COUNT);
      out.end(counter);
    });
  }

  begin(track: Track, time: number, { category, name, place, details, arrow }: Opening): void {
    this.#event(uuidOf(track.id), time, TYPES.begin, () => {
      this.#name(name);
      this.#out.number(EVENT.categoryIds, this.#named(this.#categories, INTERNED.categories, category));
      if (place !== undefined) this.#place(place);
      if (details !== undefined) this.#annotate(details);
      if (arrow !== undefined) this.#out.fixed64(EVENT.terminatingFlows, arrow);
    });
  }

  end(track: Track, time: number, details?: Details): void {
    this.#event(uuidOf(track.id), time, TYPES.end, () => {
      if (details !== undefined) this.#annotate(details);
    });
  }

  give(track: Track, time: number, arrow: number, name: string): void {
    this.#event(uuidOf(track.id), time, TYPES.instant, () => {
      this.#name(name);
      this.#out.fixed64(EVENT.flows, arrow);
    });
  }

  count(track: Track, time: number, value: number): void {
    this.#event(uuidOf(track.id), time, TYPES.counter, () => this.#out.number(EVENT.counterValue, value));
  }

  mark(time: number, name: string, details: Details): void {
    this.#event(PROCESS_UUID, time, TYPES.instant, () => {
      this.#name(name);
      this.#annotate(details);
    });
  }

  finish(): void {}

  #clock(id: number, time: bigint): void {
    const clock = this.#out.begin(CLOCKS);
    this.#out.number(CLOCK_ID, id);
    this.#out.big(CLOCK_TIMESTAMP, time);
    this.#out.end(clock);
  }

  #describe(uuid: number, parent: number | undefined, write: () => void): void {
    const out = this.#out;
    const packet = out.begin(PACKET);
    out.number(SEQUENCE_ID, SEQUENCE);
    const descriptor = out.begin(TRACK_DESCRIPTOR);
    out.number(DESCRIPTOR.uuid, uuid);
    if (parent !== undefined) out.number(DESCRIPTOR.parent, parent);
    write();
    out.end(descriptor);
    out.end(packet);
  }

  #event(uuid: number, time: number, type: number, write: () => void): void {
    const out = this.#out;
    const packet = out.begin(PACKET);
    out.number(TIMESTAMP, time);
    out.number(SEQUENCE_ID, SEQUENCE);
    out.number(SEQUENCE_FLAGS, NEEDS_STATE);
    const event = out.begin(TRACK_EVENT);
    out.number(EVENT.type, type);
    out.number(EVENT.track, uuid);
    write();
    out.end(event);
    if (this.#interned.length > 0) out.message(INTERNED_DATA, this.#interned.take());
    out.end(packet);
  }

  #name(name: string): void {
    this.#out.number(EVENT.nameId, this.#named(this.#names, INTERNED.eventNames, name));
  }

  /** The number of a text, which is written when it is new. */
  #named(interned: Interned<string>, field: number, text: string): number {
    const [id, isNew] = interned.id(text);
    if (isNew) {
      const entry = this.#interned.begin(field);
      this.#interned.number(1, id);
      this.#interned.text(2, text);
      this.#interned.end(entry);
    }
    return id;
  }

  #place(place: Place): void {
    const [id, isNew] = this.#places.id(place);
    if (isNew) {
      const entry = this.#interned.begin(INTERNED.sourceLocations);
      this.#interned.number(LOCATION.iid, id);
      this.#interned.text(LOCATION.file, place.file);
      this.#interned.number(LOCATION.line, place.line % 2 ** 32);
      this.#interned.end(entry);
    }
    this.#out.number(EVENT.sourceLocationId, id);
  }

  #annotate(details: Details): void {
    const out = this.#out;
    for (const [key, value] of Object.entries(details)) {
      if (value === undefined) continue;
      const annotation = out.begin(EVENT.annotations);
      out.number(ANNOTATION.nameId, this.#named(this.#keys, INTERNED.annotationNames, key));
      if (typeof value === "string") out.text(ANNOTATION.text, value);
      else if (typeof value === "boolean") out.number(ANNOTATION.bool, value ? 1 : 0);
      else out.number(ANNOTATION.uint, value);
      out.end(annotation);
    }
  }
}

/** A process's number is a signed word there. */
function pidOf(pid: number): number {
  return pid & 0x7fffffff;
}

function uuidOf(track: number): number {
  return PROCESS_UUID + track;
}
