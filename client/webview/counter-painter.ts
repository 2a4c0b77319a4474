import { type Frame, STEP, STEP_WORDS } from "../shared/frame.js";
import type { Palette } from "./palette.js";

/** Where a row of a counter is, in CSS pixels; `left` and `width` are those of the whole frame. */
export interface CounterBox {
  readonly left: number;
  readonly width: number;
  readonly top: number;
  readonly height: number;
}

/** The areas below the most and below the least that a counter was in each column; one column and one piece are 1. */
interface Areas {
  readonly most: Path2D;
  readonly least: Path2D;
}

/** Draws how counters changed. What it draws of a frame is kept, and moved while the next frame is under way. */
export class CounterPainter {
  #frame: Frame | undefined;
  #areas = new Map<number, Areas>();

  /** `full` fills the height. */
  draw(
    context: CanvasRenderingContext2D,
    frame: Frame,
    object: number,
    full: number,
    { left, width, top, height }: CounterBox,
    palette: Palette,
  ): void {
    const areas = this.#areasOf(frame, object);
    if (areas === undefined) return;
    const toBox = new DOMMatrix([width / frame.columns, 0, 0, -height / Math.max(1, full), left, top + height]);
    const placed = (area: Path2D): Path2D => {
      const path = new Path2D();
      path.addPath(area, toBox);
      return path;
    };
    const most = placed(areas.most);
    context.fillStyle = palette.running;
    context.globalAlpha = 0.22;
    context.fill(most);
    context.globalAlpha = 0.4;
    context.fill(placed(areas.least));
    context.globalAlpha = 1;
    context.strokeStyle = palette.running;
    context.lineWidth = 1;
    context.stroke(most);
  }

  #areasOf(frame: Frame, object: number): Areas | undefined {
    if (frame !== this.#frame) {
      this.#frame = frame;
      this.#areas = new Map();
    }
    const known = this.#areas.get(object);
    if (known !== undefined) return known;
    const row = frame.counters.find((each) => each.object === object);
    if (row === undefined) return undefined;
    const areas = {
      most: areaBelow(row.steps, STEP.high, frame.columns),
      least: areaBelow(row.steps, STEP.low, frame.columns),
    };
    this.#areas.set(object, areas);
    return areas;
  }
}

function areaBelow(steps: Int32Array, field: number, columns: number): Path2D {
  const path = new Path2D();
  path.moveTo(0, 0);
  for (let at = 0; at < steps.length; at += STEP_WORDS) {
    const value = steps[at + field]!;
    path.lineTo(steps[at + STEP.column]!, value);
    path.lineTo(steps[at + STEP_WORDS + STEP.column] ?? columns, value);
  }
  path.lineTo(columns, 0);
  path.closePath();
  return path;
}
