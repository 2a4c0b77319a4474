/** What a trace file consists of, without Node: how much there is of what, and what it takes up. */
import {
  EVENTS,
  nameInProcess,
  type TraceDeadlock,
  TraceDecoder,
  type TraceEnd,
  type TraceEvent,
  type TraceProcess,
  type TraceSink,
  type TraceStart,
  type TraceThread,
  type TraceThreadEnd,
} from "./decode.js";
import { CHUNKS, FILE_HEADER_BYTES } from "./format.js";

/** Times are nanoseconds; moments count from the start of the trace. */
export interface TraceStatistics {
  /** Undefined: the trace has not even a header. */
  readonly start: TraceStart | undefined;
  /** Undefined: the program was killed, or runs still. */
  readonly end: TraceEnd | undefined;
  /** The last moment there is something about. */
  readonly duration: number;
  /** Of the header and all records that were read. */
  readonly bytes: number;
  /** By what they are, the one that takes up most first. */
  readonly records: readonly RecordStatistics[];
  /** By what happened, the most frequent first. */
  readonly kinds: readonly KindStatistics[];
  /** How many were recorded, gaps among them. */
  readonly events: number;
  /** Events that are missing because the recorder had no room. */
  readonly dropped: number;
  /** How often that happened, once for each gap in a thread's events. */
  readonly gaps: number;
  /** Events that the recorder left out, because a thread had so many, or the tier is not for them; as far as that was told. */
  readonly leftOut: number;
  /** How many processes the program had, itself included. */
  readonly processes: number;
  /** The one with most events first. */
  readonly threads: readonly ThreadStatistics[];
  /** Why the trace is not whole. */
  readonly problem: string | undefined;
}

/** Records of one type. */
export interface RecordStatistics {
  /** What they tell of; `unknown` for types of later versions. */
  readonly type: keyof typeof CHUNKS | "unknown";
  /** How many there are. */
  readonly count: number;
  /** What they take up, their headers included. */
  readonly bytes: number;
}

/** Events of one kind. */
export interface KindStatistics {
  /** What happened; `unknown` for kinds of later versions. */
  readonly kind: keyof typeof EVENTS | "unknown";
  /** How many there are. */
  readonly count: number;
}

/** One thread's part of a trace. */
export interface ThreadStatistics {
  /** By which events name it. */
  readonly id: number;
  /** The name it had last, and of a process that the program started that one's number. */
  readonly name: string;
  /** How many of its events were recorded. */
  readonly events: number;
  /** How many found no room. */
  readonly dropped: number;
}

/** Counts what is in a whole trace, given at once or in pieces. @throws TraceFormatError it is none */
export function statisticsOf(trace: Uint8Array | Iterable<Uint8Array>): TraceStatistics {
  const counter = new Counter();
  const decoder = new TraceDecoder(counter);
  for (const piece of trace instanceof Uint8Array ? [trace] : trace) {
    decoder.push(piece);
    if (decoder.isDamaged) break;
  }
  return counter.finish(decoder.problem);
}

interface ThreadCount {
  name: string;
  events: number;
  dropped: number;
}

class Counter implements TraceSink {
  #start: TraceStart | undefined;
  #end: TraceEnd | undefined;
  #last = 0;
  #gaps = 0;
  #leftOut = 0;
  readonly #records = new Map<string, { count: number; bytes: number }>();
  /** By number; the last is for all that are unknown. */
  readonly #kinds = new Float64Array(UNKNOWN + 1);
  readonly #threads = new Map<number, ThreadCount>();
  readonly #processes = new Map<number, TraceProcess>();
  #thread: ThreadCount | undefined;
  #threadId = 0;

  start(start: TraceStart): void {
    this.#start = start;
  }

  chunk(type: number, bytes: number): void {
    const name = RECORDS.get(type) ?? "unknown";
    const record = this.#records.get(name) ?? { count: 0, bytes: 0 };
    this.#records.set(name, record);
    record.count++;
    record.bytes += bytes;
  }

  process(process: TraceProcess): void {
    this.#processes.set(process.id, process);
  }

  thread({ id, process, name, began }: TraceThread): void {
    this.#of(id).name = nameInProcess(name, this.#processes.get(process));
    this.#reach(began);
  }

  threadEnded({ id, time, dropped }: TraceThreadEnd): void {
    this.#of(id).dropped = dropped;
    this.#reach(time);
  }

  event({ thread, kind, time, first, second }: TraceEvent): void {
    const count = this.#of(thread);
    count.events++;
    this.#kinds[KINDS.has(kind) ? kind : UNKNOWN]!++;
    if (kind === EVENTS.aggregated) this.#leftOut += second;
    if (kind === EVENTS.gap) {
      this.#gaps++;
      count.dropped += first;
    }
    this.#reach(time);
  }

  deadlock({ time }: TraceDeadlock): void {
    this.#reach(time);
  }

  drained(time: number): void {
    this.#reach(time);
  }

  end(end: TraceEnd): void {
    this.#end = end;
    this.#reach(end.time);
  }

  finish(problem: string | undefined): TraceStatistics {
    const records = [...this.#records].map(([type, counts]) => ({ type: type as RecordStatistics["type"], ...counts }));
    const kinds = [...this.#kinds].map((count, kind) => ({ kind: KINDS.get(kind) ?? ("unknown" as const), count }));
    const threads = [...this.#threads].map(([id, { name, ...counts }]) => ({
      ...{ id, name: name || `thread ${id}` },
      ...counts,
    }));
    return {
      start: this.#start,
      end: this.#end,
      duration: this.#last,
      bytes: (this.#start === undefined ? 0 : FILE_HEADER_BYTES) + sum(records.map(({ bytes }) => bytes)),
      records: records.sort((a, b) => b.bytes - a.bytes),
      kinds: kinds.filter(({ count }) => count > 0).sort((a, b) => b.count - a.count),
      events: sum(kinds.map(({ count }) => count)),
      dropped: this.#end?.dropped ?? sum(threads.map(({ dropped }) => dropped)),
      gaps: this.#gaps,
      leftOut: this.#leftOut,
      processes: this.#processes.size,
      threads: threads.sort((a, b) => b.events - a.events || a.id - b.id),
      problem,
    };
  }

  #reach(time: number): void {
    if (time > this.#last) this.#last = time;
  }

  /** Events come in long runs of one thread. */
  #of(id: number): ThreadCount {
    if (this.#thread !== undefined && this.#threadId === id) return this.#thread;
    const thread = this.#threads.get(id) ?? { name: "", events: 0, dropped: 0 };
    this.#threads.set(id, thread);
    this.#thread = thread;
    this.#threadId = id;
    return thread;
  }
}

function namesOf<Name extends string>(numbers: Readonly<Record<Name, number>>): ReadonlyMap<number, Name> {
  return new Map((Object.entries(numbers) as [Name, number][]).map(([name, number]) => [number, name]));
}

const RECORDS = namesOf(CHUNKS);
const KINDS = namesOf(EVENTS);
/** Behind all kinds. */
const UNKNOWN = Math.max(...KINDS.keys()) + 1;

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
