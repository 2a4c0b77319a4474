import type { Overview } from "../shared/frame.js";
import { lengthOf, pixelAt, type Span, timeAt } from "./layout/span.js";
import type { Palette } from "./palette.js";

const HEIGHT = 34;
/** How far the pointer has to come to a border to move that one alone. */
const GRIP = 5;

/** All of the trace in one strip: how many threads run, where they wait for locks, and which part is seen below. */
export class OverviewStrip {
  readonly root = document.createElement("canvas");
  readonly #context = this.root.getContext("2d", { alpha: false })!;
  readonly #go: (span: Span) => void;
  #span: Span = { from: 0, to: 1 };
  #end = 1;
  #width = 0;
  #drag: ((time: number) => Span) | undefined;

  constructor(go: (span: Span) => void) {
    this.#go = go;
    this.root.className = "overview";
    this.root.setAttribute("aria-hidden", "true");
    this.root.addEventListener("pointerdown", (event) => this.#grab(event));
    this.root.addEventListener("pointermove", (event) => this.#pull(event));
    this.root.addEventListener("pointerup", () => {
      this.#drag = undefined;
    });
  }

  resize(width: number, scale: number): void {
    const columns = Math.max(1, Math.round(width * scale));
    if (this.root.width !== columns) this.root.width = columns;
    if (this.root.height !== Math.round(HEIGHT * scale)) this.root.height = Math.round(HEIGHT * scale);
    this.#context.setTransform(scale, 0, 0, scale, 0, 0);
    this.#width = width;
  }

  draw(overview: Overview | undefined, span: Span, end: number, palette: Palette): void {
    this.#span = span;
    this.#end = Math.max(1, end);
    const context = this.#context;
    context.fillStyle = palette.background;
    context.fillRect(0, 0, this.#width, HEIGHT);
    if (overview !== undefined) this.#drawOverview(overview, palette);
    const left = this.#x(span.from);
    const width = Math.max(2, this.#x(span.to) - left);
    // What is not seen below is dimmed.
    context.fillStyle = palette.background;
    context.globalAlpha = 0.6;
    context.fillRect(0, 0, left, HEIGHT);
    context.fillRect(left + width, 0, this.#width, HEIGHT);
    context.globalAlpha = 1;
    context.strokeStyle = palette.accent;
    context.strokeRect(left + 0.5, 0.5, width - 1, HEIGHT - 1);
  }

  #drawOverview(overview: Overview, palette: Palette): void {
    const context = this.#context;
    const { columns, running, contended, peak } = overview;
    const x = (column: number): number => this.#x(timeAt(overview, columns, column));
    const floor = HEIGHT - 7;
    context.beginPath();
    context.moveTo(x(0), floor);
    running.forEach((count, column) => {
      const y = floor - (count / peak) * (floor - 4);
      context.lineTo(x(column), y);
      context.lineTo(x(column + 1), y);
    });
    context.lineTo(x(columns), floor);
    context.fillStyle = palette.running;
    context.globalAlpha = 0.45;
    context.fill();
    context.globalAlpha = 1;
    context.fillStyle = palette.contention;
    contended.forEach((count, column) => {
      if (count > 0) context.fillRect(x(column), HEIGHT - 5, Math.max(1, x(column + 1) - x(column)), 4);
    });
  }

  #x(time: number): number {
    return pixelAt({ from: 0, to: this.#end }, this.#width, time);
  }

  #time(event: PointerEvent): number {
    return timeAt({ from: 0, to: this.#end }, this.#width, event.offsetX);
  }

  #grab(event: PointerEvent): void {
    this.root.setPointerCapture(event.pointerId);
    const span = this.#span;
    const begun = this.#time(event);
    const isNear = (time: number): boolean => Math.abs(this.#x(time) - event.offsetX) <= GRIP;
    if (isNear(span.from)) {
      this.#drag = (time) => ({ from: Math.min(time, span.to - 1), to: span.to });
    } else if (isNear(span.to)) {
      this.#drag = (time) => ({ from: span.from, to: Math.max(time, span.from + 1) });
    } else {
      const isInside = begun > span.from && begun < span.to;
      const offset = isInside ? begun - span.from : lengthOf(span) / 2;
      this.#drag = (time) => ({ from: time - offset, to: time - offset + lengthOf(span) });
      if (!isInside) this.#pull(event);
    }
  }

  #pull(event: PointerEvent): void {
    if (this.#drag !== undefined) this.#go(this.#drag(this.#time(event)));
  }
}
