import { ACTIVITY, HOLDING, RUN, RUN_WORDS } from "../../shared/messages.js";
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
 * Paints rows of pixels. What it costs depends on the size of the rows and not on what is in them: each column's state
 * is looked up in a table of what the hatch makes of it.
 */
export class RowPainter {
  readonly #scale: number;
  readonly #activity: PaintTable;
  readonly #holding: PaintTable;
  #most = new Uint8Array(0);
  #worst = new Uint8Array(0);

  /** `scale` is the number of device pixels in a CSS pixel. */
  constructor(paints: LanePaints, scale: number) {
    this.#scale = scale;
    this.#activity = new PaintTable(paints.activity, scale, ACTIVITY.paused);
    this.#holding = new PaintTable(paints.holding, scale, HOLDING.holds);
  }

  /** Paints a lane whose top is at a row of pixels. */
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
    const { pixels, columns } = canvas;
    const isMixed = this.#fillStates(track, columns, table.bad);
    const middle = isMixed ? height >> 1 : height;
    for (let y = 0; y < height; y++) {
      const states = y < middle ? this.#most : this.#worst;
      const start = (top + y) * columns;
      // The hatch repeats, so a row can be like the one a period above it.
      const above = y - table.period;
      if (above >= 0 && (y < middle || above >= middle)) {
        pixels.copyWithin(start, start - table.period * columns, start - table.period * columns + columns);
      } else {
        table.paint(pixels, start, states, columns, y);
      }
    }
    if (table.hasEdges) {
      table.paintEdge(pixels, top * columns, this.#most, columns);
      table.paintEdge(pixels, (top + height - 1) * columns, this.#worst, columns);
    }
  }

  /**
   * Unfolds runs into a state per column, and says whether the two halves differ anywhere. Below `bad` nothing is worth
   * a half of its own, but something is more than nothing.
   */
  #fillStates(track: Int32Array, columns: number, bad: number): boolean {
    if (this.#most.length < columns) {
      this.#most = new Uint8Array(columns);
      this.#worst = new Uint8Array(columns);
    }
    const parted = PARTED * this.#scale;
    const gap = Math.max(1, Math.round(this.#scale));
    this.#most.fill(0, 0, columns);
    this.#worst.fill(0, 0, columns);
    let isMixed = false;
    for (let at = 0; at < track.length; at += RUN_WORDS) {
      const start = track[at + RUN.column] ?? 0;
      const end = track[at + RUN_WORDS + RUN.column] ?? columns;
      const severe = track[at + RUN.worst] ?? 0;
      const most = track[at + RUN.most] || (severe < bad ? severe : 0);
      const worst = severe < bad ? most : severe;
      this.#most.fill(most, start, end);
      this.#worst.fill(worst, start, end);
      if (most !== worst) isMixed = true;
      if (end - start < parted || start === 0 || most === 0) continue;
      this.#most.fill(GAP, start, start + gap);
      this.#worst.fill(GAP, start, start + gap);
    }
    return isMixed;
  }
}

/** What every state looks like at every place of the hatch. */
class PaintTable {
  readonly period: number;
  readonly hasEdges: boolean;
  /** From which state on it is worth to be seen beside what fills most of a column. */
  readonly bad: number;
  readonly #scale: number;
  readonly #words = new Uint32Array(STATES * PERIOD * PERIOD);
  readonly #edges = new Uint32Array(STATES);

  constructor(paints: readonly Paint[], scale: number, bad: number) {
    this.#scale = scale;
    this.bad = bad;
    this.period = Math.round(PERIOD * scale);
    this.hasEdges = paints.some(({ edge }) => edge !== 0);
    paints.forEach((paint, state) => {
      this.#edges[state] = paint.edge === 0 ? paint.fill : paint.edge;
      for (let y = 0; y < PERIOD; y++) {
        for (let x = 0; x < PERIOD; x++) {
          this.#words[(y * PERIOD + x) * STATES + state] = isStriped(paint.hatch, x, y) ? paint.stripe : paint.fill;
        }
      }
    });
  }

  paint(pixels: Uint32Array, start: number, states: Uint8Array, columns: number, y: number): void {
    const words = this.#words;
    const scale = this.#scale;
    const row = (Math.floor(y / scale) & 7) * PERIOD;
    if (scale === 1) {
      for (let x = 0; x < columns; x++) pixels[start + x] = words[(row + (x & 7)) * STATES + states[x]!]!;
      return;
    }
    for (let x = 0; x < columns; x++) {
      pixels[start + x] = words[(row + (Math.floor(x / scale) & 7)) * STATES + states[x]!]!;
    }
  }

  paintEdge(pixels: Uint32Array, start: number, states: Uint8Array, columns: number): void {
    for (let x = 0; x < columns; x++) pixels[start + x] = this.#edges[states[x]!]!;
  }
}
