import { ChunkWriter, fileHeader } from "../../runtime/src/trace/chunk-writer.js";
import { CHUNKS, ESCAPED, ESCAPED_SHIFT, FIELD_BITS } from "../../runtime/src/trace/format.js";

/** The kinds of objects by their numbers in the file. */
export const KIND_NUMBERS = {
  ...{ thread: 1, lock: 2, barrier: 5, event: 6, queue: 7, pool: 8, semaphore: 11, condition: 12, rwlock: 13 },
} as const;

/** Events of one thread, packed as the recorder packs them. */
class Pending {
  readonly thread: number;
  readonly #fields: number[] = [];

  constructor(thread: number) {
    this.thread = thread;
  }

  get isEmpty(): boolean {
    return this.#fields.length === 0;
  }

  add(time: number, kind: number, flags: number, object: number, site: number, first: number, second: number): void {
    const isEscaped = kind > 15;
    const all = isEscaped ? flags | (kind << ESCAPED_SHIFT) : flags;
    this.#fields.push(time, isEscaped ? ESCAPED : kind, all, object, site, first, second);
  }

  pack(out: ChunkWriter): void {
    const fields = this.#fields;
    out.begin(CHUNKS.events);
    out.reserve(24 + fields.length * 6);
    out.varint(this.thread);
    out.varint(fields.length / 7);
    let last = fields[0] ?? 0;
    out.varint(last);
    for (let i = 0; i < fields.length; i += 7) {
      const [time = 0, kind = 0, flags = 0, object = 0, site = 0, first = 0, second = 0] = fields.slice(i, i + 7);
      const bit = (value: number, which: number): number => (value === 0 ? 0 : which);
      out.byte(
        kind |
          bit(flags, FIELD_BITS.flags) |
          bit(site, FIELD_BITS.site) |
          bit(first, FIELD_BITS.first) |
          bit(second, FIELD_BITS.second),
      );
      out.varint(time - last);
      last = time;
      out.varint(object);
      for (const field of [flags, site, first, second]) if (field !== 0) out.varint(field);
    }
    out.end();
    fields.length = 0;
  }
}

/** Writes traces of programs that never ran, in the recorder's format: what threads do is written pass by pass. */
export class TraceWriter {
  readonly #out = new ChunkWriter();
  readonly #threads = new Map<number, Pending>();
  #header: Uint8Array | undefined;

  constructor({ origin = 0, pid = 1 }: { origin?: number; pid?: number } = {}) {
    this.#header = fileHeader(0, origin, pid);
  }

  thread(id: number, began: number, name: string): void {
    this.#out.chunk(CHUNKS.thread, id, began, id - 1, name);
  }

  threadEnded(id: number, time: number, dropped = 0): void {
    this.#pack(id);
    this.#out.chunk(CHUNKS.threadEnded, id, time, dropped);
  }

  /** An object of a server, by what all that use it write. */
  shared(id: number, kind: keyof typeof KIND_NUMBERS, name: string, text: string): void {
    this.#out.chunk(CHUNKS.object, id, KIND_NUMBERS[kind], name, 0, 0, text);
  }

  object(id: number, kind: keyof typeof KIND_NUMBERS, name: string, room = 0, made = 0): void {
    this.#out.chunk(CHUNKS.object, id, KIND_NUMBERS[kind], name, ...(made > 0 ? [room, made] : room > 0 ? [room] : []));
  }

  label(id: number, text: string): void {
    this.#out.chunk(CHUNKS.label, id, text);
  }

  site(id: number, line: number, file: string): void {
    this.#out.chunk(CHUNKS.site, id, line, 1, file);
  }

  event(
    thread: number,
    time: number,
    kind: number,
    { flags = 0, object = 0, site = 0, first = 0, second = 0 }: Partial<Record<string, number>> = {},
  ): void {
    let pending = this.#threads.get(thread);
    if (pending === undefined) {
      pending = new Pending(thread);
      this.#threads.set(thread, pending);
    }
    pending.add(time, kind, flags, object, site, first, second);
  }

  deadlock(time: number, parties: readonly (readonly number[])[]): void {
    this.#out.chunk(CHUNKS.deadlock, time, parties.length, ...parties.flat());
  }

  /** A look of the recorder at all threads, which saw all that happened before `time`. */
  pass(time: number): void {
    for (const thread of this.#threads.keys()) this.#pack(thread);
    this.#out.chunk(CHUNKS.drained, time);
  }

  end(time: number, exitCode = 0, dropped = 0): void {
    for (const thread of this.#threads.keys()) this.#pack(thread);
    this.#out.chunk(CHUNKS.end, time, 0, exitCode, dropped, 0);
  }

  /** What was written since the last time. Valid until the next write. */
  take(): Uint8Array {
    const bytes = this.#out.take();
    if (this.#header === undefined) return bytes;
    const all = new Uint8Array(this.#header.length + bytes.length);
    all.set(this.#header);
    all.set(bytes, this.#header.length);
    this.#header = undefined;
    return all;
  }

  #pack(thread: number): void {
    const pending = this.#threads.get(thread);
    if (pending !== undefined && !pending.isEmpty) pending.pack(this.#out);
  }
}
