import { ACTIVITY, type Frame, type Lane } from "../shared/frame.js";
import { drawBlocker, drawMessage, drawWake } from "./arrow-drawing.js";
import { CounterPainter } from "./counter-painter.js";
import { arrowsIn, messagesIn } from "./layout/arrows.js";
import { ticks } from "./layout/axis.js";
import { fitting } from "./layout/fitting.js";
import { type LaneRange, type LaneShape, visibleLanes } from "./layout/lane-geometry.js";
import { RowPainter } from "./layout/paint.js";
import { activityLabels, holdingLabels } from "./layout/phrases.js";
import { countRuns, type Run, runOf } from "./layout/runs.js";
import { pixelAt, type Span, timeAt } from "./layout/span.js";
import type { Words } from "./layout/words.js";
import type { Letters, Palette } from "./palette.js";

/** What is drawn. Sizes are CSS pixels. */
export interface Scene {
  /** The last one that came, whatever it shows. */
  readonly frame: Frame | undefined;
  readonly span: Span;
  /** Threads from top to bottom. */
  readonly threads: readonly number[];
  /** Below them: objects, and how much fills the height of their rows. */
  readonly counters: readonly { readonly object: number; readonly full: number }[];
  readonly shape: LaneShape;
  readonly scrollTop: number;
  /** The number of a lane; -1 for none. */
  readonly selected: number;
  readonly moment: number | undefined;
  /** What is selected of the time. */
  readonly area: Span | undefined;
  /** Who ended whose waits. */
  readonly areArrowsShown: boolean;
  /** A line from the selected lane to that of the thread that keeps it; -1 for none. */
  readonly blocker: number;
}

export const AXIS_HEIGHT = 24;
const TICK_GAP = 90;
/** Narrower runs have no room for letters. */
const LABELLED = 28;
const PADDING = 5;
/** Texts that were measured, kept up to that many. */
const MEASURED = 4_000;

/** Draws the time axis and the lanes below it. */
export class LaneCanvas {
  readonly root = document.createElement("canvas");
  readonly #context = this.root.getContext("2d", { alpha: false })!;
  readonly #picture = new OffscreenCanvas(1, 1);
  readonly #words: Words;
  readonly #widths = new Map<string, number>();
  readonly #counters = new CounterPainter();
  #palette: Palette;
  #painter: RowPainter;
  #image: ImageData | undefined;
  #painted: Painted | undefined;
  #scale = 1;

  constructor(words: Words, palette: Palette) {
    this.#words = words;
    this.#palette = palette;
    this.#painter = new RowPainter(palette.paints, 1);
    this.root.className = "lanes";
    this.root.setAttribute("aria-hidden", "true");
  }

  /** Width in device pixels: how many columns a frame should have. */
  get columns(): number {
    return this.root.width;
  }

  get width(): number {
    return this.root.width / this.#scale;
  }

  get height(): number {
    return this.root.height / this.#scale;
  }

  setPalette(palette: Palette): void {
    this.#palette = palette;
    this.#painter = new RowPainter(palette.paints, this.#scale);
    this.#painted = undefined;
    this.#widths.clear();
  }

  resize(width: number, height: number, scale: number): void {
    const columns = Math.max(1, Math.round(width * scale));
    const rows = Math.max(1, Math.round(height * scale));
    if (this.root.width === columns && this.root.height === rows && this.#scale === scale) return;
    this.root.width = columns;
    this.root.height = rows;
    this.root.style.width = `${columns / scale}px`;
    this.root.style.height = `${rows / scale}px`;
    this.#scale = scale;
    this.setPalette(this.#palette);
  }

  draw(scene: Scene): void {
    const context = this.#context;
    const { shape, scrollTop, threads, counters, frame } = scene;
    const rows = visibleLanes(shape, threads.length + counters.length, scrollTop, this.height - AXIS_HEIGHT);
    const range = { first: rows.first, last: Math.min(rows.last, threads.length - 1) };
    context.setTransform(this.#scale, 0, 0, this.#scale, 0, 0);
    context.fillStyle = this.#palette.background;
    context.fillRect(0, 0, this.width, this.height);
    this.#drawGround(scene, rows);
    if (frame !== undefined) this.#drawCounters(frame, scene, rows);
    if (frame !== undefined && range.last >= range.first) {
      const painted = this.#paint(frame, threads, shape, range);
      this.#drawPicture(painted, scene);
      this.#drawMoment(scene);
      this.#drawLabels(painted, scene);
    } else this.#drawMoment(scene);
    this.#drawArrows(scene);
    this.#drawAxis(scene);
  }

  #drawCounters(frame: Frame, scene: Scene, { first, last }: LaneRange): void {
    const { threads, counters, shape, span } = scene;
    const context = this.#context;
    context.save();
    context.beginPath();
    context.rect(0, AXIS_HEIGHT, this.width, this.height);
    context.clip();
    const left = pixelAt(span, this.width, frame.from);
    const width = pixelAt(span, this.width, frame.to) - left;
    for (let row = Math.max(first, threads.length); row <= last; row++) {
      const counter = counters[row - threads.length];
      if (counter === undefined) continue;
      const top = this.#laneTop(scene, row) + shape.activityTop;
      const box = { left, width, top, height: shape.height - shape.activityTop - 2 };
      this.#counters.draw(context, frame, counter.object, counter.full, box, this.#palette);
    }
    context.restore();
  }

  #laneTop({ shape, scrollTop }: Scene, lane: number): number {
    return AXIS_HEIGHT + lane * shape.height - scrollTop;
  }

  #drawGround(scene: Scene, { first, last }: LaneRange): void {
    const context = this.#context;
    const { shape, selected, span } = scene;
    if (selected >= first && selected <= last) {
      context.fillStyle = this.#palette.selection;
      context.fillRect(0, this.#laneTop(scene, selected), this.width, shape.height);
    }
    context.fillStyle = this.#palette.line;
    for (let lane = first; lane <= last; lane++) {
      context.fillRect(0, this.#laneTop(scene, lane) + shape.height - 1, this.width, 1);
    }
    for (const { x } of ticks(span, this.width, TICK_GAP)) {
      context.fillRect(Math.round(x), AXIS_HEIGHT, 1, this.height);
    }
    const edge = this.#palette.selectionEdge;
    if (edge === undefined || selected < first || selected > last) return;
    context.strokeStyle = edge;
    context.lineWidth = 2;
    context.strokeRect(-2, this.#laneTop(scene, selected) + 1, this.width + 4, shape.height - 3);
  }

  /** Makes the picture of some lanes, unless it is there from the last time. */
  #paint(frame: Frame, threads: readonly number[], shape: LaneShape, range: LaneRange): Painted {
    const was = this.#painted;
    const isSame =
      was?.frame === frame && was.threads === threads && was.shape === shape && was.range.first === range.first;
    if (isSame && was.range.last === range.last && was.version === this.#words.version) return was;
    const laneHeight = Math.round(shape.height * this.#scale);
    const columns = frame.columns;
    const rows = (range.last - range.first + 1) * laneHeight;
    // Between the rows of an image nothing is ever painted, as long as they are where they were.
    if (was?.shape !== shape || this.#image?.width !== columns || this.#image.height !== rows) {
      this.#image = new ImageData(columns, rows);
    }
    const pixels = new Uint32Array(this.#image.data.buffer);
    const byThread = new Map(frame.lanes.map((lane) => [lane.thread, lane]));
    const labels: Label[] = [];
    for (let lane = range.first; lane <= range.last; lane++) {
      const runs = byThread.get(threads[lane] ?? 0) ?? NO_RUNS;
      this.#painter.paintLane({ pixels, columns }, (lane - range.first) * laneHeight, shape, runs);
      labels.push(...this.#labelsOf(runs, lane, columns, shape));
    }
    if (this.#picture.width !== columns || this.#picture.height !== rows) {
      this.#picture.width = columns;
      this.#picture.height = rows;
    }
    this.#picture.getContext("2d")?.putImageData(this.#image, 0, 0);
    this.#painted = { frame, threads, shape, range, labels, version: this.#words.version };
    return this.#painted;
  }

  #labelsOf({ activity, holding }: Runs, lane: number, columns: number, shape: LaneShape): Label[] {
    const labels: Label[] = [];
    const { activityText, holdingText } = this.#palette;
    const isWide = ({ start, end }: Run): boolean => end - start >= LABELLED * this.#scale;
    for (let i = 0; i < countRuns(activity); i++) {
      const run = runOf(activity, i, columns);
      if (!isWide(run)) continue;
      // What is not purely one of both may be about the other.
      const other = run.most === ACTIVITY.running && run.worst !== run.most ? 0 : run.other;
      const texts = activityLabels(run.most, run.object, other, this.#words);
      const box = { top: shape.activityTop, height: shape.activityHeight };
      if (texts.length > 0) labels.push({ lane, run, texts, ...box, letters: activityText[run.most] });
    }
    // In narrow lanes the lower row has no room for letters.
    for (let i = 0; shape.holdingHeight >= 12 && i < countRuns(holding); i++) {
      const run = runOf(holding, i, columns);
      if (!isWide(run)) continue;
      const texts = holdingLabels(run.most, run.object, run.other, this.#words);
      const box = { top: shape.holdingTop, height: shape.holdingHeight };
      if (texts.length > 0) labels.push({ lane, run, texts, ...box, letters: holdingText[run.most] });
    }
    return labels;
  }

  /** Where the frame shows another span than is to be seen, its picture is moved and stretched to where it belongs. */
  #drawPicture({ frame, range }: Painted, scene: Scene): void {
    const context = this.#context;
    const left = pixelAt(scene.span, this.root.width, frame.from);
    const right = pixelAt(scene.span, this.root.width, frame.to);
    const top = Math.round(this.#laneTop(scene, range.first) * this.#scale);
    context.save();
    context.beginPath();
    context.rect(0, AXIS_HEIGHT, this.width, this.height);
    context.clip();
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.imageSmoothingEnabled = false;
    context.drawImage(this.#picture, left, top, right - left, this.#picture.height);
    context.restore();
  }

  #drawLabels({ frame, labels }: Painted, scene: Scene): void {
    const context = this.#context;
    context.save();
    context.beginPath();
    context.rect(0, AXIS_HEIGHT, this.width, this.height);
    context.clip();
    context.font = `11px ${this.#palette.font}`;
    context.textBaseline = "middle";
    const x = (column: number): number => pixelAt(scene.span, this.width, timeAt(frame, frame.columns, column));
    for (const { lane, run, texts, top, height, letters } of labels) {
      // What begins left of the window is labelled where it comes into it.
      const left = Math.max(0, x(run.start)) + PADDING;
      const room = Math.min(this.width, x(run.end)) - left - PADDING;
      const text = room < LABELLED - 2 * PADDING ? "" : fitting(texts, room, (each) => this.#widthOf(each));
      if (text === "" || letters === undefined) continue;
      const y = this.#laneTop(scene, lane) + top;
      context.fillStyle = letters.ground;
      context.fillRect(left - 2, y + 2, this.#widthOf(text) + 4, height - 4);
      context.fillStyle = letters.colour;
      context.fillText(text, left, y + height / 2 + 0.5);
    }
    context.restore();
  }

  #widthOf(text: string): number {
    const known = this.#widths.get(text);
    if (known !== undefined) return known;
    if (this.#widths.size >= MEASURED) this.#widths.clear();
    const { width } = this.#context.measureText(text);
    this.#widths.set(text, width);
    return width;
  }

  #drawMoment({ moment, area, span }: Scene): void {
    if (area !== undefined) {
      const left = Math.round(pixelAt(span, this.width, area.from));
      const right = Math.round(pixelAt(span, this.width, area.to));
      this.#context.fillStyle = this.#palette.accent;
      this.#context.globalAlpha = 0.18;
      this.#context.fillRect(left, AXIS_HEIGHT, right - left, this.height);
      this.#context.globalAlpha = 1;
      for (const x of [left, right]) this.#context.fillRect(x, AXIS_HEIGHT, 1, this.height);
    }
    if (moment === undefined) return;
    this.#context.fillStyle = this.#palette.accent;
    this.#context.fillRect(Math.round(pixelAt(span, this.width, moment)), AXIS_HEIGHT, 1, this.height);
  }

  #drawArrows(scene: Scene): void {
    const { frame, moment, span, selected, blocker, shape, threads } = scene;
    const context = this.#context;
    const middle = shape.activityTop + shape.activityHeight / 2;
    const waits = (lane: number): number => this.#laneTop(scene, lane) + middle;
    const holds = (lane: number): number => this.#laneTop(scene, lane) + shape.holdingTop + 4;
    context.save();
    context.beginPath();
    context.rect(0, AXIS_HEIGHT, this.width, this.height);
    context.clip();
    if (frame !== undefined && scene.areArrowsShown) {
      for (const { sent, from, came, to } of messagesIn(frame, threads)) {
        const start = [pixelAt(span, this.width, sent), waits(from)] as const;
        const end = [pixelAt(span, this.width, came), waits(to)] as const;
        const isSelected = selected < 0 || from === selected || to === selected;
        drawMessage(context, start, end, this.#palette.foreground, isSelected);
      }
      for (const { time, from, to } of arrowsIn(frame, threads)) {
        const x = Math.round(pixelAt(span, this.width, time));
        const isSelected = selected < 0 || from === selected || to === selected;
        drawWake(context, x, holds(from), waits(to), this.#palette.foreground, isSelected);
      }
    }
    if (moment !== undefined && blocker >= 0 && selected >= 0 && blocker !== selected) {
      const x = Math.round(pixelAt(span, this.width, moment));
      drawBlocker(context, x, waits(selected), holds(blocker), this.#palette.foreground);
    }
    context.restore();
  }

  #drawAxis({ span }: Scene): void {
    const context = this.#context;
    context.fillStyle = this.#palette.background;
    context.fillRect(0, 0, this.width, AXIS_HEIGHT - 1);
    context.fillStyle = this.#palette.line;
    context.fillRect(0, AXIS_HEIGHT - 1, this.width, 1);
    context.font = `11px ${this.#palette.font}`;
    context.textBaseline = "middle";
    for (const { x, label } of ticks(span, this.width, TICK_GAP)) {
      context.fillStyle = this.#palette.line;
      context.fillRect(Math.round(x), AXIS_HEIGHT - 6, 1, 6);
      context.fillStyle = this.#palette.muted;
      context.fillText(label, Math.round(x) + 4, AXIS_HEIGHT / 2);
    }
  }
}

type Runs = Pick<Lane, "activity" | "holding">;
const NO_RUNS: Runs = { activity: new Int32Array(0), holding: new Int32Array(0) };

interface Painted {
  readonly frame: Frame;
  readonly threads: readonly number[];
  readonly shape: LaneShape;
  readonly range: LaneRange;
  readonly labels: readonly Label[];
  /** Of the words that the labels are made of. */
  readonly version: number;
}

interface Label {
  readonly lane: number;
  readonly run: Run;
  readonly texts: readonly string[];
  readonly top: number;
  readonly height: number;
  readonly letters: Letters | undefined;
}
