import { AXIS_HEIGHT } from "./lane-canvas.js";
import type { Move } from "./layout/view.js";

/** Where the pointer is on the canvas, in CSS pixels. */
export interface Point {
  readonly x: number;
  /** From the top of the lanes; negative on the axis. */
  readonly y: number;
}

export interface GestureActions {
  /** The width of the canvas in CSS pixels, and the moment at a place on it. */
  width(): number;
  timeAt(x: number): number;
  move(move: Move): void;
  scrollBy(pixels: number): void;
  click(point: Point): void;
  /** Undefined when the pointer has left, or does something else. */
  hover(point: Point | undefined): void;
}

/** Less is a click with an unsteady hand. */
const DRAGGED = 4;
const WHEEL_LINE = 16;

/** Wheel: zoom. Shift and wheel, or sideways: earlier and later. Dragging moves what is seen. */
export function listenToGestures(canvas: HTMLElement, actions: GestureActions): void {
  canvas.addEventListener("wheel", (event) => turn(event, actions), { passive: false });
  let pressed: { x: number; y: number; isDragged: boolean } | undefined;
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    pressed = { x: event.offsetX, y: event.offsetY, isDragged: false };
  });
  canvas.addEventListener("pointermove", (event) => {
    const point = { x: event.offsetX, y: event.offsetY - AXIS_HEIGHT };
    if (pressed === undefined) return actions.hover(point);
    const [dx, dy] = [event.offsetX - pressed.x, event.offsetY - pressed.y];
    if (!pressed.isDragged && Math.hypot(dx, dy) < DRAGGED) return;
    actions.hover(undefined);
    pressed = { x: event.offsetX, y: event.offsetY, isDragged: true };
    if (dx !== 0) actions.move({ type: "pan", fraction: -dx / actions.width() });
    if (dy !== 0) actions.scrollBy(-dy);
  });
  canvas.addEventListener("pointerup", (event) => {
    if (pressed !== undefined && !pressed.isDragged) actions.click({ x: pressed.x, y: pressed.y - AXIS_HEIGHT });
    pressed = undefined;
    canvas.releasePointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointercancel", () => {
    pressed = undefined;
  });
  canvas.addEventListener("pointerleave", () => actions.hover(undefined));
}

/** What a wheel does over the lanes and their time axis. */
export function turn(event: WheelEvent, actions: Pick<GestureActions, "move" | "timeAt" | "width">): void {
  event.preventDefault();
  const unit = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? 1 : WHEEL_LINE;
  const [dx, dy] = [event.deltaX * unit, event.deltaY * unit];
  if (event.shiftKey || Math.abs(dx) > Math.abs(dy)) {
    actions.move({ type: "pan", fraction: (Math.abs(dx) > Math.abs(dy) ? dx : dy) / actions.width() });
    return;
  }
  // Two fingers that are drawn apart come as a wheel with Ctrl, in much smaller steps.
  const factor = Math.exp(dy * (event.ctrlKey ? 0.01 : 0.0015));
  actions.move({ type: "zoom", factor, at: actions.timeAt(event.offsetX) });
}
