import type { TraceProcess, TraceStart } from "./decode.js";

/** What a slice, a mark or an end is told with. What is undefined is left out. */
export type Details = Readonly<Record<string, string | number | boolean | undefined>>;

/** A row: of slices that follow each other and never overlap, or of one number. */
export interface Track {
  /** Counts from 1, in the order of their first use. */
  readonly id: number;
  /**
   * What a thread does; what it holds, what its tasks wait for, and what it does that has a name, on as many tracks as there
   * is at once; how many wait for an object, or are in it.
   */
  readonly kind: "activity" | "holdings" | "tasks" | "spans" | "count";
  /** Of what there are so many. */
  readonly unit?: "threads" | "messages" | undefined;
  /** The number on the host of the process whose it is. */
  readonly pid: number;
  /** The thread's id; 0 for what belongs to none. */
  readonly thread: number;
  /** May change, of a thread that was renamed. */
  name: string;
}

/** A place in the source, counted from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** The beginning of a slice. */
export interface Opening {
  readonly category: "running" | "waiting" | "holding" | "span" | "gap";
  readonly name: string;
  readonly place?: Place | undefined;
  readonly details?: Details | undefined;
  /** The arrow that ends here. */
  readonly arrow?: number | undefined;
}

/** Takes a program's tracks, in the order of time as far as the recorder told it; nanoseconds since the start. */
export interface TrackWriter {
  /** Before all else. */
  start(start: TraceStart): void;
  /** Before the tracks of the process; of the program itself at once. */
  process(process: TraceProcess): void;
  /** Before anything is on the track, and again when its name changed. */
  track(track: Track): void;
  /** What was on the track before has ended. */
  begin(track: Track, time: number, opening: Opening): void;
  /** Ends what is on the track. */
  end(track: Track, time: number, details?: Details): void;
  /** An arrow, by its number, begins in a slice of the track. Its end, if it has one, comes later. */
  give(track: Track, time: number, arrow: number, name: string): void;
  /** The number of a `count` track. */
  count(track: Track, time: number, value: number): void;
  /** A moment that is about the whole program. */
  mark(time: number, name: string, details: Details): void;
  /** After all else. */
  finish(): void;
}
