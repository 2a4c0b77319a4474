/**
 * What is drawn of a stretch of a trace, in pixels' worth: rows of runs and steps, arrows, and the whole trace in small.
 *
 * Times are nanoseconds since the start of the trace. Ids are the trace's own and count from 1; 0 means none.
 */

/** What a thread does, by rising severity: where several share a pixel, the most severe is seen. */
export const ACTIVITY = {
  /** It has not begun, or has ended. */
  absent: 0,
  running: 1,
  /** For the end of a thread, a queue, an event, a sleep. */
  waits: 2,
  /** A debugger stopped it. */
  paused: 3,
  /** The recorder had no room, so nothing is known. */
  unknown: 4,
  waitsForLock: 5,
} as const;

/** What a thread has, by rising severity. */
export const HOLDING = {
  nothing: 0,
  holds: 1,
  /** Another thread waits for what it holds. */
  holdsWhileOthersWait: 2,
} as const;

/**
 * Words of a run: what a row of pixels looks like from its first column up to the next run's. A track is an array of
 * runs, rising by first column, without two equal neighbours.
 */
export const RUN_WORDS = 5;
export const RUN = {
  /** The first column. */
  column: 0,
  /** What fills most of it: of `ACTIVITY` or `HOLDING`. */
  most: 1,
  /** The most severe in it; the same as `most` unless it holds several things. */
  worst: 2,
  /** What is waited for or held; 0 for none, and where it is several. */
  object: 3,
  /** The thread that holds it, or that waits for it; of a thread that runs the label of its task. 0 for none, unknown and several. */
  other: 4,
} as const;

/**
 * Words of a step: how much a counter was from its first column up to the next step's, at least and at most. A row is an
 * array of steps, rising by first column, without two equal neighbours.
 */
export const STEP_WORDS = 3;
export const STEP = { column: 0, low: 1, high: 2 } as const;

/**
 * Words of an arrow: in which column a thread went on, which other one let it, by giving back, putting or ending what
 * object. Only of waits that can be told from their neighbours.
 */
export const ARROW_WORDS = 4;
export const ARROW = { column: 0, from: 1, to: 2, object: 3 } as const;

/** Words of a message: in which column, perhaps outside of the frame, which thread sent it, and in which it came to which. */
export const MESSAGE_WORDS = 4;
export const MESSAGE = { sent: 0, from: 1, came: 2, to: 3 } as const;

/** Two rows of pixels for each thread, and a row for each counter. */
export interface Frame {
  /** Of the request it answers. */
  readonly request: number;
  readonly from: number;
  readonly to: number;
  readonly columns: number;
  readonly lanes: readonly Lane[];
  readonly counters: readonly CounterRow[];
  /** Who ended whose waits. */
  readonly arrows: Int32Array<ArrayBuffer>;
  /** Which thread sent what to which. */
  readonly messages: Int32Array<ArrayBuffer>;
}

/** All threads together, per column of the whole trace. */
export interface Overview {
  /** Of the request it answers. */
  readonly request: number;
  readonly from: number;
  readonly to: number;
  readonly columns: number;
  /** How many threads run. */
  readonly running: Uint16Array<ArrayBuffer>;
  /** How many wait for a lock, be it for a part of the column only. */
  readonly contended: Uint16Array<ArrayBuffer>;
  /** The most that run at the same time, at least 1. */
  readonly peak: number;
}

export interface Lane {
  readonly thread: number;
  /** Runs of `ACTIVITY`. */
  readonly activity: Int32Array<ArrayBuffer>;
  /** Runs of `HOLDING`. */
  readonly holding: Int32Array<ArrayBuffer>;
}

/** How a counter changed. */
export interface CounterRow {
  readonly object: number;
  readonly steps: Int32Array<ArrayBuffer>;
}
