import { ACTIVITY, HOLDING, RUN, RUN_WORDS } from "../../shared/frame.js";
import type { LaneShape } from "./lane-geometry.js";

/**
 * How something is filled. Colours are 32-bit words as `ImageData` has them on little-endian machines (alpha, blue,
 * green, red from the top); 0 is nothing at all.
 */
export interface Paint {
  readonly fill: number;
  /** The colour of the hatch. */
  readonly stripe: number;
  readonly hatch: Hatch;
  /** The colour of its outline; 0 for none. */
  readonly edge: number;
}

export type Hatch = "none" | "rising" | "falling" | "dotted" | "level" | "upright";

/** Whether a pixel is part of the hatch. It repeats every eight pixels in both directions. */
export function isStriped(hatch: Hatch, x: number, y: number): boolean {
  switch (hatch) {
    case "none":
      return false;
    case "rising":
      return ((x + y) & 7) < 3;
    case "falling":
      return ((x - y) & 7) < 2;
    case "dotted":
      return (x & 3) < 2 && (y & 3) < 2;
    case "level":
      return (y & 3) === 0;
    case "upright":
      return (x & 3) === 0;
  }
}

const PERIOD = 8;
/** Beside the states of a row: what parts two runs. */
const GAP = 7;
const STATES = 8;
/** Runs at least so wide are parted from the one before, in CSS pixels. */
const PARTED = 4;

/** The pixels of some lanes, one below the other. */
export interface Canvas32 {
  readonly pixels: Uint32Array;
  readonly columns: number;
}

export interface LanePaints {
  /** By `ACTIVITY`. */
  readonly activity: readonly Paint[];
  /** By `HOLDING`. */
  readonly holding: readonly Paint[];
}

/**
 * Paints rows of pixels. What it costs depends on the size of the rows and hardly on what is in them: each column's
 * state is looked up in a table of what the hatch makes of it.
 */
export class RowPainter {
  readonly #scale: number;
  readonly #activity: PaintTable;
  readonly #holding: PaintTable;
  readonly #columns = new Columns();

  /** `scale` is the number of device pixels in a CSS pixel. */
  constructor(paints: LanePaints, scale: number) {
    this.#scale = scale;
    this.#activity = new PaintTable(paints.activity, scale, ACTIVITY.paused);
    this.#holding = new PaintTable(paints.holding, scale, HOLDING.holds);
  }

  /** Paints the two rows of a lane whose top is at a row of pixels. What is around them is left as it was. */
  paintLane(
    canvas: Canvas32,
    top: number,
    shape: LaneShape,
    lane: { readonly activity: Int32Array; readonly holding: Int32Array },
  ): void {
    const device = (size: number): number => Math.round(size * this.#scale);
    const activityTop = top + device(shape.activityTop);
    this.#paintRow(canvas, activityTop, device(shape.activityHeight), lane.activity, this.#activity);
    const holdingTop = top + device(shape.holdingTop);
    this.#paintRow(canvas, holdingTop, device(shape.holdingHeight), lane.holding, this.#holding);
  }

  /**
   * Where a column holds several things, its upper half shows what fills most of it, and its lower half what is worse:
   * what is rare but bad is seen however far one zooms out, and is not taken for all there is.
   */
  #paintRow(canvas: Canvas32, top: number, height: number, track: Int32Array, table: PaintTable): void {
    const columns = this.#columns;
    columns.unfold(track, canvas.columns, this.#scale, table.bad);
    const middle = columns.isMixed ? height >> 1 : height;
    this.#paintPart(canvas, top, 0, middle, columns.most, table);
    if (columns.isMixed) this.#paintPart(canvas, top, middle, height, columns.worst, table);
    if (!table.hasEdges) return;
    table.paintEdge(canvas, top, columns.most);
    table.paintEdge(canvas, top + height - 1, columns.isMixed ? columns.worst : columns.most);
  }

  /** Paints some of a row's rows of pixels. A hatch repeats, so that most of them are copies. */
  #paintPart(canvas: Canvas32, top: number, first: number, end: number, states: Uint8Array, table: PaintTable): void {
    const { pixels, columns } = canvas;
    const period = table.isHatched(this.#columns.seen) ? table.period : 1;
    for (let y = first; y < end; y++) {
      const start = (top + y) * columns;
      if (y - first < period) table.paint(canvas, start, states, y);
      else pixels.copyWithin(start, start - period * columns, start - period * columns + columns);
    }
  }
}

/** What is in each column: its state in the low three bits, and above them which column of the hatch it is. */
class Columns {
  most = new Uint8Array(0);
  worst = new Uint8Array(0);
  /** The two differ somewhere. */
  isMixed = false;
  /** A bit for every state that occurs. */
  seen = 0;
  #phases = new Uint8Array(0);
  #scale = 0;

  /** Below `bad` nothing is worth a half of its own, but something is more than nothing. */
  unfold(track: Int32Array, columns: number, scale: number, bad: number): void {
    this.#prepare(columns, scale);
    this.isMixed = false;
    this.seen = 0;
    const parted = PARTED * scale;
    const gap = Math.max(1, Math.round(scale));
    this.#fill(0, track[RUN.column] ?? columns, 0, 0);
    for (let at = 0; at < track.length; at += RUN_WORDS) {
      const start = track[at + RUN.column]!;
      const end = track[at + RUN_WORDS + RUN.column] ?? columns;
      const severe = track[at + RUN.worst]!;
      const most = track[at + RUN.most]! || (severe < bad ? severe : 0);
      const worst = severe < bad ? most : severe;
      this.seen |= (1 << most) | (1 << worst);
      if (most !== worst) this.isMixed = true;
      this.#fill(start, end, most, worst);
      if (end - start >= parted && start > 0 && most !== 0) this.#fill(start, start + gap, GAP, GAP);
    }
  }

  // Loops, because most runs are short where there are many, and a call of fill() costs as much as fifty columns.
  #fill(start: number, end: number, most: number, worst: number): void {
    const phases = this.#phases;
    for (let x = start; x < end; x++) this.most[x] = phases[x]! | most;
    for (let x = start; x < end; x++) this.worst[x] = phases[x]! | worst;
  }

  #prepare(columns: number, scale: number): void {
    if (this.#phases.length === columns && this.#scale === scale) return;
    this.#scale = scale;
    this.#phases = Uint8Array.from({ length: columns }, (_, x) => (Math.floor(x / scale) & 7) * STATES);
    this.most = new Uint8Array(columns);
    this.worst = new Uint8Array(columns);
  }
}

/** What every state looks like at every place of the hatch. */
class PaintTable {
  /** After how many rows of pixels a hatch repeats. */
  readonly period: number;
  readonly hasEdges: boolean;
  /** From which state on it is worth to be seen beside what fills most of a column. */
  readonly bad: number;
  readonly #scale: number;
  /** A bit for every state that has a hatch. */
  readonly #hatched: number;
  /** For each row of the hatch, by what `Columns` has. */
  readonly #rows: readonly Uint32Array[];
  readonly #edges = new Uint32Array(STATES);

  constructor(paints: readonly Paint[], scale: number, bad: number) {
    this.#scale = scale;
    this.bad = bad;
    this.period = Math.round(PERIOD * scale);
    this.hasEdges = paints.some(({ edge }) => edge !== 0);
    this.#hatched = paints.reduce((bits, { hatch }, state) => (hatch === "none" ? bits : bits | (1 << state)), 0);
    this.#rows = Array.from({ length: PERIOD }, (_row, y) => {
      const row = new Uint32Array(PERIOD * STATES);
      paints.forEach((paint, state) => {
        for (let x = 0; x < PERIOD; x++) {
          row[x * STATES + state] = isStriped(paint.hatch, x, y) ? paint.stripe : paint.fill;
        }
      });
      return row;
    });
    paints.forEach((paint, state) => {
      this.#edges[state] = paint.edge === 0 ? paint.fill : paint.edge;
    });
  }

  isHatched(seen: number): boolean {
    return (seen & this.#hatched) !== 0;
  }

  paint({ pixels, columns }: Canvas32, start: number, states: Uint8Array, y: number): void {
    const row = this.#rows[Math.floor(y / this.#scale) & 7]!;
    for (let x = 0; x < columns; x++) pixels[start + x] = row[states[x]!]!;
  }

  paintEdge({ pixels, columns }: Canvas32, y: number, states: Uint8Array): void {
    const start = y * columns;
    for (let x = 0; x < columns; x++) pixels[start + x] = this.#edges[states[x]! & (STATES - 1)]!;
  }
}
